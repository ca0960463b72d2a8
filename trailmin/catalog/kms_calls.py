"""The calls to KMS that services make with the caller's own permission (`data/kms_calls.toml`)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "kms_calls.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsCalls:
    """What an operation makes its service call KMS for, on the caller's behalf, where a KMS key encrypts."""

    operation: str
    """With the IAM prefix of its service: `sqs:SendMessage`."""
    actions: tuple[str, ...]
    via_service: str
    """The value of `kms:ViaService` in these calls, with `*` for the region."""
    source: str


def read_kms_calls() -> dict[str, KmsCalls]:
    """The rows by operation.

    Raises:
        CatalogError: The file is not what this module expects; a defect of the installation.
    """
    try:
        rows = tomllib.loads(PATH.read_text(encoding="utf-8"))["kms_calls"]
        calls = [
            KmsCalls(
                operation=f"{row['service']}:{name}",
                actions=tuple(row["actions"]),
                via_service=f"{row['service']}.*.amazonaws.com",
                source=row["source"],
            )
            for row in rows
            for name in row["operations"]
        ]
    except (OSError, KeyError, ValueError) as error:
        raise CatalogError("the catalog's table of calls to KMS is broken", hint="reinstall trailmin") from error
    return {call.operation: call for call in calls}
