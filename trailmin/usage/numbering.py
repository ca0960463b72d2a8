"""Numbers in place of what rows have in common, so that it is looked at once and not row by row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

Numbers = np.ndarray[Any, np.dtype[np.int64]]

_MANY: Final = 1 << 62
"""Combinations of values that an int64 still tells apart."""


def encode(rows: pa.RecordBatch, names: Sequence[str]) -> dict[str, pa.Array]:
    """Columns as dictionaries, whatever their type, for several calls of `number_alike`."""
    return {name: rows.column(name).dictionary_encode() for name in names}


def number_alike(columns: Mapping[str, pa.Array], names: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Number the distinct rows of some columns, the first ones' values weighing most.

    Args:
        columns: by name, as dictionaries of one length.
        names: those in which rows are alike.

    Returns:
        The place of the first row of each number, and the number of each row.
    """
    numbers, size = np.zeros(len(columns[names[0]]), np.int64), 1
    for name in names:
        codes, values = _codes(columns[name])
        if size * values > _MANY:
            firsts, numbers = _by_size(numbers)
            size = len(firsts)
        numbers = numbers * values + codes
        size *= values
    return _by_size(numbers)


def _by_size(values: Numbers) -> tuple[Numbers, Numbers]:
    """What `numpy.unique` gives, without sorting values that repeat."""
    encoded = pa.array(values).dictionary_encode()
    order = np.argsort(encoded.dictionary.to_numpy())
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    number_of = rank[encoded.indices.to_numpy()]
    firsts = np.empty(len(order), np.int64)
    firsts[number_of[::-1]] = np.arange(len(values))[::-1]
    return firsts, number_of


def _codes(column: pa.Array) -> tuple[Numbers, int]:
    """Each row's value as a number below the second result."""
    values = len(column.dictionary) + 1
    return column.indices.fill_null(values - 1).to_numpy(zero_copy_only=False).astype(np.int64), values


def values_at(rows: pa.RecordBatch, names: Sequence[str], places: Numbers) -> Iterator[tuple[Any, ...]]:
    """The values of some columns in the rows at some places."""
    chosen = rows.select(list(names)).take(pa.array(places))
    return zip(*(column.to_pylist() for column in chosen.columns), strict=True)
