"""Event source mappings that the log shows."""

from datetime import date
from pathlib import Path
from typing import Any

from tests.cli.records import record, write_log
from trailmin.current import AccountSnapshot, EventSourceMapping, StateInForce
from trailmin.engine import open_engine
from trailmin.lake import Lake, ingest
from trailmin.synth.snapshot_facts import with_mappings
from trailmin.trail.sources import open_source
from trailmin.usage.event_source_mappings import read_event_source_mappings

ACCOUNT = "111122223333"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:"
DAY = date(2026, 9, 1)


def made(number: int, parameters: object, **changes: Any) -> dict[str, Any]:
    call = {"eventSource": "lambda.amazonaws.com", "eventName": "CreateEventSourceMapping20150331", "readOnly": False}
    return record(
        "deployer", eventID=f"m-{number}", requestParameters=parameters, eventCategory="Management", **call | changes
    )


def test_mappings_are_read_however_their_function_is_named(tmp_path: Path) -> None:
    names = ("plain", f"{ACCOUNT}:function:partial", f"{FUNCTION}whole:live")
    hostile: tuple[Any, ...] = (
        None,
        "null",
        {"functionName": 7, "eventSourceArn": QUEUE},
        {"functionName": "x"},
        {"eventSourceArn": []},
    )
    write_log(
        tmp_path / "logs" / "a.json.gz",
        *(made(n, {"functionName": name, "eventSourceArn": QUEUE}) for n, name in enumerate(names)),
        *(made(10 + n, parameters) for n, parameters in enumerate(hostile)),
        made(20, {"functionName": "refused", "eventSourceArn": QUEUE}, errorCode="AccessDeniedException"),
    )
    lake = Lake.create(tmp_path / "lake")
    ingest([open_source(str(tmp_path / "logs"))], lake, engine=open_engine(1))
    found = read_event_source_mappings(lake, DAY, DAY)
    assert {mapping.source_arn for mapping in found[ACCOUNT]} == {QUEUE}
    assert [mapping.function_arn.removeprefix(FUNCTION) for mapping in found[ACCOUNT]] == [
        "partial",
        "plain",
        "whole:live",
    ]


def test_the_log_adds_to_a_list_and_makes_none() -> None:
    old = EventSourceMapping(function_arn=f"{FUNCTION}a", source_arn=QUEUE)
    new = EventSourceMapping(function_arn=f"{FUNCTION}b", source_arn=QUEUE)
    listed = AccountSnapshot(account=ACCOUNT, event_source_mappings=(old,))
    unknown = AccountSnapshot(account="999988887777")
    state = StateInForce(accounts={ACCOUNT: listed, "999988887777": unknown})
    found = with_mappings(state, {ACCOUNT: (old, new), "999988887777": (new,)})
    assert found.accounts[ACCOUNT].event_source_mappings == (old, new)
    assert found.accounts["999988887777"].event_source_mappings is None
