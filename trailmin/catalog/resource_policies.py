"""Services with policies on their resources, which may grant what no identity policy does."""

import tomllib
from pathlib import Path

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "resource_policies.toml"


def read_resource_policy_services() -> frozenset[str]:
    """Their IAM prefixes.

    Raises:
        CatalogError: The file is not what this module expects; a defect of the installation.
    """
    try:
        rows = tomllib.loads(PATH.read_text(encoding="utf-8"))["service"]
        return frozenset(prefix for row in rows for prefix in row["prefixes"])
    except (OSError, KeyError, ValueError) as error:
        raise CatalogError("the catalog's table of resource policies is broken", hint="reinstall trailmin") from error
