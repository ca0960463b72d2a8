"""Columns of JSON texts, from the very bytes they came in: joined without making a Python object of any."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.trail.fields import LONGEST_NOTHING, has_content
from trailmin.trail.wire import RawJson

_TEXT: Final = pa.string()

_BLOCK_ROWS: Final = 64
"""Rows that are searched as one text first: most have no match, and a search costs more to begin than to go on."""


def raw_bytes(raws: Sequence[RawJson]) -> pa.BinaryArray:
    """The JSON texts as one binary column."""
    return _from_parts(pa.binary(), *_joined(raws), None)


def raw_texts(raws: Sequence[RawJson]) -> pa.StringArray:
    """The JSON texts as one column, null where they say nothing (`has_content`).

    That they are UTF-8 was checked when they were decoded.
    """
    offsets, data = _joined(raws)
    is_given = np.frombuffer(data, np.uint8)[offsets[:-1]] != ord("n")  # `null`, by far the most frequent nothing
    is_short = np.diff(offsets) <= LONGEST_NOTHING
    for place in np.flatnonzero(is_given & is_short).tolist():
        is_given[place] = has_content(bytes(raws[place]))
    return _from_parts(_TEXT, offsets, data, is_given)


def starting_bytes(texts: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The first byte of each text of `raw_texts`; of nulls any."""
    _, offsets, data = texts.buffers()
    starts: npt.NDArray[np.uint8] = np.frombuffer(data, np.uint8)[np.frombuffer(offsets, np.int32)[:-1]]
    return starts


def with_matches(texts: pa.StringArray, pattern: str, change: Callable[[str], str]) -> pa.StringArray:
    """The texts of `raw_texts`, changed where they match a regular expression."""
    rows = _rows_to_search(texts, pattern)
    if not len(rows):
        return texts
    searched = texts.take(pa.array(rows))
    is_match = pc.fill_null(pc.match_substring_regex(searched, pattern), False).to_numpy(zero_copy_only=False)
    if not is_match.any():
        return texts
    changed = [change(text) for text in searched.filter(pa.array(is_match)).to_pylist()]
    mask = np.zeros(len(texts), bool)
    mask[rows[is_match]] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(changed, _TEXT))


def _rows_to_search(texts: pa.StringArray, pattern: str) -> npt.NDArray[np.int64]:
    """The rows of blocks that match as a whole, and so those of every text that does."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)
    bounds = np.append(ends[:-1:_BLOCK_ROWS], ends[-1])
    blocks = _from_parts(_TEXT, bounds, data, None)
    is_match = pc.match_substring_regex(blocks, pattern).to_numpy(zero_copy_only=False)
    return np.flatnonzero(np.repeat(is_match, _BLOCK_ROWS)[: len(texts)])


def _joined(raws: Sequence[RawJson]) -> tuple[npt.NDArray[np.int32], bytes]:
    """Where each text begins and the last one ends, and all of them."""
    offsets = np.zeros(len(raws) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, raws), np.int32, len(raws)), out=offsets[1:])
    return offsets, b"".join(_buffers(raws))


def _from_parts(
    type_: pa.DataType, offsets: npt.NDArray[np.int32], data: bytes | pa.Buffer, is_valid: npt.NDArray[np.bool_] | None
) -> Any:
    validity = None
    if is_valid is not None and not is_valid.all():
        validity = pa.py_buffer(np.packbits(is_valid, bitorder="little"))
    buffer = pa.py_buffer(data)
    return pa.Array.from_buffers(type_, len(offsets) - 1, [validity, pa.py_buffer(offsets), buffer])


def _buffers(raws: Sequence[RawJson]) -> Any:
    """`Raw` has the buffer protocol, which its type does not tell."""
    return raws
