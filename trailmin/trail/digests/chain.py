"""Checking chains of digests, as a pure function of the digest files and the public keys.

Source: "CloudTrail digest file structure" and "Custom implementations of CloudTrail log file integrity validation" of
the CloudTrail user guide. Whoever can write into the bucket can put anything beside the digests, so nothing but a
signature that verifies makes a digest valid; where the signature was found does not matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from trailmin.trail.digests.digest import Digest, DigestFile, UnreadableDigestError, chain_of, parse_digest
from trailmin.trail.digests.keys import PublicKeys

_NO_SIGNATURE: Final = (
    "its signature is not at hand: it is metadata of the S3 object, and neither the next digest nor a file "
    "NAME.signature beside it has it"
)


class DigestStatus(StrEnum):
    """What is known of a digest."""

    VALID = "valid"
    UNVERIFIED = "unverified"
    """Nothing tells whether it is what CloudTrail delivered."""
    INVALID = "invalid"
    """It is not what CloudTrail delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDigest:
    """A digest and the verdict on it."""

    key: str
    """Where it was found."""
    digest: Digest | None
    """None where it cannot be read."""
    status: DigestStatus
    reason: str | None = None
    """Why it is not valid."""


class FindingKind(StrEnum):
    """What is wrong with a chain."""

    INVALID_DIGEST = "invalid-digest"
    UNVERIFIED_DIGEST = "unverified-digest"
    MISSING_DIGEST = "missing-digest"
    VALIDATION_OFF = "validation-off"
    """CloudTrail made no digests for a while: validation or logging was switched off and on again."""
    DELETED_LOG_OBJECT = "deleted-log-object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong with digests, or with the log objects that they list."""

    kind: FindingKind
    key: str
    """Of the digest or the log object."""
    reason: str
    since: datetime | None = None
    """Deliveries from here..."""
    until: datetime | None = None
    """... to here are not vouched for."""


def check_digests(
    files: Iterable[DigestFile], keys: PublicKeys
) -> tuple[tuple[CheckedDigest, ...], tuple[Finding, ...]]:
    """Verify each digest, and that those of a chain follow on each other.

    Args:
        files: whole chains, or neighbouring parts of them, in any order.
        keys: of the regions and times of the digests.

    Returns:
        Each digest with its verdict, and what is wrong; both in a total order.
    """
    chains: dict[str, list[DigestFile]] = defaultdict(list)
    for file in files:
        chains[chain_of(file.key) or ""].append(file)
    checked: list[CheckedDigest] = []
    findings: list[Finding] = []
    for _, chain in sorted(chains.items()):
        of_chain, wrong = _check_chain(sorted(chain, key=lambda file: file.key), keys)
        checked += of_chain
        findings += wrong
    return tuple(checked), tuple(findings)


def _check_chain(files: Sequence[DigestFile], keys: PublicKeys) -> tuple[list[CheckedDigest], list[Finding]]:
    parsed = {file.key: _parse(file) for file in files}
    digests = [one for one in parsed.values() if isinstance(one, Digest)]
    signatures: dict[str, set[str]] = defaultdict(set)
    for digest in digests:
        if digest.previous_key is not None and digest.previous_signature is not None:
            signatures[digest.previous_key].add(digest.previous_signature)
    checked = {
        file.key: _check(file, parsed[file.key], {*signatures[file.key], *file.signatures}, keys) for file in files
    }
    _refute_by_successors(checked)
    ordered = sorted(checked.values(), key=lambda one: (one.digest is None, one.digest and one.digest.end, one.key))
    return ordered, [*_not_valid(ordered), *_breaks(ordered)]


def _parse(file: DigestFile) -> Digest | str:
    try:
        return parse_digest(file.content)
    except UnreadableDigestError as error:
        return str(error)


