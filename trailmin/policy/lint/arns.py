"""ARNs of the Resource element that cannot match anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from trailmin.policy import glob
from trailmin.policy.arn import split_segments
from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Check, Finding, error
from trailmin.policy.lint.places import PARTITIONS, is_region
from trailmin.policy.lint.rule import LintCatalog, Subject, at, each_statement, elements
from trailmin.policy.pattern import Pattern, glob_pattern

_PREFIX = error("Invalid ARN prefix")
_FIELD = error("Missing ARN field")
_PARTITION = error("Invalid partition")
_CASE = error("Invalid ARN service case")
_ACCOUNT = error("Invalid ARN account")
_NO_ACCOUNT = error("ARN account not allowed")
_NO_REGION = error("ARN Region not allowed")
_REGION = error("Invalid ARN Region")
_RESOURCE = error("Invalid ARN resource")
_MISSING_REGION = error("Missing ARN Region")
_MISSING_ACCOUNT = error("Missing ARN account")

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_WILD = re.compile(r"[*?]|\$\{")
_OWNED_BY_AWS = re.compile(r"[^/:]*[/:]/?(aws|amazon)", re.IGNORECASE)
"""Resources of AWS's own, whose ARNs have no account: `document/AWS-RunShellScript`, `parameter/aws/service/…`."""
_FREE_FORM = frozenset({"apigateway"})
"""The ARNs are paths of the service's REST interface, of which the reference lists some only."""
_UNLISTED = {
    "cloudformation": ("transform/*",),
    "iam": ("root",),
    "waf": ("changetoken/*",),
    "waf-regional": ("changetoken/*",),
}
"""Forms that AWS-managed policies have and the reference lacks."""
_OWNERS = frozenset({"aws", "aws-marketplace", "amazon", "third-party", "cloudfront", "aws-managed", "ec2"})
"""Words that stand for an account in ARNs of things that AWS owns."""


def _well_formed(subject: Subject, statement: Statement) -> Iterator[Finding]:
    for element, index, text in elements(statement, "Resource", "NotResource"):
        for check, message in _problems(text, subject.catalog):
            yield at(statement, check, message, element, index)


def _problems(text: str, catalog: LintCatalog | None) -> Iterator[tuple[Check, str]]:
    if _WILD.match(text):
        return
    segments = split_segments(text)
    if segments[0] != "arn":
        yield _PREFIX, "a resource must be an ARN, or *"
        return
    if len(segments) < 6 and not text.endswith("*"):
        yield _FIELD, "an ARN has six fields: arn:partition:service:region:account:resource"
        return
    _, partition, service, region, account, *_ = (*segments, "*", "*", "*", "*", "*")
    if not _WILD.search(partition) and partition not in PARTITIONS:
        yield _PARTITION, f"the partition {partition:.40} does not exist"
    if service != service.lower() and not _WILD.search(service):
        yield _CASE, f"the service {service:.40} must be spelled in lower case"
        return
    yield from _place(region, account)
    if len(segments) == 6 and catalog is not None and not _WILD.search(service):
        yield from _form(service, region, account, segments[5], catalog)


def _place(region: str, account: str) -> Iterator[tuple[Check, str]]:
    if account and not _WILD.search(account) and not re.fullmatch(r"\d{12}", account) and account not in _OWNERS:
        yield _ACCOUNT, f"the account {account:.40} is not twelve digits"
    if region and not _WILD.search(region) and not is_region(region):
        yield _REGION, f"the Region {region:.40} does not exist"


def _form(service: str, region: str, account: str, resource: str, catalog: LintCatalog) -> Iterator[tuple[Check, str]]:
    """What the forms of the service's ARNs say of this one; nothing where none is known."""
    forms = _forms(catalog, service)
    if not forms or service in _FREE_FORM:
        return
    wanted = glob_pattern(_VARIABLE.sub("*", resource), variables=False)
    fitting = [form for form in forms if glob.intersects(form.resource, wanted)]
    if not fitting:
        yield _RESOURCE, f"{service} has no resource of the form {resource:.80}"
        return
    if not region and all(form.has_region for form in fitting):
        yield _MISSING_REGION, f"ARNs of {service} have a Region here"
    elif region and not _WILD.search(region) and not any(form.may_have_region for form in fitting):
        yield _NO_REGION, f"ARNs of {service} have no Region here"
    if not account and not _OWNED_BY_AWS.match(resource) and all(form.has_account for form in fitting):
        yield _MISSING_ACCOUNT, f"ARNs of {service} have an account here: {resource:.80}"
    elif account and not _WILD.search(account) and not any(form.may_have_account for form in fitting):
        yield _NO_ACCOUNT, f"ARNs of {service} have no account here"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """The form of the ARNs of one resource type."""

    has_region: bool
    may_have_region: bool
    has_account: bool
    may_have_account: bool
    resource: Pattern


@lru_cache(maxsize=1 << 10)
def _forms(catalog: LintCatalog, service: str) -> tuple[_Form, ...]:
    patterns = {text for kind in catalog.resource_types(service) for text in kind.arn_patterns}
    found = [segments for text in sorted(patterns) if len(segments := split_segments(text)) == 6]
    return tuple(
        _Form(
            has_region=bool(segments[3]),
            may_have_region=bool(segments[3]),
            has_account=segments[4] == "${Account}",
            may_have_account=bool(segments[4]),
            resource=glob_pattern(_VARIABLE.sub("*", segments[5]), variables=False),
        )
        for segments in found
        # A service in whose ARNs the service is a placeholder has resources of others as its own.
        if segments[2] in {service, "${Vendor}"}
    ) + tuple(
        _Form(
            has_region=False,
            may_have_region=True,
            has_account=False,
            may_have_account=True,
            resource=glob_pattern(text, variables=False),
        )
        for text in _UNLISTED.get(service, ())
    )


RULES = (each_statement(_well_formed),)
