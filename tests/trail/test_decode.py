import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trail.records import envelope, record, zipped
from trailmin.trail import decode, gunzip
from trailmin.trail.event import Event, RejectedRecord
from trailmin.trail.events import events_of

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_trails"


def read(content: bytes) -> list[Event | RejectedRecord]:
    return list(events_of(content, "k"))


def one(**members: Any) -> Event | RejectedRecord:
    (found,) = read(envelope(record(**members)))
    return found


def event(**members: Any) -> Event:
    found = one(**members)
    assert isinstance(found, Event), found
    return found


def reason(content: bytes) -> str:
    (found,) = read(content)
    assert isinstance(found, RejectedRecord)
    return found.reason


LINES = [record(eventID="a"), record(eventID="b")]


@pytest.mark.parametrize(
    "content",
    [
        envelope(*LINES),
        zipped(*LINES),
        json.dumps(LINES).encode(),
        json.dumps({"Records": LINES}, indent=2).encode(),
        json.dumps({"version": 1, "Records": LINES}).encode(),
        json.dumps({"meta": {"x": [1]}, "Records": LINES}).encode(),
        b"\n".join(json.dumps(line).encode() for line in LINES),
        b"".join(json.dumps(line).encode() for line in LINES),
        b"\n".join(json.dumps(line, indent=1).encode() for line in LINES),
        b"\xef\xbb\xbf" + envelope(*LINES),
        zipped(LINES[0]) + zipped(LINES[1]),
        gzip.compress(envelope(*LINES)[:300]) + gzip.compress(envelope(*LINES)[300:]) + b"\0" * 7,
    ],
    ids=[
        "envelope",
        "gzip",
        "list",
        "indented",
        "late",
        "nested",
        "lines",
        "joined",
        "pretty",
        "bom",
        "members",
        "halves",
    ],
)
def test_every_form_of_a_log_object_gives_its_records(content: bytes) -> None:
    assert [e.event_id for e in read(content) if isinstance(e, Event)] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"hello", "not JSON"),
        (b"<html>", "not JSON"),
        (b"5", "not JSON"),
        (b"{broken", "not JSON"),
        (b'{"logFiles": []}', "no list `Records`"),
        (b'{"Records": 5}', "`Records` is not a list"),
        (b'{"Records": {"a": 1}}', "`Records` is not a list"),
        (zipped(record())[:-20], "truncated gzip"),
        (zipped(record())[:-8] + b"\0\0\0\0" + zipped(record())[-4:], "checksum"),
        (zipped(record()) + b"garbage", "not gzip follows"),
    ],
)
def test_a_broken_log_object_is_set_aside_whole(content: bytes, why: str) -> None:
    (found,) = read(content)
    assert isinstance(found, RejectedRecord)
    assert found.index is None
    assert why in found.reason


def test_an_empty_list_holds_nothing_and_is_not_broken() -> None:
    assert read(envelope()) == []


def test_only_bad_records_are_set_aside_in_their_places() -> None:
    bad = [5, "x", None, [], record(eventTime=...), record(eventName="  "), record(eventSource=...)]
    found = read(envelope(record(eventID="a"), *bad, record(eventID="z")))
    assert [e.event_id for e in found if isinstance(e, Event)] == ["a", "z"]
    assert [e.index for e in found if isinstance(e, RejectedRecord)] == [1, 2, 3, 4, 5, 6, 7]
    reasons = [e.reason for e in found if isinstance(e, RejectedRecord)]
    assert reasons == ["not a JSON object"] * 4 + ["no eventTime", "no eventName", "no eventSource"]


def test_a_broken_line_spoils_no_other() -> None:
    lines = [json.dumps(record(eventID=str(n))).encode() for n in range(4)]
    lines[1] = lines[1][:-30]
    found = read(b"\n".join(lines))
    assert [e.event_id for e in found if isinstance(e, Event)] == ["0", "2", "3"]
    assert [e.index for e in found if isinstance(e, RejectedRecord)] == [1]


def test_records_before_a_cut_in_plain_json_are_kept_and_the_cut_is_told() -> None:
    content = envelope(record(eventID="a"), record(eventID="b"))
    inside, between = read(content[:-40]), read(content[: content.index(b', {"eventVersion"')])
    assert [type(e) for e in inside] == [type(e) for e in between] == [Event, RejectedRecord]


def test_an_insights_record_is_told_apart() -> None:
    found = one(eventSource=..., eventName=..., eventCategory="Insight")
    assert isinstance(found, RejectedRecord)
    assert "Insights" in found.reason


@pytest.mark.parametrize("value", [None, {}, "null", "", [], ...])
def test_parameters_that_say_nothing_are_none(value: object) -> None:
    assert event(requestParameters=value).request_parameters is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ([], None),
        ("x", None),
        ({"arn": "a"}, '[{"arn": "a"}]'),
        ([{"arn": "a"}], '[{"arn": "a"}]'),
    ],
)
def test_resources_come_as_a_list(value: object, text: str | None) -> None:
    assert event(resources=value).resources == text


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00.123000+00:00"),
        ("2026-03-01 12:00:00", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01T14:00:00+02:00", "2026-03-01T12:00:00+00:00"),
    ],
)
def test_times_with_fraction_and_zone(text: str, iso: str) -> None:
    assert event(eventTime=text).time.isoformat() == iso


