"""What is known of the logs of one account in a window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from trailmin.trail.selectors import EventSelectors
from trailmin.usage.integrity import Integrity
from trailmin.usage.trail_changes import LoggedFrom


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenData:
    """Data events on one resource."""

    prefix: str
    read_only: bool
    resource: str
    first_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCoverage:
    """What is known of one account's logs in the window."""

    account: str
    selectors: EventSelectors | None
    dates: frozenset[date]
    """Days with any event."""
    regions: frozenset[str]
    region_days: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    """Of these regions the first and the last day with events, where they are counted."""
    management_seen: frozenset[bool]
    """Of management events: `True` when reads were seen, `False` when writes were."""
    management_sources: frozenset[tuple[str, bool]] = frozenset()
    """Of management events: the sources that were seen, each with whether reads or writes were."""
    management_first: Mapping[tuple[str | None, bool], date] = field(default_factory=dict)
    """Of management events: the first day with reads or writes, of a source and with None of any."""
    data_seen: tuple[SeenData, ...] = ()
    data_logged_by: tuple[tuple[EventSelectors, ...], ...] | None = None
    """Of the data events that were seen: the selectors of the trails of which one logged them. The bucket of any other
    trail may not have been read. None: all were."""
    events: int = 0
    first_event: datetime | None = None
    last_event: datetime | None = None
    is_multi_region: bool = False
    """Whether a trail is known that logs all regions."""
    by_region: Mapping[str, EventSelectors | None] | None = None
    """Of an account whose trails log single regions: each of these and its selectors, where known. None: not known."""
    omits_global_services: bool = False
    """Of an account whose trails log single regions: whether they leave out IAM and the others without regions."""
    logging: tuple[LoggedFrom, ...] = ()
    """Of an account whose trails were changed: what they logged since when, newest first. Empty: as now all along."""
    looked_up: frozenset[str] = frozenset()
    """Regions of which the event history was looked up: it has management events only, and 90 days."""
    integrity: Integrity | None = None
    """What the trail's digests vouch for; None where they were never asked."""
    _asked: dict[tuple[bool, str], bool] = field(default_factory=dict, compare=False, repr=False)
    """Answers given: the same few are asked for thousands of actions."""

    @property
    def where(self) -> str:
        """Where the logs are known to be from, as the end of a clause."""
        if self.is_multi_region:
            return " in all regions"
        return f" in {', '.join(self.by_region)}" if self.by_region is not None else ""

    def of_region(self, region: str) -> "AccountCoverage":
        """What is known of one of the single regions that are logged."""
        selectors = (self.by_region or {}).get(region)
        # Which region an earlier state was of is not told: what was logged before the last change is not known.
        logging = tuple(replace(one, selectors=selectors) for one in self.logging[:1] if selectors is not None)
        return replace(self, selectors=selectors, by_region={region: selectors}, logging=logging, _asked={})

    def logged_since(
        self, since: date, until: date, admits: Callable[[EventSelectors], bool], seen: date | None = None
    ) -> date | None:
        """Return the first day from which on all events were logged that `admits` asks selectors for.

        None: on the last day they were not. `seen`, a day on which some were, tells it where the trails do not.
        """
        found = None if self.logging else since
        for state in self.logging:
            if state.first > until:
                continue
            first = max(state.first, since)
            if not admits(state.selectors):
                is_told = not state.is_known and seen is not None and seen < (found or until)
                return max(first, seen) if is_told and seen is not None else found
            found = first
        return found

    def selects_management(self, *, read_only: bool, event_source: str) -> bool:
        """Whether the selectors are known to log all management events of a kind and source."""
        key = (read_only, event_source)
        if key not in self._asked:
            self._asked[key] = self.selectors is not None and self.selectors.admits_management(
                read_only=read_only, event_source=event_source
            )
        return self._asked[key]
