"""From records to rows of the `events` table: whole columns at a time, nested values as the bytes they came in."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.lake.schema import EVENTS
from trailmin.trail.denial import is_authorization_failure
from trailmin.trail.fields import LONGEST_NOTHING, STRIPPED, TIMES, Memo, has_content, read_identity, read_resources
from trailmin.trail.principal import CALLERS, Caller
from trailmin.trail.redact import CANDIDATE_PATTERN, redact
from trailmin.trail.wire import WireRecord

_TEXT = pa.string()
_MILLISECONDS_A_DAY = 86_400_000

_IS_DENIAL: Memo[str | None, bool] = Memo(is_authorization_failure)

_CALLER_FIELDS: dict[str, Callable[[Caller], str | None]] = {
    "principal_kind": lambda caller: caller.principal.kind.value,
    "principal_arn": lambda caller: caller.principal.arn,
    "principal_account": lambda caller: caller.principal.account,
    "principal_name": lambda caller: caller.principal.name,
    "session_name": lambda caller: caller.principal.session_name,
    "invoked_by": lambda caller: caller.invoked_by,
}


def build_rows(parts: Sequence[tuple[str, Sequence[WireRecord]]]) -> pa.RecordBatch:
    """The rows of sound records, in their order, as `schema.EVENTS`.

    Args:
        parts: (key of the log object, its records), together less than 2 GiB.
    """
    records = [record for _, part in parts for record in part]
    columns = _plain_columns(records) | _caller_columns(records)
    columns["account"] = pc.coalesce(columns["account"], columns["principal_account"])
    columns["identity"] = _identities(records, columns["account"])
    columns["request_parameters"] = _request_parameters(records)
    columns["resources"] = _resources(records)
    columns["log_object"] = pa.array([key for key, _ in parts], _TEXT).take(
        np.repeat(np.arange(len(parts)), [len(part) for _, part in parts])
    )
    return pa.RecordBatch.from_arrays([columns[name] for name in EVENTS.names], schema=EVENTS)


def _plain_columns(records: list[WireRecord]) -> dict[str, pa.Array]:
    times = np.array([TIMES[record.event_time] for record in records], np.int64)
    codes = [STRIPPED[record.error_code] for record in records]
    messages = [
        record.error_message or None if code and _IS_DENIAL[code] else None
        for record, code in zip(records, codes, strict=True)
    ]
    return {
        "date": pa.array((times // _MILLISECONDS_A_DAY).astype(np.int32), pa.date32()),
        "event_time": pa.array(times, pa.timestamp("ms", tz="UTC")),
        "event_id": _texts([record.event_id or None for record in records]),
        "account": _texts([STRIPPED[record.recipient_account_id] for record in records]),
        "region": _texts([STRIPPED[record.aws_region] for record in records]),
        "event_source": _texts([STRIPPED[record.event_source] for record in records]),
        "event_name": _texts([STRIPPED[record.event_name] for record in records]),
        "event_type": _texts([STRIPPED[record.event_type] for record in records]),
        "category": _texts([STRIPPED[record.event_category] for record in records]),
        "read_only": pa.array([record.read_only for record in records], pa.bool_()),
        "error_code": pa.array(codes, _TEXT),
        "error_message": pa.array(messages, _TEXT),
        "source_ip": _texts([record.source_ip_address or None for record in records]),
        "user_agent": _texts([record.user_agent or None for record in records]),
        "vpc_endpoint": _texts([STRIPPED[record.vpc_endpoint_id] for record in records]),
        "shared_event_id": _texts([record.shared_event_id or None for record in records]),
    }


def _texts(values: list[str | None]) -> pa.Array:
    return pa.array(values, _TEXT)


def _caller_columns(records: list[WireRecord]) -> dict[str, pa.Array]:
    """Each distinct identity is decoded once."""
    encoded = _raw_bytes([record.user_identity for record in records]).dictionary_encode()
    callers = [CALLERS[raw] for raw in encoded.dictionary.to_pylist()]
    return {
        name: pa.array([read(caller) for caller in callers], _TEXT).take(encoded.indices)
        for name, read in _CALLER_FIELDS.items()
    }


def _identities(records: list[WireRecord], accounts: pa.Array) -> pa.Array:
    if all(record.event_id for record in records):
        ids = _texts([record.event_id for record in records])
        return pc.binary_join_element_wise(ids, pc.fill_null(accounts, ""), ":")
    pairs = zip(records, accounts.to_pylist(), strict=True)
    return _texts([read_identity(record.event_id, account, record.record_hash) for record, account in pairs])


def _request_parameters(records: list[WireRecord]) -> pa.Array:
    raws = [record.request_parameters for record in records]
    texts = _without(raws, _raw_texts(raws))
    is_candidate = pc.match_substring_regex(texts, CANDIDATE_PATTERN)
    candidates = texts.filter(is_candidate)
    if len(candidates) == 0:
        return texts
    redacted = pa.array([redact(text) for text in candidates.to_pylist()], _TEXT)
    return pc.replace_with_mask(texts, pc.fill_null(is_candidate, False), redacted)


def _without(raws: list[msgspec.Raw], texts: pa.Array) -> pa.Array:
    """The texts, with null where they say nothing."""
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    empty = [i for i in np.flatnonzero(lengths <= LONGEST_NOTHING).tolist() if not has_content(bytes(raws[i]))]
    if not empty:
        return texts
    is_empty = np.zeros(len(raws), bool)
    is_empty[empty] = True
    return pc.if_else(pa.array(is_empty), pa.scalar(None, _TEXT), texts)


def _resources(records: list[WireRecord]) -> pa.Array:
    raws = [record.resources for record in records]
    texts = _raw_texts(raws)
    is_plain = pc.and_(pc.starts_with(texts, "["), pc.greater(pc.binary_length(texts), LONGEST_NOTHING))
    if pc.all(is_plain).as_py():
        return texts
    odd = [read_resources(bytes(raw)) for raw, plain in zip(raws, is_plain.to_pylist(), strict=True) if plain is False]
    return pc.replace_with_mask(texts, pc.fill_null(pc.invert(is_plain), False), pa.array(odd, _TEXT))


def _raw_bytes(raws: list[msgspec.Raw]) -> pa.Array:
    """The JSON texts as one binary column, joined without making a Python object of any."""
    count = len(raws)
    lengths = np.fromiter(map(len, raws), np.int32, count)
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    data = b"".join(_buffers(raws))
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _raw_texts(raws: list[msgspec.Raw]) -> pa.Array:
    """The JSON texts as one column, null for `null`. That they are UTF-8 was checked when they were decoded."""
    texts = _raw_bytes(raws).view(_TEXT)
    return pc.if_else(pc.equal(texts, "null"), pa.scalar(None, _TEXT), texts)


def _buffers(raws: list[msgspec.Raw]) -> Any:
    """`Raw` has the buffer protocol, which its type does not tell."""
    return raws
