"""Resource patterns that cover others."""

from collections.abc import Iterable

from trailmin.policy import resource_included


def without_included(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns, sorted, without those that another one covers."""
    found = sorted(set(patterns))
    # One that stands for a single text covers no other.
    wild = [p for p in found if "*" in p or "?" in p or "${" in p]
    return tuple(p for p in found if not any(p != q and _is_wider(q, p) for q in wild))


def _is_wider(wide: str, narrow: str) -> bool:
    if not resource_included(narrow, wide):
        return False
    return not resource_included(wide, narrow) or wide < narrow
