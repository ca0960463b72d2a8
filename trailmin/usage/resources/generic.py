"""Resources by the names of the parameters: the placeholders of an ARN pattern matched to the request's own words.

`${TableName}` is filled from `tableName`; a parameter that holds an ARN of the right type is taken as it is. Only
parameters whose names fit are read, so that ARNs inside policies, encryption contexts or alarm actions never count.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.interface import Target
from trailmin.usage.resources.synonyms import SYNONYMS

ONE_RESOURCE_KEYS = (
    "resourcearn",
    "resourcearns",
    "resourcearnlist",
    "resourceid",
    "resourceidlist",
    "resourceidentifier",
    "resourcename",
    "resource",
    "arn",
    "arns",
)
"""Parameters that name a resource of whatever type, as the tag calls do; they are read for ARNs only."""

_QUALIFIERS = ("withoutleadingslash", "withpath")
_SUFFIXES = ("identifier", "name", "arn", "id")
_ENDINGS = (
    "name", "names", "id", "ids", "identifier", "identifiers", "arn", "arns", "", "s", "list", "namelist", "idlist",
    "arnlist", "identifierlist",
)  # fmt: skip
_OF_TWO = ("source", "target", "destination")
"""What stands before a parameter's name in operations on two resources of a type."""
_LONG = 8
"""Characters of a name that is specific enough to be the end of another."""
_LONG_FORMS = {"app": "application", "db": "database", "config": "configuration"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_ARN_ENDINGS = ("arn", "arns", "arnlist", "id", "ids", "identifier", "identifiers", "name", "resource", "resources")
_VERSION = re.compile(r"v\d$")
_QUALIFIED = re.compile(r"(?:Identifier|Name|Arn|Id)$")
_BARE = ("name", "names", "id", "ids", "identifier", "arn")
_MAKING = re.compile(r"(?:Create|Register)(.*)")
_CREATING = re.compile(r"(?:Create|Run|Allocate|Request|Purchase|Import|Copy)(.*)")


def read_generic(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The listed resources, else those that the parameters name."""
    return mask_made_ids(call, target, listed) or named_in_parameters(call, target)


def named_in_parameters(call: Call, target: Target) -> list[str]:
    """ARNs of the target's type whose placeholders or whole texts the parameters give; unknown placeholders are `*`."""
    names = target.form.placeholders
    arns: list[str] = []
    columns: list[list[str]] = []
    for placeholder in names:
        found, plain = _values_for(call, target, placeholder, is_last=placeholder == names[-1])
        arns += found
        columns.append(plain)
    if arns:
        return arns
    if target.is_needed and target.resource_path is None and names and not columns[-1]:
        arns, columns = _elsewhere(call, target, columns)
        if arns:
            return arns
    if not any(columns):
        return []
    return [target.form.fill(call, row) for row in _rows(names, columns)]


def _elsewhere(call: Call, target: Target, columns: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """What a request names less plainly: whole ARNs of the type under other names, then names further inside."""
    if _is_made(call, target):
        return [], columns
    for key in sorted(call.parameters):
        if key.endswith(_ARN_ENDINGS) and isinstance(call.parameters[key], str | list):
            arns, _ = _sort_out(target, target.form.placeholders[-1], call.texts(key), arns_only=True)
            if arns:
                return arns, columns
    if not columns[-1]:
        columns = [*columns[:-1], _values_under_longer_names(call, target)]
    inner = [_values_inside(call, target, placeholder) for placeholder in target.form.placeholders]
    arns = [arn for found, _ in inner for arn in found]
    return arns, [column or plain for column, (_, plain) in zip(columns, inner, strict=True)]


def _values_under_longer_names(call: Call, target: Target) -> list[str]:
    """Values of parameters whose names end in what would do: `clusterSubnetGroupName` for `${SubnetGroupName}`."""
    names = tuple(name for name in _inner_names(target, target.form.placeholders[-1]) if len(name) > _LONG)
    if not names:
        return []
    for key in sorted(call.parameters):
        if key.endswith(names) and not target.forms.of_type(_stem(key)):
            _, plain = _sort_out(target, target.form.placeholders[-1], call.texts(key), arns_only=False)
            if plain:
                return plain
    return []


def _values_inside(call: Call, target: Target, placeholder: str) -> tuple[list[str], list[str]]:
    for name in _inner_names(target, placeholder):
        texts = call.inner_texts(name)
        arns, plain = _sort_out(target, placeholder, texts, arns_only=False)
        if arns or plain:
            return arns, plain
    return [], []


@cache
def _inner_names(target: Target, placeholder: str) -> tuple[str, ...]:
    """Names that are specific enough to count inside of other parameters: `databaseinput.name`, `repositoryname`."""
    is_last = placeholder == target.form.placeholders[-1]
    names = [name for name in _own_names(target, placeholder, is_last=is_last) if name.endswith(_SUFFIXES)]
    if is_last:
        words = _squashed(target.type_name)
        names += [f"{words}{part}.{name}" for part in ("input", "") for name in ("name", "id", "arn")]
    return tuple(names)


def mask_made_ids(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Listed resources, but `*` for an id that the service made up in this call: it was checked before it existed."""
    return [target.form.fill(call)] if listed and _is_made(call, target) else listed


def _is_made(call: Call, target: Target) -> bool:
    """Whether the call makes the resource under an id of the service's: one that the request gives is the caller's."""
    last = target.form.placeholders[-1:]
    if not makes_own_id(target.operation, target.type_name, last):
        return False
    words = _squashed(target.type_name)
    return not {last[0].lower(), f"{words}id", f"{words}identifier"} & call.parameters.keys()


@cache
def makes_own_id(operation: str, type_name: str, last: tuple[str, ...]) -> bool:
    """Whether an operation creates a resource of the type under an id, not a name."""
    made = _CREATING.match(operation)
    if made is None or not last or not last[0].lower().endswith(("id", "uuid", "token")):
        return False
    words, thing = _squashed(type_name), made.group(1).lower().rstrip("s")
    return thing.startswith(words) or (len(thing) > 5 and words.endswith(thing))


@cache
def makes(operation: str, type_name: str) -> bool:
    """Whether the operation's name says that it makes resources of just this type: `CreateFunction`, a function."""
    made = _MAKING.fullmatch(operation)
    return made is not None and made.group(1).lower() == _squashed(type_name)


@cache
def parameter_names(placeholder: str, type_name: str, *, is_last: bool) -> tuple[str, ...]:
    """Parameter names, in lower case, that fill a placeholder; the most exact first."""
    stems = [_stem(placeholder.lower())]
    if is_last:
        words = _squashed(type_name)
        stems += [_stem(words), words.removesuffix("s")]
    stems += [_VERSION.sub("", stem) for stem in stems if _VERSION.search(stem)]
    stems += [_LONG_FORMS[stem] for stem in stems if stem in _LONG_FORMS]
    names = [placeholder.lower()]
    for stem in stems:
        if len(stem) > 2 and stem not in {"resource", "token", "version"}:
            names += [stem + ending for ending in _ENDINGS]
    return tuple(dict.fromkeys(names))


def _last_words(target: Target) -> Iterator[str]:
    """The ends of a placeholder or type of several words: `collection` of `${GeofenceCollectionName}`."""
    for name in (_QUALIFIED.sub("", target.form.placeholders[-1]), target.form.type_name):
        words = [word.lower() for word in _WORDS.findall(name)]
        for start in range(1, len(words)):
            end = "".join(words[start:]).removesuffix("s")
            if len(end) > 2 and end not in {"resource", "token", "version", "name"}:
                yield end


def _squashed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _stem(name: str) -> str:
    for qualifier in _QUALIFIERS:
        name = name.removesuffix(qualifier)
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix)
    return name


def _values_for(call: Call, target: Target, placeholder: str, *, is_last: bool) -> tuple[list[str], list[str]]:
    if is_last and _is_made(call, target):
        return [], []
    synonyms = SYNONYMS.get((target.action.partition(":")[0], placeholder.lower()), ())
    for name in _names_for(target, placeholder, is_last=is_last):
        if target.resource_path is None and name not in call.parameters:
            continue
        texts = call.texts(f"{target.resource_path}.{name}" if target.resource_path else name)
        arns, plain = _sort_out(
            target, placeholder, texts, arns_only=is_last and name in ONE_RESOURCE_KEYS and name not in synonyms
        )
        if arns or plain:
            return (arns, []) if arns else ([], plain)
    return [], []


@cache
def _names_for(target: Target, placeholder: str, *, is_last: bool) -> tuple[str, ...]:
    """The parameters to look at, in lower case: known synonyms, names like the placeholder's, names for anything."""
    names = _own_names(target, placeholder, is_last=is_last)
    exact = {other.lower() for other in target.form.placeholders if other != placeholder}
    if not is_last:
        return tuple(name for name in names if name not in exact)
    if len(target.legal) == 1 or _stem(_squashed(target.type_name)) in target.operation.lower():
        names += tuple(word + ending for word in _last_words(target) for ending in _ENDINGS)
        names += _BARE
    names += tuple(before + name for before in _OF_TWO for name in names if len(name) > 5 and name.endswith(_SUFFIXES))
    # `stackName` fills `${StackName}` of `stack/${StackName}/${Id}`, not its `${Id}`.
    others = {name for other in target.form.placeholders[:-1] for name in _own_names(target, other, is_last=False)}
    others = others - {placeholder.lower()} | exact
    return tuple(dict.fromkeys(name for name in names + ONE_RESOURCE_KEYS if name not in others))


def _own_names(target: Target, placeholder: str, *, is_last: bool) -> tuple[str, ...]:
    synonyms = SYNONYMS.get((target.action.partition(":")[0], placeholder.lower()), ())
    return synonyms + parameter_names(placeholder, target.type_name, is_last=is_last)


def _sort_out(
    target: Target, placeholder: str, texts: Sequence[str], *, arns_only: bool
) -> tuple[list[str], list[str]]:
    """Whole ARNs of the target's type, and values for the placeholder alone."""
    is_last = placeholder == target.form.placeholders[-1]
    arns, plain = [], []
    for text in texts:
        if not is_arn(text):
            if not arns_only:
                plain.append(escape_arn(text))
            continue
        types = target.forms.types_of(text)
        if target.type_name in types:
            arns.append(escape_arn(text))
        elif not is_last and not types & target.legal:
            # A parent's ARN, such as a cluster's, tells the parent's name.
            inner = target.forms.value_in(text, placeholder.lower())
            plain += [] if inner is None else [escape_arn(inner)]
    return arns, plain


def _rows(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Values for all placeholders; where several have several values, every combination.

    Columns of one length come from one list of structures: their values belong together.
    """
    sizes = {len(column) for column in columns if column}
    if len(sizes) == 1 and sizes != {1}:
        given = [(name, column) for name, column in zip(names, columns, strict=True) if column]
        return [{name: column[row] for name, column in given} for row in range(sizes.pop())]
    rows: list[dict[str, str]] = [{}]
    for name, column in zip(names, columns, strict=True):
        if column:
            rows = [{**row, name: value} for row in rows for value in column]
    return rows
