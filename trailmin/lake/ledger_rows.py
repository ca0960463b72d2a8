"""Rows of the table `log_objects`."""

import json
from datetime import datetime
from typing import Any, Final

from trailmin.lake.batches import day_of
from trailmin.lake.decode_task import ObjectResult
from trailmin.trail.sources import LogObject

PLANNED: Final = "planned"
READ: Final = "read"
UNREADABLE: Final = "unreadable"

GONE: Final = "its source no longer has it as it was when it was planned"


def plan_row(batch_id: str, now: datetime, found: LogObject) -> dict[str, Any]:
    """A log object that is going to be read."""
    return _row(batch_id, now, found, state=PLANNED)


def missing_row(batch_id: str, now: datetime, found: LogObject) -> dict[str, Any]:
    """A planned log object that cannot be read any more; what its key names now is planned again."""
    reasons = json.dumps([{"index": None, "reason": GONE}])
    return _row(batch_id, now, found, state=UNREADABLE, set_aside=1, set_aside_reasons=reasons)


def result_row(batch_id: str, now: datetime, result: ObjectResult) -> dict[str, Any]:
    """What became of a log object."""
    reasons = [{"index": rejected.index, "reason": rejected.reason} for rejected in result.rejected]
    return _row(
        batch_id,
        now,
        result.log_object,
        state=result.state,
        events=result.events,
        set_aside=result.set_aside,
        set_aside_reasons=json.dumps(reasons) if reasons else None,
        first_event=result.first_event,
        last_event=result.last_event,
        digest=result.digest,
    )


def _row(batch_id: str, now: datetime, found: LogObject, **values: object) -> dict[str, Any]:
    return {
        "key": found.key,
        "size": found.size,
        "etag": found.etag,
        "batch_id": batch_id,
        "day": day_of(found.key),
        "origin": found.origin,
        "recorded_at": now,
        **values,
    }