@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-01T00:00:00Z", 1700000000, [], "0001-01-01T00:00:00+23:00"])
def test_other_times_are_set_aside(time: object) -> None:
    found = one(eventTime=time)
    assert isinstance(found, RejectedRecord)
    assert found.reason == "eventTime is not an ISO 8601 time"


def test_logstash_exports_have_their_time_elsewhere() -> None:
    assert event(**{"eventTime": ..., "@timestamp": "2020-09-14T00:44:23.000Z"}).time.year == 2020


def test_wrong_types_are_read_as_far_as_they_can_be() -> None:
    found = event(readOnly="true", eventID=7, awsRegion=5, eventName="GetObject ", errorCode={"a": 1}, eventType=None)
    assert (found.read_only, found.event_id, found.region, found.name) == (True, "7", "5", "GetObject")
    assert (found.error_code, found.event_type) == (None, None)


def test_old_versions_lack_fields() -> None:
    found = event(eventType=..., recipientAccountId=..., readOnly=..., eventID=...)
    assert (found.account, found.event_id, found.read_only) == ("111122223333", None, None)


def test_error_messages_are_kept_of_denials_only() -> None:
    assert event(errorCode="AccessDenied", errorMessage="User: x").error_message == "User: x"
    assert event(errorCode="Client.UnauthorizedOperation", errorMessage="m").error_message == "m"
    assert event(errorCode="ValidationException", errorMessage="quotes input").error_message is None


def test_invalid_utf8_and_lone_surrogates_are_repaired() -> None:
    content = envelope(
        record(eventID="a", userAgent="X1"), record(eventID="b", userAgent="X2", requestParameters={"k": "X3"})
    )
    content = content.replace(b"X1", b"\xff").replace(b"X2", rb"\ud800").replace(b"X3", rb"\udc00\\ud800")
    first, second = read(content)
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert (first.user_agent, second.user_agent) == ("\ufffd", "\ufffd")
    assert second.request_parameters == '{"k":"\ufffd\\\\ud800"}'


def test_huge_numbers_and_texts_survive() -> None:
    content = envelope(record(requestParameters={"n": "N", "t": "x" * 10_000_000}, readOnly="no")).replace(
        b'"N"', b"9" * 5000
    )
    (found,) = read(content)
    assert isinstance(found, Event)
    assert found.request_parameters is not None
    assert len(found.request_parameters) > 10_000_000


def test_deep_nesting_is_set_aside() -> None:
    deep = envelope(record(eventID="a"), record(requestParameters="D")).replace(b'"D"', b"[" * 100_000 + b"]" * 100_000)
    first, second = read(deep)
    assert isinstance(first, Event)
    assert isinstance(second, RejectedRecord)
    assert "deep" in second.reason


def test_a_gzip_bomb_is_set_aside_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunzip, "LOG_OBJECT_CAP", 100 << 20)
    bomb = gzip.compress(b'{"Records":[' + b" " * (120 << 20), compresslevel=1)
    tracemalloc.start()
    assert "larger than" in reason(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150 << 20


def test_a_record_above_the_cap_is_set_aside_and_the_next_read() -> None:
    huge = record(requestParameters={"t": "x" * (33 << 20)})
    found = read(zipped(record(eventID="a"), huge, record(eventID="z")))
    assert [type(e) for e in found] == [Event, RejectedRecord, Event]


def test_large_log_objects_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [record(eventID=str(n), userAgent='a"}]{\\') for n in range(3000)]
    monkeypatch.setattr(gunzip, "IN_MEMORY_CAP", 1000)
    monkeypatch.setattr(gunzip, "_CHUNK", 777)
    monkeypatch.setattr(decode, "_CHUNK_BYTES", 100_000)
    for content in (envelope(*records), zipped(*records)):
        chunks = list(decode.decode_log_object(io.BytesIO(content), "k"))
        assert len(chunks) > 5
        assert [r.event_id for chunk in chunks for r in chunk.records] == [str(n) for n in range(3000)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
ODD_MEMBERS = ("eventID", "eventName", "readOnly", "userIdentity", "requestParameters", "resources", "errorCode")
ODD = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("eventID", "eventName", "readOnly", "userIdentity", "requestParameters", "resources", "errorCode"), JSON
    ),
)


@settings(max_examples=150)
@given(st.lists(st.one_of(ODD.map(lambda odd: record(**odd)), JSON), max_size=4))
def test_no_record_is_lost_and_none_spoils_another(values: list[object]) -> None:
    alone = [found for value in values for found in read(envelope(value))]
    together = read(envelope(*values))
    assert len(together) == len(values)
    kinds = [type(found) for found in alone]
    assert [type(found) for found in together] == kinds
    assert [found for found in together if isinstance(found, Event)] == [e for e in alone if isinstance(e, Event)]


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes_are_survived(noise: bytes, place: int) -> None:
    content = envelope(record())
    read(noise)
    read(content[:place] + noise + content[place:])


@pytest.mark.skipif(not REAL.exists(), reason="../shared/real_trails is not there")
def test_every_published_record_is_an_event() -> None:
    found = [e for path in sorted(REAL.glob("*.json.gz")) for e in events_of(path.read_bytes(), path.name)]
    assert len(found) == 4103
    assert all(isinstance(e, Event) for e in found)
