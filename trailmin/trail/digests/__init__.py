"""Log file integrity validation: which log objects are what CloudTrail delivered."""

from trailmin.trail.digests.chain import CheckedDigest, DigestStatus, Finding, FindingKind, check_digests
from trailmin.trail.digests.digest import Digest, DigestFile, parse_digest
from trailmin.trail.digests.index import (
    DigestIndex,
    DigestState,
    Expectation,
    LogCheck,
    LogStatus,
    check_log_object,
    index_digests,
)
from trailmin.trail.digests.keys import PublicKeys, list_public_keys, read_public_keys
from trailmin.trail.digests.verify import OFF, Verification, VerifyMode, index_nearby, open_verification

__all__ = [
    "OFF",
    "CheckedDigest",
    "Digest",
    "DigestFile",
    "DigestIndex",
    "DigestState",
    "DigestStatus",
    "Expectation",
    "Finding",
    "FindingKind",
    "LogCheck",
    "LogStatus",
    "PublicKeys",
    "Verification",
    "VerifyMode",
    "check_digests",
    "check_log_object",
    "index_digests",
    "index_nearby",
    "list_public_keys",
    "open_verification",
    "parse_digest",
    "read_public_keys",
]
