import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trail.records import ROLE, envelope, record
from trailmin.lake.columns import build_rows
from trailmin.lake.schema import EVENTS
from trailmin.trail.decode import decode_log_object
from trailmin.trail.event import Event
from trailmin.trail.events import events_of


def rows(content: bytes) -> list[dict[str, Any]]:
    import io

    parts = [("k", chunk.columns) for chunk in decode_log_object(io.BytesIO(content), "k") if chunk.records]
    batch = build_rows(parts)
    batch.validate(full=True)
    assert batch.schema == EVENTS
    found: list[dict[str, Any]] = batch.to_pylist()
    return found


def row_of(event: Event) -> dict[str, Any]:
    """What a row says, told from the event."""
    principal = event.principal
    return {
        "date": event.time.date(),
        "event_time": event.time,
        "event_id": event.event_id,
        "account": event.account,
        "region": event.region,
        "event_source": event.source,
        "event_name": event.name,
        "event_type": event.event_type,
        "category": event.category,
        "read_only": event.read_only,
        "error_code": event.error_code,
        "error_message": event.error_message,
        "principal_kind": principal.kind.value,
        "principal_arn": principal.arn,
        "principal_account": principal.account,
        "principal_name": principal.name,
        "session_name": principal.session_name,
        "invoked_by": event.invoked_by,
        "source_ip": event.source_ip,
        "user_agent": event.user_agent,
        "vpc_endpoint": event.vpc_endpoint,
        "request_parameters": event.request_parameters,
        "resources": event.resources,
        "shared_event_id": event.shared_event_id,
        "log_object": "k",
    }


TEXTS = st.none() | st.sampled_from(["", " ", "a", " b ", "é", "AccessDenied", "NoSuchKey"])
NESTED = st.sampled_from(
    [None, {}, [], "null", "x", 5, {"password": "p"}, {"nextToken": "n"}, [{"arn": "a"}], {"ARN": "x" * 80}, ROLE]
)
RECORDS = st.fixed_dictionaries(
    {"eventTime": st.sampled_from(["2026-03-01T23:59:59Z", "2026-03-02T00:00:00.5Z", "2026-03-01T23:00:00-02:00"])},
    optional=dict.fromkeys(
        ("errorCode", "errorMessage", "userAgent", "sourceIPAddress", "awsRegion", "eventType"), TEXTS
    )
    | dict.fromkeys(("eventCategory", "vpcEndpointId", "sharedEventID", "recipientAccountId"), TEXTS)
    | {"readOnly": st.sampled_from([True, False, None, "true", 1]), "eventID": st.sampled_from(["", "e", None])}
    | dict.fromkeys(("userIdentity", "requestParameters", "resources"), NESTED),
).map(lambda members: record(**members))


@settings(max_examples=150)
@given(st.lists(RECORDS, min_size=1, max_size=5), st.booleans())
def test_rows_and_events_say_the_same(records: list[dict[str, Any]], indented: bool) -> None:
    content = json.dumps({"Records": records}, indent=1).encode() if indented else envelope(*records)
    events = [row_of(event) for event in events_of(content, "k") if isinstance(event, Event)]
    assert [{k: v for k, v in row.items() if k != "identity"} for row in rows(content)] == events


def test_identity_is_id_and_account_else_the_records_hash() -> None:
    content = envelope(
        record(), record(recipientAccountId="9"), record(eventID=...), record(eventID=..., readOnly=True)
    )
    identities = [row["identity"] for row in rows(content)]
    assert identities[:2] == ["e-1:111122223333", "e-1:9"]
    assert len(set(identities)) == 4
    assert identities == [row["identity"] for row in rows(json.dumps(json.loads(content), indent=2).encode())]


def test_response_elements_and_tokens_are_never_kept() -> None:
    secret = record(
        responseElements={"credentials": {"secretAccessKey": "LEAK1"}},
        requestParameters={"userName": "u", "password": "LEAK2", "x": [{"SessionToken": "LEAK3"}]},
    )
    (row,) = rows(envelope(secret))
    assert "LEAK" not in json.dumps(row, default=str)
    assert row["request_parameters"] == '{"userName":"u","password":"REDACTED","x":[{"SessionToken":"REDACTED"}]}'
