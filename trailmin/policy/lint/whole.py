"""What is about the document as a whole: its version and its size."""

from collections.abc import Iterator

from trailmin.policy.lint.finding import Finding, general_warning
from trailmin.policy.lint.rule import Subject, at
from trailmin.policy.parse import PolicyKind
from trailmin.policy.size import INLINE_POLICIES_OF_ROLE, TRUST_POLICY, policy_size

_VERSION = general_warning("Missing version")
_SIDS = general_warning("Unique Sids recommended")
_IDENTITY = general_warning("Policy size exceeds identity policy quota")
_TRUST = general_warning("Policy size exceeds role trust policy quota")
_RESOURCE = general_warning("Policy size exceeds resource policy quota")

_RESOURCE_LIMIT = 20_480
"""Characters of a bucket's policy: Amazon S3 User Guide, "Bucket policies are limited to 20 KB in size"."""


def _version(subject: Subject) -> Iterator[Finding]:
    if subject.policy.version is None:
        yield Finding(check=_VERSION, path=(), message="without Version 2012-10-17 there are no policy variables")


def _size(subject: Subject) -> Iterator[Finding]:
    quotas = {
        # Above the inline quota a document fits nowhere.
        PolicyKind.IDENTITY: (_IDENTITY, INLINE_POLICIES_OF_ROLE.limit),
        PolicyKind.TRUST: (_TRUST, TRUST_POLICY.limit),
        PolicyKind.RESOURCE: (_RESOURCE, _RESOURCE_LIMIT),
    }
    if subject.kind not in quotas:
        return
    check, limit = quotas[subject.kind]
    size = policy_size(subject.policy)
    if size > limit:
        yield Finding(check=check, path=(), message=f"{size:,} characters, of at most {limit:,}")


def _sids(subject: Subject) -> Iterator[Finding]:
    """Of policies on resources; in policies of IAM and Organizations it is an error."""
    seen: set[str] = set()
    for statement in subject.policy.statements:
        if statement.sid and statement.sid in seen:
            yield at(statement, _SIDS, f"the Sid {statement.sid:.80} is used twice", "Sid")
        seen.add(statement.sid or "")


RULES = (_version, _size, _sids)
