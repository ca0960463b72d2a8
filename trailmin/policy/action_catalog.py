"""What this package asks of a catalog of actions, so that it stands without one."""

from collections.abc import Iterable
from typing import Protocol


class ActionCatalog(Protocol):
    """The actions that exist today."""

    def expand(self, pattern: str) -> Iterable[str]:
        """The actions that a pattern (`s3:Get*`, `*`) matches, in their usual spelling; none if no action is known."""
        ...
