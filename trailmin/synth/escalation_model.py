"""How far a path to more than a role was meant to have leads."""

from dataclasses import dataclass
from enum import IntEnum

from trailmin.catalog.escalation import EscalationPath


class Reach(IntEnum):
    """How far a path leads."""

    CLOSED = 0
    IN_PART = 1
    OPEN = 2

    @property
    def words(self) -> str:
        """What a person reads."""
        return {Reach.CLOSED: "closed", Reach.IN_PART: "open in part", Reach.OPEN: "open"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathChange:
    """A path that a role can take now, and how far after its proposal."""

    path: EscalationPath
    before: Reach
    after: Reach

    @property
    def is_regression(self) -> bool:
        """Whether the proposal leads further than what is in force: a defect, since no proposal is broader."""
        return self.after > self.before
