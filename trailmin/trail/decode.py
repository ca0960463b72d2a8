"""From a log object to its records, in order, with whatever cannot be read set aside by index and reason.

Two ways: a typed decoder over the whole text (fast: nested values stay undecoded), and, when anything at all is odd
about the text, record by record. Both give the same records.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import msgspec

from trailmin.trail.event import RejectedRecord
from trailmin.trail.gunzip import BrokenLogObjectError, read_text, text_chunks
from trailmin.trail.json_text import is_utf8
from trailmin.trail.lines import csv_records, is_csv, is_timed, timed_records
from trailmin.trail.record_columns import RecordColumns, columns_of
from trailmin.trail.scan import CUT_OFF, OVERSIZED, RecordScanner
from trailmin.trail.wire import (
    RECORD_CAP,
    UnreadableRecordError,
    WireRecord,
    looks_like_record,
    read_members,
    read_record,
)
from trailmin.trail.wrapped import NOT_JSON_TEXT, is_wrapper, unwrap

_CHUNK_BYTES: Final = 4 << 20
"""JSON of one chunk when records are split one by one."""

_CHUNK_VALUES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChunk:
    """Neighbouring records of one log object."""

    first_index: int
    records: list[WireRecord]
    columns: RecordColumns
    """Of the records."""
    rejected: tuple[RejectedRecord, ...]
    size: int
    """Bytes of JSON that the records keep alive."""

    def in_order(self) -> Iterator[WireRecord | RejectedRecord]:
        """Records and rejected ones in the order of the log object."""
        rejected = {record.index: record for record in self.rejected}
        records = iter(self.records)
        for index in range(self.first_index, self.first_index + len(self.records) + len(rejected)):
            yield rejected[index] if index in rejected else next(records)


class _Envelope(msgspec.Struct, gc=False):
    records: list[WireRecord] = msgspec.field(name="Records")


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_list_decoder = msgspec.json.Decoder(list[WireRecord])
_line_decoder = msgspec.json.Decoder(WireRecord)


def decode_log_object(stream: BinaryIO, log_object: str) -> Iterator[RecordChunk]:
    """The records of a log object: gzip or plain; `{"Records": [...]}`, a bare list or records one after the other.

    What other services put around records is taken off, and so is a table's form (`wrapped`, `lines`).

    Args:
        stream: seekable, at its start; memory stays bounded however large it is.
        log_object: the key that rejected records name.

    Raises:
        BrokenLogObjectError: nothing of it can be kept: truncated or altered gzip, a bomb, no JSON, no records' list.
            A gzip that breaks off gives nothing, since nothing of it can be verified.
        OSError: the stream cannot be read.
    """
    text = read_text(stream)
    if text is None:
        yield from _split(text_chunks(stream), log_object)
    elif not text or text.isspace():
        raise BrokenLogObjectError("empty")
    elif (chunk := _decode_whole(text)) is not None:
        yield chunk
    else:
        yield from _split(iter([text]), log_object)


def _decode_whole(text: bytes, first_index: int = 0) -> RecordChunk | None:
    """All records, when each is as it should be."""
    if not is_utf8(text):
        return None
    try:
        records = _decode_typed(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    columns = columns_of(records)
    if not columns.are_sound:
        return None
    return RecordChunk(first_index=first_index, records=records, columns=columns, rejected=(), size=len(text))


def _decode_typed(text: bytes) -> list[WireRecord]:
    start = text[:4096].lstrip()
    if start.startswith(b"["):
        return _list_decoder.decode(text)
    if b'"Records"' in start:
        return _decode_envelope(text).records
    return _line_decoder.decode_lines(text)


def _split(chunks: Iterator[bytes], log_object: str) -> Iterator[RecordChunk]:
    values, is_list = _values(chunks)
    index = 0
    while group := list(_next_group(values)):
        chunk = _read_group(group, index, log_object)
        if index == 0 and not chunk.records and len(group) == 1 and not is_list():
            raise BrokenLogObjectError(chunk.rejected[0].reason)
        yield chunk
        index += len(group)


def _values(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], Callable[[], bool]]:
    """The texts of the records, and whether they stand in a list, so that a broken one is one of several."""
    start = next(chunks, b"")
    chunks = itertools.chain([start], chunks)
    if is_csv(start):
        return csv_records(chunks), lambda: True
    if is_timed(start):
        return itertools.chain.from_iterable(map(unwrap, timed_records(chunks))), lambda: True
    scanner = RecordScanner(chunks)
    return itertools.chain.from_iterable(map(unwrap, _unwrapped(scanner))), lambda: scanner.has_list


def _unwrapped(scanner: RecordScanner) -> Iterator[bytes]:
    """The scanner's values, with an envelope whose `Records` come late opened, and other documents refused."""
    values = scanner.records()
    first = next(values, None)
    if first is None:
        return
    if scanner.has_list or first == OVERSIZED:
        yield from itertools.chain([first], values)
        return
    try:
        members = read_members(first)
    except UnreadableRecordError:
        yield from itertools.chain([first], values)
        return
    if "Records" in members:
        yield from _open_envelope(members)
    elif looks_like_record(members) or is_wrapper(members):
        yield first
    else:
        raise BrokenLogObjectError("no list `Records`")
    yield from values


def _open_envelope(members: dict[str, object]) -> Iterator[bytes]:
    records = members["Records"]
    if not isinstance(records, list):
        raise BrokenLogObjectError("`Records` is not a list")
    yield from map(msgspec.json.encode, records)


def _next_group(values: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for value in itertools.islice(values, _CHUNK_VALUES):
        yield value
        size += len(value)
        if size >= _CHUNK_BYTES:
            return


def _read_group(group: list[bytes], first_index: int, log_object: str) -> RecordChunk:
    text = b"[" + b",".join(group) + b"]"
    chunk = _decode_whole(text, first_index)
    if chunk is not None and len(chunk.records) == len(group):
        return chunk
    records: list[WireRecord] = []
    rejected: list[RejectedRecord] = []
    for index, raw in enumerate(group, first_index):
        try:
            records.append(_read_value(raw))
        except UnreadableRecordError as error:
            rejected.append(RejectedRecord(log_object=log_object, index=index, reason=str(error)))
    return RecordChunk(
        first_index=first_index,
        records=records,
        columns=columns_of(records),
        rejected=tuple(rejected),
        size=len(text),
    )


def _read_value(raw: bytes) -> WireRecord:
    if raw == OVERSIZED:
        raise UnreadableRecordError(f"larger than {RECORD_CAP >> 20} MiB")
    if raw == CUT_OFF:
        raise UnreadableRecordError("the log object ends before its list of records does")
    if raw == NOT_JSON_TEXT:
        raise UnreadableRecordError("nested columns are not JSON: export them with CAST(... AS JSON)")
    return read_record(raw)
