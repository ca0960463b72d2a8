"""What is asked of a source file, and what comes back: a new text, or per policy a refusal with what to paste."""

from dataclasses import dataclass
from enum import StrEnum

from trailmin.current.model import PolicyInForce
from trailmin.current.resource_policy import PlacedPolicy
from trailmin.current.source import SourceFile, SourcePlace
from trailmin.errors import DefectError
from trailmin.policy import Edit


class SourceChangeKind(StrEnum):
    """What becomes of a policy in a source file."""

    EDIT = "edit"
    """Its statements change."""
    REMOVE = "remove"
    """An inline policy of which nothing is left goes, or what makes the policy on a resource."""
    DETACH = "detach"
    """A managed policy is no longer attached to the role; its text stays where it is."""
    REPLACE = "replace"
    """The attachment of a managed policy gives way to an inline policy, which its edited text is: an AWS-managed one
    that shrinks, or the fork of a shared one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """One change to one policy that stands in a source file."""

    kind: SourceChangeKind
    policy: PolicyInForce | PlacedPolicy
    """In force; what is edited or removed has a `source`, what is detached or replaced has an `attachment`."""
    edits: tuple[Edit, ...] = ()
    """By statement of `policy.text`; of an edit or a replacement."""
    name: str = ""
    """Of the inline policy that a replacement puts in."""

    def __post_init__(self) -> None:
        if self._place is None:
            raise DefectError(f"{self.policy.label} has no place in a source file to {self.kind}")

    @property
    def _place(self) -> SourcePlace | None:
        if self.kind in {SourceChangeKind.EDIT, SourceChangeKind.REMOVE}:
            return self.policy.source
        return self.policy.attachment if isinstance(self.policy, PolicyInForce) else None

    @property
    def place(self) -> SourcePlace:
        """Where the file changes."""
        if (place := self._place) is None:
            raise DefectError(f"{self.policy.label} has lost its place")
        return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A change that cannot be made in place."""

    policy: PolicyInForce | PlacedPolicy
    reason: str
    """One sentence."""
    paste: str | None
    """What to put there by hand, in the file's own format; None where something is only to be taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedSource:
    """A source file with the changes made that could be made."""

    file: SourceFile
    """As it was."""
    text: str
    """As it is now; the same text where every change was refused."""
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    """What stands in the file that is wider than the proposal, and why."""
