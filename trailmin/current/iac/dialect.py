"""What the statement reader and writer ask of a format: what its values stand for, and how it spells new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from trailmin.current.iac.spelling import KnownPrefix, Spelling
from trailmin.current.iac.tree import SourceNode
from trailmin.errors import CurrentError


class UnreadableError(CurrentError):
    """A value that is computed, so that its text tells nothing; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Where a new value is to stand."""

    is_json: bool = False
    is_flow: bool = False
    quote: str = ""
    """What its neighbours are quoted with."""


class Dialect(Protocol):
    """One format, or one file of it with all that is known of it."""

    @property
    def known(self) -> Sequence[KnownPrefix]:
        """Physical ARNs that the file can refer to, longest first."""

    def branches(self, node: SourceNode) -> tuple[SourceNode, ...]:
        """Return what a value may be: itself, a branch of a condition, both, or nothing.

        Raises:
            UnreadableError: It is computed.
        """

    def spellings(self, node: SourceNode) -> tuple[Spelling, ...]:
        """Return the texts that a value stands for, each as the source spells it.

        Raises:
            UnreadableError: It is computed.
        """

    def write(self, spelling: Spelling, style: Style) -> str:
        """Return the text of a value with this spelling."""

    def nothing(self, style: Style) -> str | None:
        """Return what stands for no value in the branch of a condition; None where the format has no such thing."""
