"""The catalog: what IAM and CloudTrail know of actions, resource types, operations and errors."""

from functools import cache
from typing import Literal

from trailmin.catalog.action import Action, ResourceType
from trailmin.catalog.observability import Companion, Observability
from trailmin.catalog.operation import NoPermission, OperationRule, Unmapped

ErrorOutcome = Literal["denied", "allowed", "undetermined"]
"""What an error code says of the authorization: refused, passed before the call failed otherwise, or neither."""


class Catalog:
    """Answers about actions and operations; a service's files are read when it is first asked about."""

    version: str

    def services(self) -> tuple[str, ...]:
        """IAM service prefixes, sorted."""
        raise NotImplementedError

    def action(self, name: str) -> Action | None:
        """The action of that name in any letter case, or None when the catalog has none."""
        raise NotImplementedError

    def actions(self, prefix: str) -> tuple[Action, ...]:
        """All actions of a service, sorted by name; empty for an unknown prefix."""
        raise NotImplementedError

    def expand(self, pattern: str) -> tuple[str, ...]:
        """Full names of the actions that match `s3:Get*`, `*` and the like, sorted."""
        raise NotImplementedError

    def resource_type(self, prefix: str, name: str) -> ResourceType | None:
        """One resource type of a service, or None."""
        raise NotImplementedError

    def resource_types(self, prefix: str) -> tuple[ResourceType, ...]:
        """All resource types of a service, sorted by name."""
        raise NotImplementedError

    def prefix_of_source(self, event_source: str) -> str | None:
        """The IAM prefix of an event source, or None when no service is known by it."""
        raise NotImplementedError

    def operation(self, event_source: str, event_name: str) -> OperationRule | NoPermission | Unmapped:
        """The actions that an operation is checked for."""
        raise NotImplementedError

    def observability(self, action: str) -> Observability:
        """What CloudTrail can show of an action; kind `unknown` for one that the catalog does not have."""
        raise NotImplementedError

    def companions(self, action: str) -> tuple[Companion, ...]:
        """What an action that CloudTrail does not show is bound to; empty for most."""
        raise NotImplementedError

    def outcome_of_error(self, code: str) -> ErrorOutcome:
        """What an `errorCode` says of the authorization."""
        raise NotImplementedError


@cache
def load_catalog() -> Catalog:
    """The catalog, read once."""
    return Catalog()
