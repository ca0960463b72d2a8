"""Where the results of each role go, below the output folder and never outside it."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from trailmin.synth.model import PolicyChange, Proposal

SUMMARY = "summary.json"
"""What became of everything, in the output folder itself."""

PATCHES = "patches"
"""Folder of the patches of infrastructure code, of the run and of each role."""

NO_ACCOUNT = "no-account"
"""Folder of the roles whose account is unknown."""

_SAFE = re.compile(r"[\w+=,@-][\w+=,.@-]{0,127}", re.ASCII)
"""IAM's own alphabet of role and policy names (API reference, CreateRole), without names that start with a dot."""

_UNSAFE_CHARACTER = re.compile(r"[^\w+=,.@-]", re.ASCII)


def safe_name(text: str) -> str:
    """Return a file name for a text: itself where IAM could have made it, else a tamed form with a hash of it."""
    if _SAFE.fullmatch(text):
        return text
    tamed = _UNSAFE_CHARACTER.sub("_", text).lstrip(".")[:80]
    return f"{tamed}-{_digest(text)}"


def role_folders(proposals: Sequence[Proposal]) -> tuple[PurePosixPath, ...]:
    """Return each proposal's folder, `<account or no-account>/<role name>`, no two alike."""
    accounts = [safe_name(p.account) if p.account else NO_ACCOUNT for p in proposals]
    paths = [f"{account}/{safe_name(p.role.name)}" for account, p in zip(accounts, proposals, strict=True)]
    return tuple(PurePosixPath(path) for path in _distinct(paths, (p.role_arn or p.role.name for p in proposals)))


def change_stems(changes: Sequence[PolicyChange]) -> tuple[str, ...]:
    """Return the name of each change's files, without suffix, no two alike.

    An inline and a managed policy may share a name; then each after the first gets a suffix.
    """
    keys = (f"{c.kind} {c.policy.arn if c.policy else c.replaces} {c.name}" for c in changes)
    return _distinct([safe_name(c.name) for c in changes], keys)


def _distinct(names: Sequence[str], keys: Iterable[str]) -> tuple[str, ...]:
    """Names are told apart without regard to case: some file systems have none."""
    taken: set[str] = set()
    distinct: list[str] = []
    for name, key in zip(names, keys, strict=True):
        candidate, salt = name, 0
        while candidate.casefold() in taken:
            candidate, salt = f"{name}-{_digest(f'{key} {salt}')}", salt + 1
        taken.add(candidate.casefold())
        distinct.append(candidate)
    return tuple(distinct)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
