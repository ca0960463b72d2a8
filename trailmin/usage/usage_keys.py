"""What makes a row of the usage table, beside its date and its resource: numbers in place of texts that repeat."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa

from trailmin.lake.schema import USAGE

Values = tuple[Any, ...]

SCOPE: Final = (
    "account", "principal_kind", "principal_arn", "principal_account", "principal_name", "workload", "event_source",
    "event_name", "category", "read_only", "region", "vpc_endpoint", "invoked_by",
)  # fmt: skip
"""Of a call: who made it, where, and what it is. Columns of `schema.USAGE`."""

TARGET: Final = ("action", "outcome", "required", "basis", "unmapped", "passed_to")
"""Of an authorization, beside its resource. Columns of `schema.USAGE`."""

WORKLOAD_BOUND: Final = 1_000
"""Distinct session names per principal and day that are kept one by one."""

_PRINCIPAL: Final = SCOPE.index("principal_arn")
_WORKLOAD: Final = SCOPE.index("workload")
_ACTION: Final = TARGET.index("action")


_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Values that were numbered, in a total order."""

    values: Sequence[Values] = ()
    rank_of: np.ndarray[Any, np.dtype[np.int32]] = field(default_factory=lambda: np.array([], np.int32))
    """Number → place of its values in `values`; several numbers share one where their values became the same."""
    columns: Sequence[pa.Array] = ()
    """The values, column by column; texts as dictionaries."""

    def grouped(self, part: Callable[[Values], _Part]) -> tuple[list[_Part], np.ndarray[Any, np.dtype[np.int64]]]:
        """The distinct parts of the values, and rank → place of its part among them."""
        places: dict[_Part, int] = {}
        place_of = [places.setdefault(part(values), len(places)) for values in self.values]
        return list(places), np.array(place_of, np.int64)


class UsageKeys:
    """Numbers of the scopes and targets of one day.

    Past a bound of session names per principal, they become numbered buckets: which is a matter of the principal's
    distinct session names alone, and not of the order in which they come.
    """

    def __init__(self, workload_bound: int = WORKLOAD_BOUND) -> None:
        """Know no values yet."""
        self._scopes: dict[Values, int] = {}
        self._targets: dict[Values, int] = {}
        self._workloads: dict[str | None, set[str]] = defaultdict(set)
        self._workload_bound = workload_bound
        self.full_principals: set[str | None] = set()
        """Those whose session names are buckets."""

    def scope(self, values: Values) -> int:
        """The number of the values of `SCOPE`."""
        number = self._scopes.get(values)
        if number is None:
            self._note(values[_PRINCIPAL], values[_WORKLOAD])
            number = self._scopes.setdefault(self._bounded(values), len(self._scopes))
        return number

    def target(self, values: Values) -> int:
        """The number of the values of `TARGET`."""
        return self._targets.setdefault(values, len(self._targets))

    def ranked_scopes(self) -> Ranking:
        """All scopes, with what became of their session names."""
        return _ranked(self._scopes, SCOPE, self._bounded)

    def ranked_targets(self) -> Ranking:
        """All targets."""
        return _ranked(self._targets, TARGET, tuple)

    def _note(self, principal: str | None, workload: str | None) -> None:
        if workload is None or principal in self.full_principals:
            return
        names = self._workloads[principal]
        names.add(workload)
        if len(names) > self._workload_bound:
            self.full_principals.add(principal)
            del self._workloads[principal]

    def _bounded(self, values: Values) -> Values:
        workload = values[_WORKLOAD]
        if workload is None or values[_PRINCIPAL] not in self.full_principals:
            return values
        return (*values[:_WORKLOAD], bucket(workload), *values[_WORKLOAD + 1 :])


def principal_of(scope: Values) -> str | None:
    """The principal's ARN."""
    arn: str | None = scope[_PRINCIPAL]
    return arn


def action_of(target: Values) -> str | None:
    """The action."""
    action: str | None = target[_ACTION]
    return action


def bucket(workload: str) -> str:
    """Return the numbered bucket of a session name; one that is a bucket already stays."""
    if workload.startswith("bucket-") and len(workload) == len("bucket-00"):
        return workload
    return f"bucket-{blake2b(workload.encode('utf-8', 'replace'), digest_size=1).hexdigest()}"


def _ranked(numbers: dict[Values, int], names: Sequence[str], final: Callable[[Values], Values]) -> Ranking:
    finals = [final(values) for values in numbers]
    ordered = sorted(set(finals), key=lambda values: ["" if one is None else f"+{one}" for one in values])
    places = {values: place for place, values in enumerate(ordered)}
    columns = zip(*ordered, strict=True) if ordered else ([] for _ in names)
    return Ranking(
        values=ordered,
        rank_of=np.array([places[values] for values in finals], np.int32),
        columns=[_column(list(column), USAGE.field(name).type) for name, column in zip(names, columns, strict=True)],
    )


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    column = pa.array(values, kind)
    return column.dictionary_encode() if pa.types.is_string(kind) else column
