"""An endpoint of CloudTrail's event history, of STS and EC2 as far as looking events up takes, over HTTP."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.http_server import QuietHandler, serving

ACCOUNT = "111122223333"
PAGE = 2


@dataclass(slots=True, kw_only=True)
class EventHistory:
    """Records by region, and when each region was asked."""

    records: dict[str, list[dict[str, Any]]]
    denied: set[str] = field(default_factory=set)
    """Regions or operations that are refused."""
    throttled: int = 0
    """So many requests are told to come again."""
    asked: list[tuple[str, float]] = field(default_factory=list)

    def look_up(self, region: str, query: dict[str, Any]) -> dict[str, Any]:
        start, end = query["StartTime"], query["EndTime"]
        found = [one for one in self.records[region] if start <= _seconds(one) <= end]
        found.sort(key=_seconds, reverse=True)
        offset = int(query.get("NextToken", 0))
        events = [{"EventId": one["eventID"], "CloudTrailEvent": json.dumps(one)} for one in found]
        more = {"NextToken": str(offset + PAGE)} if offset + PAGE < len(found) else {}
        return {"Events": events[offset : offset + PAGE], **more}


def _seconds(one: dict[str, Any]) -> float:
    return datetime.fromisoformat(one["eventTime"]).timestamp()


@contextmanager
def event_history(history: EventHistory) -> Iterator[str]:
    """The endpoint that serves a history, for as long as the block runs."""
    lock = threading.Lock()

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802 - as the base class finds it
            body = self.rfile.read(int(self.headers["Content-Length"]))
            region = self.headers["Authorization"].split("/")[2]
            if b"GetCallerIdentity" in body:
                self._xml("GetCallerIdentity", f"<Account>{ACCOUNT}</Account>")
            elif b"DescribeRegions" in body:
                items = "".join(f"<item><regionName>{name}</regionName></item>" for name in sorted(history.records))
                self._xml("DescribeRegions", f"<regionInfo>{items}</regionInfo>")
            else:
                self._look_up(region, json.loads(body))

        def _look_up(self, region: str, query: dict[str, Any]) -> None:
            with lock:
                history.asked.append((region, time.monotonic()))
                is_throttled, history.throttled = history.throttled > 0, history.throttled - 1
            if is_throttled:
                self._answer(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
            elif region in history.denied:
                self._answer(400, {"__type": "AccessDeniedException", "message": "no"})
            else:
                self._answer(200, history.look_up(region, query))

        def _xml(self, operation: str, inner: str) -> None:
            if operation in history.denied:
                code = "<Code>UnauthorizedOperation</Code><Message>no</Message>"
                self._send(403, f"<Response><Errors><Error>{code}</Error></Errors></Response>".encode())
                return
            result = f"<{operation}Result>{inner}</{operation}Result>" if operation.startswith("Get") else inner
            self._send(200, f"<{operation}Response>{result}</{operation}Response>".encode())

        def _answer(self, status: int, value: dict[str, Any]) -> None:
            self._send(status, json.dumps(value).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as endpoint:
        yield endpoint
