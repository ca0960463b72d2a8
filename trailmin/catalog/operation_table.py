"""Reads the generated table of API operations (`data/operations.json.gz`, made by `trailmin.catalog.build`)."""

import gzip
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "operations.json.gz"


READING = re.compile(
    r"^(Batch)?(Get|List|Describe|Head|Search|Lookup|Query|Scan|Detect|Check|Is|View|Read|Retrieve)(?![a-z])"
)


def reads_by_name(operation: str) -> bool:
    """Whether the operation's name is that of a read; how an event's `readOnly` comes out almost always."""
    return READING.match(operation) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOperations:
    """The operations that botocore's models give one IAM prefix."""

    read: frozenset[str]
    """By HTTP verb or name they read; AWS calls their events read-only."""
    write: frozenset[str]
    http: dict[str, tuple[str, ...]]
    """For API Gateway alone: operation → its requests, each `VERB /path/{placeholder}`."""
    documented: dict[str, str] = field(default_factory=dict)
    """Operation → name of the one action that its documentation says it is checked for; none has its own name."""
    unsigned: frozenset[str] = frozenset()
    """Operations whose requests carry no AWS signature in any model, so that IAM checks nothing."""
    tagged: frozenset[str] = frozenset()
    """Writing operations whose requests have a parameter with tags."""

    def is_read(self, operation: str) -> bool:
        """Whether the operation reads; by its name where no model has it."""
        return operation in self.read or (operation not in self.write and reads_by_name(operation))

    @property
    def names(self) -> frozenset[str]:
        """All operations."""
        return self.read | self.write


NO_OPERATIONS = ServiceOperations(read=frozenset(), write=frozenset(), http={})


class OperationTable:
    """The generated table; read when first asked."""

    @cached_property
    def _document(self) -> dict[str, Any]:
        try:
            document: dict[str, Any] = json.loads(gzip.decompress(PATH.read_bytes()))
        except (OSError, ValueError, EOFError) as error:
            raise CatalogError("the catalog's table of operations cannot be read", hint="reinstall trailmin") from error
        return document

    @property
    def provenance(self) -> dict[str, str]:
        """The packages and versions that the table was made from, and the date of the data."""
        return dict(self._document["provenance"])

    @property
    def source_labels(self) -> dict[str, str]:
        """First part of an event source → IAM prefix, where botocore's endpoint and signing names tell it."""
        labels: dict[str, str] = self._document["source_labels"]
        return labels

    def dependent_actions(self, action: str) -> tuple[str, ...]:
        """Actions that the reference names beside an action, sorted."""
        return tuple(self._document["dependent_actions"].get(action, "").split())

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes with operations, sorted."""
        return tuple(self._document["services"])

    def operations(self, prefix: str) -> ServiceOperations:
        """The operations of a prefix; none for one that no model belongs to."""
        row = self._document["services"].get(prefix)
        if row is None:
            return NO_OPERATIONS
        return ServiceOperations(
            read=frozenset(row["read"].split()),
            write=frozenset(row["write"].split()),
            http={name: tuple(requests) for name, requests in row.get("http", {}).items()},
            documented=row.get("documented", {}),
            unsigned=frozenset(row.get("unsigned", "").split()),
            tagged=frozenset(row.get("tagged", "").split()),
        )
