"""Which calls over VPC endpoints CloudTrail logs as network activity events (`data/network_activity.toml`).

They are logged for the owner of the endpoint, beside the management and data events of the same calls. trailmin takes
no absence of them for evidence.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "network_activity.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkActivity:
    """That a trail can log the calls to one event source over VPC endpoints as network activity events."""

    event_source: str
    exception: str | None
    """What of the service is never logged so; None for nothing that AWS names."""
    source: str

    @property
    def field_selectors(self) -> list[dict[str, Any]]:
        """The field selectors of the advanced event selector that has them logged."""
        return [
            {"Field": "eventCategory", "Equals": ["NetworkActivity"]},
            {"Field": "eventSource", "Equals": [self.event_source]},
        ]


def read_network_activity() -> dict[str, NetworkActivity]:
    """The rows by event source.

    Raises:
        CatalogError: The file is not what this module expects; a defect of the installation.
    """
    try:
        rows = tomllib.loads(PATH.read_text(encoding="utf-8"))["network_activity"]
        return {
            name: NetworkActivity(event_source=name, exception=row.get("except"), source=row["source"])
            for row in rows
            for name in row["event_sources"]
        }
    except (OSError, KeyError, ValueError) as error:
        raise CatalogError("the catalog's table of network activity is broken", hint="reinstall trailmin") from error
