"""Log objects as other services hand them out. Each case holds the same two records."""

import csv
import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trail.records import record
from trailmin.trail import Event, RejectedRecord, events_of, gunzip

RECORDS = [record(eventID="a"), record(eventID="b", eventTime="2026-03-01T12:00:00Z", readOnly=True)]
TEXTS = [json.dumps(one, separators=(",", ":")) for one in RECORDS]


def subscription(*texts: str, kind: str = "DATA_MESSAGE") -> bytes:
    events = [{"id": str(n), "timestamp": 1, "message": text} for n, text in enumerate(texts)]
    return json.dumps(
        {"messageType": kind, "owner": "111122223333", "logGroup": "g", "logStream": "s", "logEvents": events}
    ).encode()


def lower(value: Any) -> Any:
    return {name.lower(): lower(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def row(one: dict[str, Any]) -> dict[str, Any]:
    """A record as Athena's table has it: names in lower case, parameters as a text."""
    small = {name.lower(): value for name, value in one.items()}
    small["useridentity"] = lower(one["userIdentity"])
    small["requestparameters"] = json.dumps(one["requestParameters"])
    small["eventtime"] = one["eventTime"].replace("T", " ").replace("Z", ".000")
    return small


def table(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for one in rows for name in one)), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_cells(one: dict[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value) if isinstance(value, dict) else value for name, value in one.items()}


def event_bridge(one: dict[str, Any]) -> dict[str, Any]:
    return {"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": one}


FORMS = {
    "subscription": subscription(*TEXTS),
    "subscriptions, concatenated by Firehose": subscription(TEXTS[0]) + subscription(TEXTS[1]),
    "subscription with a control message": subscription("CWL CONTROL MESSAGE", kind="CONTROL_MESSAGE")
    + subscription(*TEXTS),
    "subscription members": gzip.compress(subscription(TEXTS[0])) + gzip.compress(subscription(TEXTS[1])),
    "subscription, zipped again by Firehose": gzip.compress(
        gzip.compress(subscription(TEXTS[0])) + gzip.compress(subscription(TEXTS[1]))
    ),
    "Firehose, no line ends": "".join(TEXTS).encode(),
    "CloudWatch Logs export": "".join(f"2026-03-01T12:00:01.123Z {text}\n" for text in TEXTS).encode(),
    "filter-log-events": json.dumps({"events": [{"message": text} for text in TEXTS]}, indent=1).encode(),
    "lookup-events": json.dumps({"Events": [{"EventId": "x", "CloudTrailEvent": text} for text in TEXTS]}).encode(),
    "lookup-events, an event a line": "\n".join(json.dumps({"CloudTrailEvent": text}) for text in TEXTS).encode(),
    "EventBridge": "\n".join(json.dumps(event_bridge(one)) for one in RECORDS).encode(),
    "EventBridge in CloudWatch Logs": subscription(*(json.dumps(event_bridge(one)) for one in RECORDS)),
    "Lake, objects": "\n".join(json.dumps({"eventData": one}) for one in RECORDS).encode(),
    "Lake, texts": "\n".join(json.dumps({"eventData": text, "metadata": {}}) for text in TEXTS).encode(),
    "Lake, table of texts": table([{"eventid": "x", "eventJson": text} for text in TEXTS]),
    "Lake, table of columns": table([as_cells(one) for one in RECORDS]),
    "Lake, get-query-results": json.dumps(
        {"QueryResultRows": [[{name: value} for name, value in as_cells(one).items()] for one in RECORDS]}
    ).encode(),
    "Athena, JSON lines": "\n".join(json.dumps(row(one)) for one in RECORDS).encode(),
    "Athena, table": table([as_cells(row(one)) for one in RECORDS]),
}


def plain(found: Event | RejectedRecord) -> Event:
    assert isinstance(found, Event), found
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_zipped", [False, True])
@pytest.mark.parametrize("in_memory", [True, False])
def test_every_form_gives_the_same_events(
    form: str, is_zipped: bool, in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_memory:
        monkeypatch.setattr(gunzip, "IN_MEMORY_CAP", 100)
    content = gzip.compress(FORMS[form]) if is_zipped else FORMS[form]
    expected = [plain(found) for found in events_of(f"[{','.join(TEXTS)}]".encode(), "k")]
    if form.startswith("subscription, zipped again") and is_zipped:
        return
    assert [plain(found) for found in events_of(content, "k")] == expected


def reasons(content: bytes) -> list[str]:
    return [found.reason for found in events_of(content, "k") if isinstance(found, RejectedRecord)]


def test_columns_in_an_engines_own_text_are_refused_with_what_to_do() -> None:
    cells = as_cells(RECORDS[0]) | {"requestParameters": "{bucketName=b, key=k}"}
    assert reasons(table([cells])) == ["nested columns are not JSON: export them with CAST(... AS JSON)"]


def test_nested_parameters_of_a_map_of_texts_are_opened() -> None:
    parameters = {"key": "k", "tagging": json.dumps({"a": [1]})}
    (found,) = events_of(table([as_cells(RECORDS[0]) | {"requestParameters": json.dumps(parameters)}]), "k")
    assert json.loads(plain(found).request_parameters or "") == {"key": "k", "tagging": {"a": [1]}}


def test_a_broken_line_spoils_no_other() -> None:
    assert len(reasons(subscription(TEXTS[0], "{", TEXTS[1]))) == 1
    good = table([as_cells(one) for one in RECORDS])
    assert reasons(good + b'"too","short"\n') == ["not JSON: invalid character (byte 0)"]
    assert len(list(events_of(good + b'"too","short"\n', "k"))) == 3


@pytest.mark.parametrize(
    "content", [b'{"a": 1}', b"a,b\n1,2\n", b"2026-03-01 words", b'{"detail": {}}', b'{"events": 1}']
)
def test_what_is_none_of_them_is_refused(content: bytes) -> None:
    assert len(reasons(content)) == 1


def test_an_empty_wrapper_is_read_and_has_no_events() -> None:
    assert list(events_of(b'{"Events": []}', "k")) == []


def test_a_record_is_never_taken_for_a_wrapper() -> None:
    """What a caller puts into a request cannot smuggle in other records."""
    inner = json.dumps(record(eventID="smuggled"))
    hostile = record(requestParameters={"logEvents": [{"message": inner}], "eventData": inner}, eventData=inner)
    (found,) = events_of(json.dumps(hostile).encode(), "k")
    assert plain(found).event_id == "e-1"
    odd = hostile | {"eventTime": "2026-03-01T12:00:00Z", "readOnly": "true", "logEvents": [{"message": inner}]}
    (found,) = events_of(json.dumps(odd).encode(), "k")
    assert plain(found).event_id == "e-1"


def test_a_zip_of_zips_ends() -> None:
    content = b"[]"
    for _ in range(50):
        content = gzip.compress(content)
    assert reasons(content) == ["not JSON"]


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "eventname",
                "eventsource",
                "eventtime",
                "useridentity",
                "resources",
                "message",
                "logEvents",
                "Events",
                "QueryResultRows",
                "detail",
                "detail-type",
            ]
        ),
        st.recursive(st.none() | st.text() | st.integers(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)),
    )
)
def test_no_wrapper_breaks_the_reader(members: dict[str, object]) -> None:
    for found in events_of(json.dumps(members).encode(), "k"):
        assert isinstance(found, Event | RejectedRecord)
