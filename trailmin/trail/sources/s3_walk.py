"""Listing a bucket in the order of its keys, many requests at a time, in bounded memory.

A node is one request: what it answers is a page of log objects and further nodes. Nodes are worked off depth first and
in order, while those next in line are asked for ahead. So whoever records pages as they come may stop anywhere.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, cast

from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys
from trailmin.trail.sources.layout import (
    LOG_FOLDERS,
    OTHER_LOGS,
    ROOT,
    Selection,
    is_log,
    is_organization,
    key_from_root,
    place_of,
)

AHEAD: Final = 64
"""Pages that wait and requests in line, half of these under way at a time."""

GRACE: Final = timedelta(days=2)
"""How long after a day its keys are listed from the first one on: later, what comes to it comes behind the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One request: the keys below a prefix."""

    prefix: str
    after: str = ""
    """Keys behind this one only."""
    last_day: date | None = None
    """Of a region's days, the last one asked for; None: no end."""
    token: str | None = None
    """From the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one request found."""

    page: Listing
    nodes: tuple[Node, ...] = ()
    """What is still to be listed, in the order of the keys."""


def walk(roots: tuple[Node, ...], expand: Callable[[Node], Step]) -> Iterator[Listing]:
    """The pages of all nodes below the roots, depth first and in order; at most `AHEAD` pages and requests are held."""
    waiting: deque[Node | Listing] = deque(roots)
    started: dict[Node, Future[Step]] = {}
    pool = ThreadPoolExecutor(AHEAD // 2, thread_name_prefix="list")
    try:
        while waiting:
            _look_ahead(waiting, started, lambda node: pool.submit(expand, node))
            if waiting and isinstance(waiting[0], Listing):
                yield cast("Listing", waiting.popleft())
            elif waiting:
                wait(started.values(), return_when=FIRST_COMPLETED)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _look_ahead(
    waiting: deque[Node | Listing], started: dict[Node, Future[Step]], start: Callable[[Node], Future[Step]]
) -> None:
    """Put answers in the place of their requests and start requests, among the first `AHEAD` in line."""
    seen: list[Node | Listing] = []
    while waiting and len(seen) < AHEAD:
        item = waiting.popleft()
        if isinstance(item, Node):
            if item not in started:
                started[item] = start(item)
            if started[item].done():
                step = started.pop(item).result()
                found = (step.page,) if step.page.log_objects or step.page.skipped else ()
                waiting.extendleft(reversed((*found, *step.nodes)))
                continue
        seen.append(item)
    waiting.extendleft(reversed(seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketLayout:
    """What is below a bucket's prefixes, and which of it is asked for."""

    bucket: str
    selection: Selection
    today: date
    request: Callable[..., dict[str, Any]]
    """`ListObjectsV2` with the bucket filled in."""
    settled: SettledKeys | None

    def root(self, prefix: str) -> Node:
        """The node of a folder: of a region, only the days asked for."""
        if _depth(prefix) != 3:
            return Node(prefix=prefix)
        after = f"{prefix}{self.selection.since:%Y/%m/%d}" if self.selection.since else ""
        return Node(prefix=prefix, after=after, last_day=self.selection.until)

    def expand(self, node: Node) -> Step:
        """Make one request: a folder of folders, a stretch of a region's days, or all below a prefix."""
        match _depth(node.prefix):
            case None | 0 | 1 | 2:
                return self._folders(node)
            case 3:
                return self._days(node)
            case _:
                return self._flat(node)

    def _folders(self, node: Node) -> Step:
        answer = self._ask(node, Delimiter="/")
        below = [found["Prefix"] for found in answer.get("CommonPrefixes", ())]
        nodes = [self.root(prefix) for prefix in below if self._is_wanted(node.prefix, prefix)]
        if token := answer.get("NextContinuationToken"):
            nodes.append(replace(node, token=token))
        return Step(page=self._page(answer.get("Contents", ())), nodes=tuple(nodes))

    def _is_wanted(self, parent: str, prefix: str) -> bool:
        name = prefix[len(parent) : -1]
        match _depth(parent):
            case 0:
                return not name.isdigit() or self.selection.admits_account(name)
            case 1:
                return name in LOG_FOLDERS or name == ROOT
            case 2:
                return self.selection.admits_region(name)
            case _:
                return name not in OTHER_LOGS

    def _days(self, node: Node) -> Step:
        """A stretch of a region's days. Where one page does not hold it, the rest is split by as many days as it held.

        Most regions hold few log objects, so that one request shows them all; where a day alone fills pages, each day
        is listed by itself, beside the others.
        """
        day = _only_day(node)
        after = max(node.after, self._settled_up_to(node.prefix, day)) if day else node.after
        within = _day_folder(node.prefix, day) if day else node.prefix
        answer = self._ask(replace(node, prefix=within, after=after))
        contents = answer.get("Contents", [])
        end = _day_folder(node.prefix, node.last_day + timedelta(days=1)) if node.last_day else None
        page = self._page(found for found in contents if end is None or found["Key"] < end)
        if not answer.get("IsTruncated") or (end is not None and contents[-1]["Key"] >= end):
            return Step(page=page)
        return Step(page=page, nodes=tuple(self._rest(node, contents[0]["Key"], contents[-1]["Key"])))

    def _rest(self, node: Node, first: str, last: str) -> Iterator[Node]:
        places = place_of(first), place_of(last)
        if places[0] is None or places[1] is None:
            yield replace(node, after=last)
            return
        held, day = places[1].day - places[0].day + timedelta(days=1), places[1].day
        yield replace(node, after=last, last_day=day)
        end = node.last_day or max(self.today, day)
        day += timedelta(days=1)
        while day <= end:
            until = min(day + held - timedelta(days=1), end)
            yield replace(node, after=_day_folder(node.prefix, day)[:-1], last_day=until)
            day = until + timedelta(days=1)
        if node.last_day is None:
            yield replace(node, after=_day_folder(node.prefix, day)[:-1])

    def _settled_up_to(self, region: str, day: date) -> str:
        """The key behind which a day of a region goes on; empty where all of it is to be listed."""
        folder = _day_folder(region, day)
        stable = key_from_root(f"{folder}x")
        if self.settled is None or stable is None or day > self.today - GRACE:
            return ""
        last = self.settled.last_settled(stable[:-1])
        return folder + last[len(stable) - 1 :] if last else ""

    def _flat(self, node: Node) -> Step:
        answer = self._ask(node)
        token = answer.get("NextContinuationToken")
        return Step(page=self._page(answer.get("Contents", ())), nodes=(replace(node, token=token),) if token else ())

    def _ask(self, node: Node, **more: str) -> dict[str, Any]:
        parameters = {"Prefix": node.prefix, "StartAfter": node.after, "ContinuationToken": node.token, **more}
        return self.request(**{name: value for name, value in parameters.items() if value})

    def _page(self, contents: Any) -> Listing:
        listed = list(contents)
        logs = [found for found in listed if is_log(found["Key"])]
        wanted = (found for found in logs if self.selection.admits(found["Key"]))
        return Listing(
            log_objects=tuple(describe(self.bucket, found) for found in wanted), skipped=len(listed) - len(logs)
        )


def describe(bucket: str, found: dict[str, Any]) -> LogObject:
    """The log object that an entry of a listing is."""
    location = f"s3://{bucket}/{found['Key']}"
    return LogObject(
        key=key_from_root(found["Key"]) or location,
        location=location,
        size=found["Size"],
        etag=found["ETag"].strip('"'),
    )


def _depth(prefix: str) -> int | None:
    """How many folders below `AWSLogs/` and the organization a prefix is: account, `CloudTrail`, region, then dates.

    None outside of it, or where an account's folder is not one of CloudTrail's.
    """
    parts = prefix.split("/")[:-1]
    if ROOT not in parts:
        return None
    below = parts[len(parts) - parts[::-1].index(ROOT) :]
    if below and is_organization(below[0]):
        below = below[1:]
    return None if len(below) > 1 and below[1] not in LOG_FOLDERS else len(below)


def _day_folder(region: str, day: date) -> str:
    return f"{region}{day:%Y/%m/%d}/"


def _only_day(node: Node) -> date | None:
    """The day of a node that holds a single one."""
    if node.last_day is None:
        return None
    folder = _day_folder(node.prefix, node.last_day)
    return node.last_day if node.after.startswith(folder[:-1]) else None
