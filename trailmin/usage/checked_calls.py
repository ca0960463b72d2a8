"""From events to what they were checked for: rows of numbers that can be summed up.

What events have in common is looked at once a batch, and requests that are the same are resolved once.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa

from trailmin.trail.event import Principal, PrincipalKind
from trailmin.usage.authorization import Resolution
from trailmin.usage.compiled_requests import CompiledRequests, scope_key
from trailmin.usage.numbering import Numbers, encode, number_alike, values_at
from trailmin.usage.request import DistinctRequest
from trailmin.usage.resolver import Resolver
from trailmin.usage.template import Template
from trailmin.usage.usage_keys import SCOPE, UsageKeys

_REQUEST: Final = (
    "event_source", "event_name", "event_type", "category", "error_code", "error_message", "region", "account",
    "principal_kind", "principal_arn", "principal_account",
)  # fmt: skip
"""In what calls are alike for the resolver, but for parameters and resources; in the order of `DistinctRequest`."""

_OF_EVENT: Final = {"workload": "session_name"}
"""Column of usage → column of events, where they differ."""

_SCOPE: Final = tuple(_OF_EVENT.get(name, name) for name in SCOPE)
_TEXTS: Final = ("request_parameters", "resources")

COLUMNS: Final = tuple(dict.fromkeys((*_SCOPE, *_REQUEST, *_TEXTS, "event_time", "event_id", "shared_event_id")))
"""Of `schema.EVENTS`: what is read of each event."""

_TIME: Final = pa.timestamp("ms", tz="UTC")
CHECKED: Final = pa.schema(
    {
        "scope": pa.int32(),
        "target": pa.int32(),
        "resource": pa.string(),
        "count": pa.int64(),
        "calls": pa.int64(),
        "first_seen": _TIME,
        "last_seen": _TIME,
        "event_id": pa.string(),
        "shared_event_id": pa.string(),
    }
)
"""What is summed up: under numbers of `UsageKeys`, with one event, the earliest that is named, as an example."""

# Half the time that naming the fields takes.
_new = tuple.__new__


def checked_calls(events: pa.RecordBatch, resolver: Resolver, keys: UsageKeys) -> pa.RecordBatch:
    """Each event under every action and resource that it was checked for, as `CHECKED`.

    An event is in `calls` of one of its rows, also where it was checked for nothing.

    Args:
        events: with `COLUMNS`, each once.
        resolver: of their actions.
        keys: that number scopes and targets.
    """
    with _collecting_later():
        columns = encode(events, tuple(dict.fromkeys((*_SCOPE, *_REQUEST, *_TEXTS))))
        firsts, scope_of = number_alike(columns, _SCOPE)
        scopes = np.array([keys.scope(values) for values in values_at(events, _SCOPE, firsts)], np.int32)
        _, common_of = number_alike(columns, _REQUEST)
        requests, request_of = number_alike(columns, (*_REQUEST, *_TEXTS))
        checks = _Checks(resolver, keys)
        checks.add_all(events, requests, common_of[requests])
        return _rows(events, scopes[scope_of], request_of, checks)


class _Checks:
    """What distinct requests were checked for, one after the other."""

    def __init__(self, resolver: Resolver, keys: UsageKeys) -> None:
        self._resolver = resolver
        self._keys = keys
        self._targets_of: dict[Template, tuple[int, ...]] = {}
        self.targets: list[int] = []
        """This and the next: of all requests, in their order."""
        self.resources: list[str | None] = []
        self.sizes: list[int] = []
        """How many of them each request has: at least one."""

    def add_all(self, events: pa.RecordBatch, requests: Numbers, common_of: Numbers) -> None:
        """Add distinct requests.

        Args:
            events: that made them.
            requests: places of the first event of each, sorted by what they have in common.
            common_of: a number of that for each.
        """
        starts = np.flatnonzero(np.diff(common_of, prepend=-1))
        ranges = pairwise([*starts.tolist(), len(common_of)])
        texts, listings = (events.column(name).take(pa.array(requests)).to_pylist() for name in _TEXTS)
        for values, (start, end) in zip(values_at(events, _REQUEST, requests[starts]), ranges, strict=True):
            self._add_alike(_common(values), texts[start:end], listings[start:end])

    def _add_alike(self, common: DistinctRequest, texts: Sequence[str | None], listings: Sequence[str | None]) -> None:
        alike = self._resolver.alike(common)
        if alike.always is not None:
            self._add(alike.always, len(texts))
        elif alike.compiled is not None:
            self._fill(common, alike.compiled, texts, listings)
        else:
            for text, listed in zip(texts, listings, strict=True):
                self._add(self._resolver.resolve(_with_request(common, text, listed)))

    def _fill(
        self,
        common: DistinctRequest,
        compiled: CompiledRequests,
        texts: Sequence[str | None],
        listings: Sequence[str | None],
    ) -> None:
        """The same as resolving each request, without making tuples that are taken apart again at once."""
        template_of, scope = compiled.template_of, scope_key(common)
        add_target, add_resource, add_size = self.targets.append, self.resources.append, self.sizes.append
        for text, listed in zip(texts, listings, strict=True):
            found = template_of(common, scope, text, listed)
            if found is None:
                self._add(self._resolver.resolve(_with_request(common, text, listed)))
                continue
            template, values = found
            targets = self._targets_of.get(template)
            if targets is None:
                targets = self._targets_of[template] = self._targets(template.model)
            size = 0
            for target, resources in zip(targets, template.resources(values)):  # noqa: B905 - strict costs time
                for resource in resources:
                    add_target(target)
                    add_resource(resource)
                    size += 1
            add_size(size)

    def _add(self, resolution: Resolution, times: int = 1) -> None:
        targets: list[int] = []
        resources: list[str | None] = []
        for target, one in zip(self._targets(resolution), resolution.authorizations, strict=True):
            targets += [target] * len(one.resources)
            resources += one.resources
        if not targets:
            targets.append(self._keys.target((None, resolution.outcome, True, None, resolution.unmapped, None)))
            resources.append(None)
        self.targets += targets * times
        self.resources += resources * times
        self.sizes += [len(targets)] * times

    def _targets(self, resolution: Resolution) -> tuple[int, ...]:
        return tuple(
            self._keys.target(
                (one.action, resolution.outcome, one.required, one.basis, resolution.unmapped, one.passed_to)
            )
            for one in resolution.authorizations
        )


def _rows(
    events: pa.RecordBatch, scopes: np.ndarray[Any, np.dtype[np.int32]], request_of: Numbers, checks: _Checks
) -> pa.RecordBatch:
    """A row for each event and each of the checks of its request."""
    sizes = np.array(checks.sizes, np.int64)
    size_of = sizes[request_of]
    ends = np.cumsum(size_of)
    event_of = np.repeat(np.arange(len(size_of)), size_of)
    place = np.arange(len(event_of)) - np.repeat(ends - size_of, size_of)
    check_of = np.repeat((np.cumsum(sizes) - sizes)[request_of], size_of) + place
    taken = events.select(["event_time", "event_id", "shared_event_id"]).take(pa.array(event_of))
    time, event_id, shared_event_id = taken.columns
    columns = {
        "scope": pa.array(scopes[event_of]),
        "target": pa.array(np.array(checks.targets, np.int32)[check_of]),
        "resource": pa.array(checks.resources, pa.string()).take(pa.array(check_of)),
        "count": pa.array(np.ones(len(event_of), np.int64)),
        "calls": pa.array((place == 0).astype(np.int64)),
        "first_seen": time,
        "last_seen": time,
        "event_id": event_id,
        "shared_event_id": shared_event_id,
    }
    return pa.record_batch(columns, schema=CHECKED)


def _common(values: tuple[Any, ...]) -> DistinctRequest:
    *of_call, kind, arn, account = values
    who = Principal(kind=PrincipalKind(kind), arn=arn, account=account, name=None, session_name=None)
    return _new(DistinctRequest, (*of_call, who, None, None))


def _with_request(common: DistinctRequest, text: str | None, listed: str | None) -> DistinctRequest:
    return _new(DistinctRequest, (*common[:-2], text, listed))


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Without the collector, which would go through some hundred thousand short-lived tuples again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
