"""What a lake tells of one window: read once for all that is said of it."""

from dataclasses import dataclass
from datetime import date

from trailmin.catalog import load_catalog
from trailmin.current import StateInForce
from trailmin.lake import Lake
from trailmin.synth.model import Options
from trailmin.synth.propose import Evidence
from trailmin.synth.snapshot_facts import with_mappings, with_snapshot_facts
from trailmin.usage import Coverage, PrincipalUsage
from trailmin.usage.event_source_mappings import read_event_source_mappings
from trailmin.usage.measure import measure_coverage
from trailmin.usage.read import read_policy_changes, read_principals, window_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a lake tells of one window."""

    state: StateInForce
    """The state in force, with what the log adds to it."""
    evidence: Evidence


def evidence_from_lake(
    lake: Lake, state: StateInForce, options: Options, *, since: date | None = None, until: date | None = None
) -> Told:
    """Return what a lake tells of a window, for all that is to be said of it.

    Args:
        lake: With the events, its usage up to date.
        state: The state in force.
        options: How far proposals may go.
        since: First day of the window, by default the first with events.
        until: Last day of the window, by default the last with events.

    Raises:
        UsageError: The lake has no events, or the window is empty.
        LakeError: The lake cannot be read.
    """
    lake = lake.frozen()
    first, last = window_of(lake, since, until)
    evidence = Evidence(
        usage=read_usage(lake, state, options, first, last),
        coverage=coverage_of(lake, state, options, first, last),
        changes=read_policy_changes(lake, first, last),
    )
    return Told(state=with_mappings(state, read_event_source_mappings(lake, first, last)), evidence=evidence)


def read_usage(
    lake: Lake, state: StateInForce, options: Options, since: date, until: date
) -> tuple[PrincipalUsage, ...]:
    """Return what each principal did on some days, with what the state in force tells of its calls."""
    return with_snapshot_facts(read_principals(lake, since=since, until=until), state, options)


def coverage_of(lake: Lake, state: StateInForce, options: Options, since: date, until: date) -> Coverage:
    """Return what the logs of some days could have shown, by the selectors and trails of the state in force."""
    return measure_coverage(
        lake,
        load_catalog(),
        {account: snapshot.event_selectors for account, snapshot in state.accounts.items()},
        since,
        until,
        trails={account: snapshot.trails for account, snapshot in state.accounts.items()},
        minimum_days=options.minimum_days,
    )
