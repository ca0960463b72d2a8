"""ARNs of the Resource element that cannot match anything."""

import re
from collections.abc import Iterator
from functools import lru_cache

from trailmin.policy.arn import split_segments
from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Check, Finding, error
from trailmin.policy.lint.rule import LintCatalog, Subject, at, each_statement, elements

_PREFIX = error("Invalid ARN prefix")
_FIELD = error("Missing ARN field")
_PARTITION = error("Invalid partition")
_CASE = error("Invalid ARN service case")
_ACCOUNT = error("Invalid ARN account")
_NO_ACCOUNT = error("ARN account not allowed")
_NO_REGION = error("ARN Region not allowed")
_REGION = error("Invalid ARN Region")

_PARTITIONS = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"})
_WILD = re.compile(r"[*?]|\$\{")
_REGION_FORM = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
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
    if not _WILD.search(partition) and partition not in _PARTITIONS:
        yield _PARTITION, f"the partition {partition:.40} does not exist"
    if service != service.lower() and not _WILD.search(service):
        yield _CASE, f"the service {service:.40} must be spelled in lower case"
        return
    yield from _place(service, region, account, catalog)


def _place(service: str, region: str, account: str, catalog: LintCatalog | None) -> Iterator[tuple[Check, str]]:
    if account and not _WILD.search(account) and not re.fullmatch(r"\d{12}", account) and account not in _OWNERS:
        yield _ACCOUNT, f"the account {account:.40} is not twelve digits"
    if region and not _WILD.search(region) and not _REGION_FORM.fullmatch(region):
        yield _REGION, f"the Region {region:.40} does not exist"
    if catalog is None or _WILD.search(service):
        return
    has_region, has_account = _fields(catalog, service)
    if has_region is False and region and not _WILD.search(region):
        yield _NO_REGION, f"ARNs of {service:.40} have no Region"
    if has_account is False and account and not _WILD.search(account):
        yield _NO_ACCOUNT, f"ARNs of {service:.40} have no account"


@lru_cache(maxsize=1 << 10)
def _fields(catalog: LintCatalog, service: str) -> tuple[bool | None, bool | None]:
    """Whether some ARN of the service has a Region, and an account; None where no ARN of it is known."""
    patterns = [text for kind in catalog.resource_types(service) for text in kind.arn_patterns]
    found = [segments for text in patterns if len(segments := split_segments(text)) == 6 and segments[2] == service]
    if not found:
        return None, None
    return any(segments[3] for segments in found), any(segments[4] for segments in found)


RULES = (each_statement(_well_formed),)
