"""What a format of infrastructure code offers: to recognise its files, to read them, and to edit them in place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from trailmin.current.model import EventSourceMapping, LambdaFunction, PolicyInForce, Role
from trailmin.current.resource_policy import PlacedPolicy
from trailmin.current.source import Reference, SourceFile, SourceFormat, SourcePlace
from trailmin.current.source_edit import EditedSource, SourceChange
from trailmin.errors import CurrentError
from trailmin.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A managed policy that a role of the source holds, and whose text the source does not have."""

    role_name: str
    """As the role is called in `SourceContents.roles`."""
    policy_arn: str
    """What is unknown in it (the partition) is `*`."""
    place: SourcePlace


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceContents:
    """What source files say of the state in force."""

    roles: tuple[Role, ...] = ()
    """Their policies have a `source`; `account` and `arn` are None where nothing tells them."""
    policies: tuple[PolicyInForce, ...] = ()
    """Managed policies that no role of these files holds."""
    attachments: tuple[Attachment, ...] = ()
    """Of managed policies whose texts stand elsewhere."""
    functions: tuple[LambdaFunction, ...] = ()
    event_source_mappings: tuple[EventSourceMapping, ...] = ()
    resource_policies: tuple[PlacedPolicy, ...] = ()
    """What places say of policies on resources; several may speak of one resource."""
    notes: tuple[str, ...] = ()


def union_of(parts: Sequence[SourceContents]) -> SourceContents:
    """Return what several contents hold together, in order."""
    return SourceContents(
        roles=tuple(role for part in parts for role in part.roles),
        policies=tuple(policy for part in parts for policy in part.policies),
        attachments=tuple(attachment for part in parts for attachment in part.attachments),
        functions=tuple(function for part in parts for function in part.functions),
        event_source_mappings=tuple(mapping for part in parts for mapping in part.event_source_mappings),
        resource_policies=tuple(policy for part in parts for policy in part.resource_policies),
        notes=tuple(note for part in parts for note in part.notes),
    )


def read_each(files: Sequence[SourceFile], read: Callable[[SourceFile], Sequence[SourceContents]]) -> SourceContents:
    """Return what files hold that are read one by one; among several, one that cannot be parsed is left out and noted.

    Raises:
        CurrentError: The only file cannot be parsed.
    """
    parts: list[SourceContents] = []
    for file in files:
        try:
            parts += read(file)
        except CurrentError as error:
            if len(files) == 1:
                raise
            parts.append(SourceContents(notes=(f"{error.message}; the file is left out",)))
    return union_of(parts)


class SourceReader(Protocol):
    """One family of formats."""

    def recognise(self, path: Path, text: str) -> SourceFormat | None:
        """Return the format of a file by its name and its text, None where it is none of this family's."""

    def read(self, files: Sequence[SourceFile]) -> SourceContents:
        """Return what files of this family hold, all that were found below one path of `--current`.

        Raises:
            CurrentError: A file cannot be parsed; the message holds path, line and column.
        """

    def learn(self, file: SourceFile, deployed: Mapping[str, Policy]) -> tuple[Reference, ...]:
        """Return what unknown expressions stand for, where policies in force differ from the file in nothing else.

        Args:
            file: As it was given to `read`.
            deployed: Address of a policy in the file to the policy in force.
        """

    def edit(self, file: SourceFile, changes: Sequence[SourceChange]) -> EditedSource:
        """Return the file with the changes made, each whole or refused.

        What is written is read again and compared: a policy that does not come out as it was meant is a refusal.
        """
