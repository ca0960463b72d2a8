"""The forms of ARNs: filling AWS's patterns with observed values, and telling the resource type of an ARN."""

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache

from trailmin.catalog import Catalog, ResourceType
from trailmin.policy import escape_literal
from trailmin.usage.call import UNKNOWN, Call

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_SCOPE = {"Partition": r"[\w-]+", "Region": r"[\w*-]*", "Account": r"[\w*]*"}
_PLAIN_SCOPE = re.compile(r"arn:[\w*-]+:[^:]+:[\w*-]*:[\w*]*:", re.ASCII)
# A qualified Lambda function is checked under actions that the reference lists with the type `function` only.
_COUNTS_AS = {("lambda", "function alias"): "function", ("lambda", "function version"): "function"}
# Few values hold any: looking first is much cheaper than escaping character by character.
_NEEDS_ESCAPE = re.compile(r"[*?$]|[^\t\n\r\x20-\xff]")


class ArnForm:
    """One ARN pattern of one resource type, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""

    def __init__(self, type_name: str, pattern: str) -> None:
        self.type_name = type_name
        self._parts = _PLACEHOLDER.split(pattern)
        names = self._parts[1::2]
        self.placeholders = tuple(name for name in names if name not in _SCOPE)
        self.literal_size = sum(len(part) for part in self._parts[::2])
        self.text_before_last = self._parts[-3] if len(self._parts) > 2 else ""
        self._service = pattern.split(":", 3)[2]
        self._start = pattern.split(":", 5)[-1].partition("${")[0]
        self._has_scope = ":${Region}:${Account}:" in pattern
        self._separators = (pattern.count(":"), pattern.count("/"))

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        pieces, taken = [], set[str]()
        for index, part in enumerate(self._parts):
            if index % 2 == 0:
                pieces.append(re.escape(part))
                continue
            kind = _SCOPE.get(part) or self._class_before(index)
            if part == "Region" and self._parts[index + 1 : index + 3] == [":", "Account"]:
                # Some of AWS's own have no account, none has neither: `arn:aws:s3:::job/1` is an object.
                kind = f"(?!::){kind}"
            pieces.append(f"(?:{kind})" if part in taken else f"(?P<{part}>{kind})")
            taken.add(part)
        return re.compile("".join(pieces), re.DOTALL)

    def _class_before(self, index: int) -> str:
        following = self._parts[index + 1]
        if not following:
            return ".+"
        return {":": "[^:]+", "/": "[^/:]+"}.get(following[0], ".+?")

    def match(self, arn: str) -> dict[str, str] | None:
        """The values of the placeholders in an ARN of this form, else None."""
        found = self._regex.fullmatch(arn)
        return found.groupdict() if found else None

    def fits(self, arn: str, resource: str) -> bool:
        """Whether an ARN, whose last segment is `resource`, is of this form."""
        return resource.startswith(self._start) and self._regex.fullmatch(arn) is not None

    def is_plain(self, arn: str) -> bool:
        """Whether an ARN plainly is of this form and can be of no other: it has the form's own separators only."""
        if (arn.count(":"), arn.count("/")) != self._separators:
            return False
        segments = arn.split(":", 5)
        if len(segments) != 6 or segments[2] != self._service or not _PLAIN_SCOPE.match(arn):
            return False
        if self._has_scope and not segments[3] and not segments[4]:
            return False
        resource = segments[5]
        # An empty name is none: `parameter/` is no parameter.
        return resource.startswith(self._start) and resource[-1:] not in {"", "/", ":"} and "//" not in resource

    def fill(self, call: Call, values: Mapping[str, str] = {}, **scope: str) -> str:
        """Pattern text of the ARN in the call's partition, region and account, or in those given as `scope`.

        `values` maps placeholders to pattern text (escaped already); a placeholder without a value becomes `*`.
        """
        known = {"Partition": call.partition, "Region": call.region, "Account": call.account, **scope, **values}
        return "".join(known.get(part, UNKNOWN) if index % 2 else part for index, part in enumerate(self._parts))


class ServiceForms:
    """All ARN forms of a service prefix, to tell which resource type an ARN is of."""

    def __init__(self, catalog: Catalog, prefix: str) -> None:
        self._prefix = prefix
        forms = [form for kind in catalog.resource_types(prefix) for form in forms_of(kind)]
        self._forms = sorted(forms, key=lambda form: (-form.literal_size, form.type_name))
        self._by_type: dict[str, tuple[ArnForm, ...]] = {}
        for form in self._forms:
            key = form.type_name.lower()
            self._by_type[key] = (*self._by_type.get(key, ()), form)
        self._types = lru_cache(maxsize=4096)(self._find_types)

    def of_type(self, name: str) -> tuple[ArnForm, ...]:
        """The forms of one resource type, named in any letter case."""
        return self._by_type.get(name.lower(), ())

    def types_of(self, arn: str) -> frozenset[str]:
        """The resource types, in lower case, that an ARN may be of: those of the most specific form that it has.

        An S3 key's ARN is an object, never a bucket with a strange name.
        """
        return self._types(arn)

    def _find_types(self, arn: str) -> frozenset[str]:
        best, names, resource = 0, set[str](), arn.split(":", 5)[-1]
        for form in self._forms:
            if names and form.literal_size < best:
                break
            if form.fits(arn, resource):
                best = form.literal_size
                names |= {form.type_name.lower(), _COUNTS_AS.get((self._prefix, form.type_name.lower()), "")}
        return frozenset(names - {""})

    def value_in(self, arn: str, placeholder: str) -> str | None:
        """The value of a placeholder (lower case) in an ARN of this service, from its most specific form."""
        for form in self._forms:
            found = form.match(arn)
            if found is not None:
                return next((value for name, value in found.items() if name.lower() == placeholder), None)
        return None


def forms_of(kind: ResourceType) -> tuple[ArnForm, ...]:
    """The ARN forms of a resource type."""
    return tuple(ArnForm(kind.name, pattern) for pattern in kind.arn_patterns)


def forms_for(catalog: Catalog, known: dict[str, ServiceForms], prefix: str) -> ServiceForms:
    """The ARN forms of a service, made once."""
    if prefix not in known:
        known[prefix] = ServiceForms(catalog, prefix)
    return known[prefix]


def is_arn(text: str) -> bool:
    """Whether a value looks like an ARN: six segments, the first `arn`."""
    return text.startswith("arn:") and text.count(":") >= 5


def escape_arn(arn: str) -> str:
    """Pattern text that matches just this ARN, or this part of one."""
    return escape_literal(arn) if _NEEDS_ESCAPE.search(arn) else arn
