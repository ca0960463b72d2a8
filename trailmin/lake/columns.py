"""From records to rows of the `events` table: whole columns at a time, nested values as the bytes they came in."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.lake.raw_texts import raw_bytes, raw_texts, starting_bytes, with_matches
from trailmin.lake.schema import EVENTS
from trailmin.trail.denial import is_authorization_failure
from trailmin.trail.fields import Memo, read_identity, read_resources
from trailmin.trail.principal import read_caller
from trailmin.trail.record_columns import RecordColumns, join_columns
from trailmin.trail.redact import CANDIDATE_PATTERN, redact
from trailmin.trail.wire import RawJson

_TEXT = pa.string()
_MILLISECONDS_A_DAY = 86_400_000

_CALLER_COLUMNS: Final = (
    "principal_kind", "principal_arn", "principal_account", "principal_name", "session_name", "invoked_by",
)  # fmt: skip


def build_rows(parts: Sequence[tuple[str, RecordColumns]]) -> pa.RecordBatch:
    """The rows of sound records, in their order, as `schema.EVENTS`.

    Args:
        parts: (key of the log object, its records), together at least one record and less than 2 GiB.
    """
    records = join_columns([records for _, records in parts])
    fields = records.fields
    columns = _plain_columns(fields) | _time_columns(records.times) | _caller_columns(fields["user_identity"])
    columns["account"] = pc.coalesce(columns["account"], columns["principal_account"])
    columns["identity"] = _identities(fields, columns)
    columns["request_parameters"] = _request_parameters(fields["request_parameters"])
    columns["resources"] = _resources(fields["resources"])
    columns["log_object"] = pa.array([key for key, _ in parts], _TEXT).take(
        pa.array(np.repeat(np.arange(len(parts)), [len(records) for _, records in parts]))
    )
    return pa.RecordBatch.from_arrays([columns[name] for name in EVENTS.names], schema=EVENTS)


def _time_columns(times: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
    return {
        "date": pa.array((times // _MILLISECONDS_A_DAY).astype(np.int32), pa.date32()),
        "event_time": pa.array(times, pa.timestamp("ms", tz="UTC")),
    }


def _plain_columns(fields: Mapping[str, Sequence[Any]]) -> dict[str, pa.Array]:
    return {
        "event_id": _given(fields["event_id"]),
        "account": _given(fields["recipient_account_id"]),
        "region": _given(fields["aws_region"]),
        "event_source": pa.array(fields["event_source"], _TEXT),
        "event_name": pa.array(fields["event_name"], _TEXT),
        "event_type": _given(fields["event_type"]),
        "category": _given(fields["event_category"]),
        "read_only": pa.array(fields["read_only"], pa.bool_()),
        "error_code": _given(fields["error_code"]),
        "error_message": _messages_of_denials(fields["error_code"], fields["error_message"]),
        "source_ip": _given(fields["source_ip_address"]),
        "user_agent": _given(fields["user_agent"]),
        "vpc_endpoint": _given(fields["vpc_endpoint_id"]),
        "shared_event_id": _given(fields["shared_event_id"]),
    }


def _given(values: Sequence[str | None]) -> pa.Array:
    """A field as it is, null for an empty text."""
    texts = pa.array(values, _TEXT)
    if texts.null_count == len(texts) or pc.min(pc.binary_length(texts)).as_py():
        return texts
    return pa.array([value or None for value in values], _TEXT)


def _messages_of_denials(codes: Sequence[str | None], messages: Sequence[str | None]) -> pa.Array:
    denials = {code for code in set(codes) if is_authorization_failure(code)}
    if not denials:
        return pa.nulls(len(codes), _TEXT)
    kept = [message or None if code in denials else None for code, message in zip(codes, messages, strict=True)]
    return pa.array(kept, _TEXT)


def _caller_columns(identities: Sequence[RawJson]) -> dict[str, pa.Array]:
    """Each distinct identity is decoded once."""
    encoded = raw_bytes(identities).dictionary_encode()
    callers = zip(*map(_CALLERS.__getitem__, encoded.dictionary.to_pylist()), strict=True)
    return {
        name: pa.array(values, _TEXT).take(encoded.indices)
        for name, values in zip(_CALLER_COLUMNS, callers, strict=True)
    }


def _caller_values(identity: bytes) -> tuple[str | None, ...]:
    """The values of `_CALLER_COLUMNS`."""
    caller = read_caller(identity)
    who = caller.principal
    return who.kind.value, who.arn, who.account, who.name, who.session_name, caller.invoked_by


_CALLERS: Memo[bytes, tuple[str | None, ...]] = Memo(_caller_values, limit=10_000)


def _identities(fields: Mapping[str, Sequence[Any]], columns: Mapping[str, pa.Array]) -> pa.Array:
    ids, accounts = columns["event_id"], columns["account"]
    if not ids.null_count:
        return pc.binary_join_element_wise(ids, pc.fill_null(accounts, ""), ":")
    return pa.array(list(map(read_identity, fields["event_id"], accounts.to_pylist(), fields["record_hash"])), _TEXT)


def _request_parameters(raws: Sequence[RawJson]) -> pa.Array:
    texts = raw_texts(raws)
    return with_matches(texts, CANDIDATE_PATTERN, redact)


def _resources(raws: Sequence[RawJson]) -> pa.Array:
    texts = raw_texts(raws)
    is_odd = starting_bytes(texts) != ord("[")
    if texts.null_count:
        is_odd &= texts.is_valid().to_numpy(zero_copy_only=False)
    if not is_odd.any():
        return texts
    odd = [read_resources(bytes(raws[place])) for place in np.flatnonzero(is_odd).tolist()]
    return pc.replace_with_mask(texts, pa.array(is_odd), pa.array(odd, _TEXT))
