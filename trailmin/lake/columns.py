"""From records to rows of the `events` table: whole columns at a time, nested values as the bytes they came in."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.lake.schema import EVENTS
from trailmin.trail.denial import is_authorization_failure
from trailmin.trail.fields import LONGEST_NOTHING, STRIPPED, TIMES, Memo, has_content, read_identity, read_resources
from trailmin.trail.principal import CALLERS, Caller
from trailmin.trail.redact import CANDIDATE_PATTERN, redact
from trailmin.trail.wire import Fields, RawJson, WireRecord, transpose

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
        parts: (key of the log object, its records), together at least one record and less than 2 GiB.
    """
    fields = transpose([record for _, records in parts for record in records])
    columns = _plain_columns(fields) | _caller_columns(fields["user_identity"])
    columns["account"] = pc.coalesce(columns["account"], columns["principal_account"])
    columns["identity"] = _identities(fields, columns["account"])
    columns["request_parameters"] = _request_parameters(fields["request_parameters"])
    columns["resources"] = _resources(fields["resources"])
    columns["log_object"] = pa.array([key for key, _ in parts], _TEXT).take(
        pa.array(np.repeat(np.arange(len(parts)), [len(records) for _, records in parts]))
    )
    return pa.RecordBatch.from_arrays([columns[name] for name in EVENTS.names], schema=EVENTS)


def _plain_columns(fields: Fields) -> dict[str, pa.Array]:
    times = np.fromiter(map(TIMES.__getitem__, fields["event_time"]), np.int64, len(fields["event_time"]))
    codes = fields["error_code"]
    messages = [
        message or None if code and _IS_DENIAL[code] else None
        for message, code in zip(fields["error_message"], codes, strict=True)
    ]
    return {
        "date": pa.array((times // _MILLISECONDS_A_DAY).astype(np.int32), pa.date32()),
        "event_time": pa.array(times, pa.timestamp("ms", tz="UTC")),
        "event_id": _given(fields["event_id"]),
        "account": _given(fields["recipient_account_id"]),
        "region": _given(fields["aws_region"]),
        "event_source": pa.array(_stripped(fields["event_source"]), _TEXT),
        "event_name": pa.array(_stripped(fields["event_name"]), _TEXT),
        "event_type": _given(fields["event_type"]),
        "category": _given(fields["event_category"]),
        "read_only": pa.array(fields["read_only"], pa.bool_()),
        "error_code": _given(codes),
        "error_message": pa.array(messages, _TEXT),
        "source_ip": _given(fields["source_ip_address"]),
        "user_agent": _given(fields["user_agent"]),
        "vpc_endpoint": _given(fields["vpc_endpoint_id"]),
        "shared_event_id": _given(fields["shared_event_id"]),
    }


def _stripped(values: tuple[str | None, ...]) -> list[str | None]:
    """A field that repeats its values, by the rule of `strip_text`."""
    return list(map(STRIPPED.__getitem__, values))


def _given(values: tuple[str | None, ...]) -> pa.Array:
    """A field as it is, null for an empty text."""
    texts = pa.array(values, _TEXT)
    if texts.null_count == len(texts) or pc.min(pc.binary_length(texts)).as_py():
        return texts
    return pa.array([value or None for value in values], _TEXT)


def _caller_columns(identities: tuple[RawJson, ...]) -> dict[str, pa.Array]:
    """Each distinct identity is decoded once."""
    encoded = _raw_bytes(identities).dictionary_encode()
    callers = [CALLERS[raw] for raw in encoded.dictionary.to_pylist()]
    return {
        name: pa.array([read(caller) for caller in callers], _TEXT).take(encoded.indices)
        for name, read in _CALLER_FIELDS.items()
    }


def _identities(fields: Fields, accounts: pa.Array) -> pa.Array:
    ids, hashes = fields["event_id"], fields["record_hash"]
    if all(ids):
        return pc.binary_join_element_wise(pa.array(ids, _TEXT), pc.fill_null(accounts, ""), ":")
    return pa.array(list(map(read_identity, ids, accounts.to_pylist(), hashes)), _TEXT)


def _request_parameters(raws: tuple[RawJson, ...]) -> pa.Array:
    texts = _without(raws, _raw_texts(raws))
    is_candidate = pc.match_substring_regex(texts, CANDIDATE_PATTERN)
    candidates = texts.filter(is_candidate)
    if len(candidates) == 0:
        return texts
    redacted = pa.array([redact(text) for text in candidates.to_pylist()], _TEXT)
    return pc.replace_with_mask(texts, pc.fill_null(is_candidate, False), redacted)


def _without(raws: tuple[RawJson, ...], texts: pa.Array) -> pa.Array:
    """The texts, with null where they say nothing."""
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    empty = [i for i in np.flatnonzero(lengths <= LONGEST_NOTHING).tolist() if not has_content(bytes(raws[i]))]
    if not empty:
        return texts
    is_empty = np.zeros(len(raws), bool)
    is_empty[empty] = True
    return pc.if_else(pa.array(is_empty), pa.scalar(None, _TEXT), texts)


def _resources(raws: tuple[RawJson, ...]) -> pa.Array:
    texts = _raw_texts(raws)
    is_plain = pc.and_(pc.starts_with(texts, "["), pc.greater(pc.binary_length(texts), LONGEST_NOTHING))
    if pc.all(is_plain).as_py():
        return texts
    odd = [read_resources(bytes(raw)) for raw, plain in zip(raws, is_plain.to_pylist(), strict=True) if plain is False]
    return pc.replace_with_mask(texts, pc.fill_null(pc.invert(is_plain), False), pa.array(odd, _TEXT))


def _raw_bytes(raws: tuple[RawJson, ...]) -> pa.Array:
    """The JSON texts as one binary column, joined without making a Python object of any."""
    count = len(raws)
    lengths = np.fromiter(map(len, raws), np.int32, count)
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    data = b"".join(_buffers(raws))
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _raw_texts(raws: tuple[RawJson, ...]) -> pa.Array:
    """The JSON texts as one column, null for `null`. That they are UTF-8 was checked when they were decoded."""
    texts = _raw_bytes(raws).view(_TEXT)
    return pc.if_else(pc.equal(texts, "null"), pa.scalar(None, _TEXT), texts)


def _buffers(raws: tuple[RawJson, ...]) -> Any:
    """`Raw` has the buffer protocol, which its type does not tell."""
    return raws