def _check(file: DigestFile, digest: Digest | str, signatures: set[str], keys: PublicKeys) -> CheckedDigest:
    if isinstance(digest, str):
        return CheckedDigest(key=file.key, digest=None, status=DigestStatus.INVALID, reason=digest)
    found = CheckedDigest(key=file.key, digest=digest, status=DigestStatus.INVALID)
    if digest.key != file.key or file.bucket not in (None, digest.bucket):
        return replace(found, reason=f"it was made for another place: s3://{digest.bucket}/{digest.path}")
    if not keys.has(digest):
        reason = f"there is no public key with its fingerprint {digest.fingerprint}"
        return replace(found, status=DigestStatus.UNVERIFIED, reason=reason)
    if any(keys.is_signed(digest, signature) for signature in sorted(signatures)):
        return replace(found, status=DigestStatus.VALID)
    if not signatures:
        return replace(found, status=DigestStatus.UNVERIFIED, reason=_NO_SIGNATURE)
    return replace(found, reason="its signature does not verify: the digest, or its signature, was changed")


def _refute_by_successors(checked: dict[str, CheckedDigest]) -> None:
    """A digest whose content is not the one that a valid digest follows on is not valid itself."""
    for one in list(checked.values()):
        if one.digest is None or one.status is not DigestStatus.VALID or one.digest.previous_key is None:
            continue
        before = checked.get(one.digest.previous_key)
        if before is None or before.digest is None or before.digest.hash_value == one.digest.previous_hash:
            continue
        reason = f"its hash is not the one that the next digest has, {one.key}"
        checked[before.key] = replace(before, status=DigestStatus.INVALID, reason=before.reason or reason)


def _not_valid(ordered: Iterable[CheckedDigest]) -> Iterator[Finding]:
    kinds: Mapping[DigestStatus, FindingKind] = {
        DigestStatus.INVALID: FindingKind.INVALID_DIGEST,
        DigestStatus.UNVERIFIED: FindingKind.UNVERIFIED_DIGEST,
    }
    for one in ordered:
        if one.status in kinds:
            start, end = (one.digest.start, one.digest.end) if one.digest else (None, None)
            yield Finding(kind=kinds[one.status], key=one.key, reason=one.reason or "", since=start, until=end)


def _breaks(ordered: Sequence[CheckedDigest]) -> Iterator[Finding]:
    """Where a valid digest does not follow on the one before it.

    What comes before the first one that is there is not known to be missing: older digests may not be kept.
    """
    at_hand = {one.key: one.digest for one in ordered}
    earlier: Digest | None = None
    for one in ordered:
        if one.digest is None or one.status is DigestStatus.INVALID:
            continue
        if one.status is DigestStatus.VALID:
            yield from _break(one.digest, earlier, at_hand)
        earlier = one.digest


def _break(digest: Digest, earlier: Digest | None, at_hand: Mapping[str, Digest | None]) -> Iterator[Finding]:
    if digest.previous_key is not None and digest.previous_key in at_hand:
        before = at_hand[digest.previous_key]
        if before is not None and before.key == digest.previous_key and before.end != digest.start:
            reason = f"it does not begin where the one before it ends, {before.key}"
            yield _gap(FindingKind.MISSING_DIGEST, digest.key, reason, before, digest)
    elif earlier is None:
        return
    elif digest.previous_key is None:
        reason = "a new chain starts with it: validation, or logging, had been switched off"
        yield _gap(FindingKind.VALIDATION_OFF, digest.key, reason, earlier, digest)
    else:
        is_one = (digest.start - earlier.end) < (digest.end - digest.start) * 1.5
        reason = f"it is missing{'' if is_one else ', and others before it'}; the next one is {digest.key}"
        yield _gap(FindingKind.MISSING_DIGEST, digest.previous_key, reason, earlier, digest)


def _gap(kind: FindingKind, key: str, reason: str, before: Digest, after: Digest) -> Finding:
    return Finding(kind=kind, key=key, reason=reason, since=before.end, until=after.start)
