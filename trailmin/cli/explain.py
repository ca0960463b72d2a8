"""`trailmin explain`: what each record of a file means."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_data
from trailmin.cli.parameters import CurrentOption, FileOption, JsonOption
from trailmin.errors import TrailError
from trailmin.report.escape import visible

if TYPE_CHECKING:
    from trailmin.synth.access.halves import BothSides, SidesOf
    from trailmin.trail import Event, RejectedRecord
    from trailmin.usage.explain import Explanation

EXAMPLES = """
trailmin explain 111122223333_CloudTrail_us-east-1_20260901T0000Z_x.json.gz
zcat *.json.gz | trailmin explain - --json | jq 'select(.unmapped)'
trailmin explain denied.json --current snapshots/
"""


def explain(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A log object (.json.gz, .json, one record a line), or '-'.")
    ],
    current: CurrentOption = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Say what each record of a log file means.

    For every record, in order: who called, how its authorization ended, the IAM actions and resources that it was
    checked for, and the rule by which each was told. No lake is needed. With --current also both sides of a role's
    call to another account: which of them is missing or too wide, and the statement that it needs.
    """
    from trailmin.catalog import load_catalog
    from trailmin.current import load_current
    from trailmin.synth.access.halves import SidesOf
    from trailmin.usage.explain import explain as explanations_of
    from trailmin.usage.resolver import Resolver

    tally = _Tally()
    explained = tally.count(explanations_of(_records(file), Resolver(load_catalog())))
    told = SidesOf(load_current(current)) if current else None
    write_data((_line(e, told) if as_json else _paragraph(e, told) for e in explained), output)
    if tally.records == 0:
        say("no records: name a log object, or a folder of them")
    say(f"{tally.records} records, {tally.set_aside} set aside, {tally.unmapped} whose actions are not known")
    return tally.codes()


class _Tally:
    """Counts what passes."""

    def __init__(self) -> None:
        self.records = self.set_aside = self.unmapped = 0

    def count(self, explained: Iterable["Explanation"]) -> Iterator["Explanation"]:
        for explanation in explained:
            self.records += 1
            self.set_aside += explanation.resolution is None
            self.unmapped += explanation.resolution is not None and explanation.resolution.unmapped is not None
            yield explanation

    def codes(self) -> Iterator[ExitCode]:
        if self.records == 0:
            yield ExitCode.NO_EVENTS
        if self.set_aside:
            yield ExitCode.SET_ASIDE


def _records(file: str) -> Iterator["Event | RejectedRecord"]:
    from trailmin.trail import events_of
    from trailmin.trail.sources import open_source

    with closing(open_source(file)) as source:
        for log_object in chain.from_iterable(listing.log_objects for listing in source.list()):
            try:
                with source.open(log_object) as stream:
                    yield from events_of(stream, log_object.key)
            except OSError as error:
                raise TrailError(
                    f"cannot read {log_object.location}: {error.strerror}", hint="check the file's permissions"
                ) from error


def _line(explanation: "Explanation", told: "SidesOf | None") -> str:
    from trailmin.report.access import sides_json

    document = explanation.to_json()
    if told is not None:
        document["cross_account"] = [sides_json(one) for one in _sides(explanation, told)]
    return json.dumps(document) + "\n"


def _paragraph(explanation: "Explanation", told: "SidesOf | None") -> str:
    from trailmin.report.access import sides_lines

    sides = _sides(explanation, told) if told is not None else ()
    lines = chain(_lines(explanation), (f"  {line}" for one in sides for line in sides_lines(one)))
    return "".join(visible(line) + "\n" for line in lines)


def _sides(explanation: "Explanation", told: "SidesOf") -> Iterator["BothSides"]:
    """Both sides of what a role's call to another account was checked for."""
    from trailmin.trail import RejectedRecord
    from trailmin.trail.event import PrincipalKind

    if isinstance(explanation.record, RejectedRecord) or explanation.resolution is None:
        return
    caller = explanation.record.principal
    if caller.kind is not PrincipalKind.ROLE or caller.arn is None:
        return
    for authorization in explanation.resolution.authorizations:
        found = (told.tell(caller.arn, authorization.action, resource) for resource in authorization.resources)
        yield from (one for one in found if one is not None)


def _lines(explanation: "Explanation") -> Iterator[str]:
    from trailmin.trail import RejectedRecord

    record = explanation.to_json()
    if isinstance(explanation.record, RejectedRecord):
        yield f"set aside: {record['unmapped']}"
        return
    caller = explanation.record.principal
    outcome = record["outcome"].replace("_", " ")
    yield f"{record['event_source']} {record['event_name']}: {outcome}  (event {record['event_id'] or 'without id'})"
    yield f"  by {caller.arn or caller.name or 'nobody known'} ({caller.kind})"
    if record["unmapped"]:
        yield f"  actions not known: {record['unmapped']}"
    for one in record["authorizations"]:
        passed_to = f" to {one['passed_to']}" if "passed_to" in one else ""
        yield f"  {one['action']}{passed_to}  [{one['basis']}{'' if one['required'] else ', perhaps'}]"
        yield from (f"    {resource}" for resource in one["resources"])
