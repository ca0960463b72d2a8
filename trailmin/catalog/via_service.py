"""`kms:ViaService`: the name under which a service calls KMS for its caller (`data/via_service.toml`)."""

import tomllib
from pathlib import Path

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "via_service.toml"
_SUFFIX = ".amazonaws.com"


class ViaServices:
    """The services whose calls to KMS are known to carry `kms:ViaService`."""

    def __init__(self) -> None:
        """Read the table.

        Raises:
            CatalogError: The file is not what this module expects; a defect of the installation.
        """
        try:
            self._names = frozenset(tomllib.loads(PATH.read_text(encoding="utf-8"))["via_service"]["names"])
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise CatalogError("the catalog's table of kms:ViaService is broken", hint="reinstall trailmin") from error

    def value(self, invoked_by: str, region: str) -> str | None:
        """The key's value in a call to KMS; None where the service is not known to have one."""
        name = invoked_by.removesuffix(_SUFFIX)
        return f"{name}.{region}{_SUFFIX}" if invoked_by.endswith(_SUFFIX) and name in self._names else None
