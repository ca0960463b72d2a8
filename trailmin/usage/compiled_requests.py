"""The requests of one operation, compiled by their shape.

Readers are run once on stand-ins for a shape's values. What they make of these, with the places of the stand-ins, is
the template for all requests of the shape. Values that readers do not treat alike (`resources.uniform`) are part of
what a template is for; a request whose objects, lists or other open parts are read has none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from trailmin.trail.event import PrincipalKind
from trailmin.usage.authorization import Authorization, Outcome, Resolution
from trailmin.usage.call import Call, account_of, decoded, leaves_out_parameters, listed_in, scope_of
from trailmin.usage.plan import OperationPlan
from trailmin.usage.request import Request
from trailmin.usage.request_shape import GENERAL, Place, ValueClass, may_be_path, pattern_of, places_of
from trailmin.usage.resources.uniform import UNIFORM, UNIFORM_IN_IDS
from trailmin.usage.stand_in import (
    ListingReadError,
    Parameters,
    StandIn,
    UnreadList,
    UnreadListing,
    UnreadMap,
    ValueReadError,
)
from trailmin.usage.template import Template

_MAX_SHAPES = 8
"""Shapes of one operation: all are tried on a text."""
_MAX_TEMPLATES = 1_024
"""Regions, accounts, callers and single values of one shape."""
_MAX_KEY = 1_024
"""Characters of the values and listed resources that a template is for."""
_ATTEMPTS = 8

_NOTHING = re.compile(r"\Z")
_USER = PrincipalKind.USER

ScopeKey = tuple[str | None, ...]
"""Region, account, calling user."""
_Key = tuple[str | None, ...]
"""What ARNs depend on besides the values in groups: the scope, then listed resources and single values if any count."""


@dataclass(slots=True)
class Allowance:
    """What may still be compiled, of all operations together: their names and requests come from the log."""

    shapes: int = 4_096
    templates: int = 16_384


@dataclass(slots=True, kw_only=True)
class _Shape:
    places: tuple[Place, ...]
    match: Callable[[str], re.Match[str] | None]
    reads_listing: bool
    keyed: tuple[int, ...] = ()
    """Groups whose values are told apart."""
    templates: dict[_Key, Template | None] = field(default_factory=dict)
    """None for a key that was seen once."""


class CompiledRequests:
    """What the calls of one operation are authorised with, as far as the shapes of their requests are known."""

    __slots__ = ("_allowance", "_misses", "_plan", "_shapes", "_without_parameters")

    def __init__(self, plan: OperationPlan, allowance: Allowance) -> None:
        """Know no shape yet."""
        self._plan = plan
        self._allowance = allowance
        self._without_parameters: list[_Shape] = []
        self._shapes: list[_Shape] = []
        self._misses = 0

    def resolution_of(self, event: Request) -> Resolution | None:
        """Exactly what the plan makes of an allowed call; None where its request has no known shape."""
        found = self.template_of(event, scope_key(event), event.request_parameters, event.resources)
        return None if found is None else found[0].allow(found[1])

    def authorizations_of(self, event: Request) -> tuple[Authorization, ...] | None:
        """Exactly what a call was checked for; None where its request has no known shape."""
        found = self.template_of(event, scope_key(event), event.request_parameters, event.resources)
        return None if found is None else found[0].fill(found[1])

    def template_of(
        self, event: Request, scope: ScopeKey, text: str | None, listed: str | None
    ) -> tuple[Template, tuple[str, ...]] | None:
        """The template for a call, and the values to fill it with; None where its request has no known shape.

        Args:
            event: the call, or one that differs in parameters and resources only.
            scope: `scope_key` of it.
            text: the call's parameters.
            listed: its resources.
        """
        for shape in self._shapes if text is not None else self._without_parameters:
            found = shape.match(text or "")
            if found is not None:
                break
        else:
            self._miss(event, text, listed)
            return None
        values = found.groups()
        key: _Key = (*scope, listed) if shape.reads_listing else scope
        if shape.keyed:
            key += tuple([values[index] for index in shape.keyed])
        template = shape.templates.get(key) or self._template(shape, key, event, text, listed)
        return None if template is None else (template, values)

    def _miss(self, event: Request, text: str | None, listed: str | None) -> None:
        """Learn a shape from the second, fourth, eighth … request that has none: what is rare costs little."""
        self._misses += 1
        is_due = self._misses > 1 and self._misses & (self._misses - 1) == 0
        if not is_due or len(self._shapes) >= _MAX_SHAPES or self._allowance.shapes <= 0:
            return
        parameters = decoded(text) if text is not None else {}
        is_whole = isinstance(parameters, dict) and not leaves_out_parameters(parameters)
        places = places_of(parameters) if is_whole else None
        shape = None if places is None else _learned(self._plan, places, event, listed)
        if shape is not None and shape.match(text or ""):
            self._allowance.shapes -= 1
            (self._shapes if text is not None else self._without_parameters).append(shape)

    def _template(
        self, shape: _Shape, key: _Key, event: Request, text: str | None, listed: str | None
    ) -> Template | None:
        """Make a template for a key that is met again, or at once where keys are few."""
        is_rare = (shape.keyed or (shape.reads_listing and listed)) and key not in shape.templates
        if is_rare or self._allowance.templates <= 0 or len(shape.templates) >= _MAX_TEMPLATES:
            self._note(shape, key)
            return None
        places = _with_values_of(text, shape)
        run = _Run(self._plan, places, event, listed if shape.reads_listing else UnreadListing())
        if run.authorizations is None or not all(map(run.bears, places)):
            # Another value of those that are told apart makes readers look at more than the shape tells.
            self._shapes = [each for each in self._shapes if each is not shape]
            return None
        self._allowance.templates -= 1
        groups = [place for place in places if place.has_group]
        template = Template(self._plan.resolution(Outcome.ALLOWED, run.authorizations), groups)
        shape.templates[key] = template
        return template

    def _note(self, shape: _Shape, key: _Key) -> None:
        if self._allowance.templates <= 0 or len(shape.templates) >= _MAX_TEMPLATES:
            self._allowance.templates += sum(template is not None for template in shape.templates.values())
            shape.templates.clear()
        if sum(len(part) for part in key if part) <= _MAX_KEY:
            shape.templates[key] = None


def scope_key(event: Request) -> ScopeKey:
    """What ARNs of a call depend on besides its request."""
    who = event.principal
    return event.region, who.account or event.account, who.arn if who.kind is _USER else None


class _Run:
    """One reading of a call whose general values are stood in for."""

    def __init__(
        self, plan: OperationPlan, places: tuple[Place, ...], event: Request, listed: str | UnreadListing | None
    ) -> None:
        self.path_keys: frozenset[str] | None = None
        """Keys whose values may be paths; None until a reader is asked."""
        self.is_uniform = True
        self.is_uniform_in_ids = True
        self.is_listing_read = False
        self.left_open: str | None = None
        self.authorizations: tuple[Authorization, ...] | None = None
        parameters = Parameters({place.key.lower(): _value(place) for place in places})
        partition, region = scope_of(event.region)
        who = event.principal
        call = Call(
            partition=partition,
            region=region,
            account=account_of(who.account or event.account),
            parameters=parameters,
            listed=listed if isinstance(listed, UnreadListing) else listed_in(listed),
            caller_arn=who.arn if who.kind is _USER else None,
            spelled=UnreadMap(),
            probe=self,
        )
        try:
            self.authorizations = plan.authorizations(call)
        except ListingReadError:
            self.is_listing_read = True
        except ValueReadError as error:
            self.left_open = error.key
        self.read = frozenset(parameters.read)
        if plan.passes_roles:
            self.path_keys = frozenset()

    def admit(self, reader: Any) -> None:
        """Note a reader and which values it treats alike."""
        paths = UNIFORM.get(reader, frozenset())
        self.path_keys = paths if self.path_keys is None else self.path_keys & paths
        self.is_uniform = self.is_uniform and reader in UNIFORM
        self.is_uniform_in_ids = self.is_uniform_in_ids and (reader in UNIFORM or reader in UNIFORM_IN_IDS)

    def bears(self, place: Place) -> bool:
        """Whether the readers looked at no more of a value than its class tells."""
        key = place.key.lower()
        if place.kind is ValueClass.UNREAD:
            return key not in self.read
        if place.kind not in GENERAL or key not in self.read:
            return True
        if place.kind is ValueClass.PATH:
            return self.is_uniform and key in (self.path_keys or ())
        return self.is_uniform or (self.is_uniform_in_ids and place.kind is ValueClass.ID)

    def settled(self, place: Place) -> Place:
        """The place in the widest class that the readers allow."""
        key = place.key.lower()
        if place.kind is ValueClass.FIXED:
            return place
        if key not in self.read:
            return replace(place, kind=ValueClass.UNREAD)
        wider = replace(place, kind=ValueClass.PATH)
        if self.bears(wider) and may_be_path(place.value):
            return wider
        return place if self.bears(place) else replace(place, kind=ValueClass.KEYED)


def _learned(plan: OperationPlan, places: tuple[Place, ...], event: Request, listed: str | None) -> _Shape | None:
    """The shape of a request in which all that is read is told; None where that cannot be had."""
    reads_listing = False
    for _ in range(_ATTEMPTS):
        run = _Run(plan, places, event, listed if reads_listing else UnreadListing())
        if run.authorizations is not None:
            settled = tuple(run.settled(place) for place in places)
            if settled == places:
                groups = [place for place in places if place.has_group]
                keyed = tuple(index for index, place in enumerate(groups) if place.kind is ValueClass.KEYED)
                match = (pattern_of(places) if places else _NOTHING).match
                return _Shape(places=places, match=match, reads_listing=reads_listing, keyed=keyed)
            places = settled
        elif run.is_listing_read:
            reads_listing = True
        elif run.left_open is None:
            return None
        else:
            places = tuple(
                replace(place, kind=ValueClass.KEYED) if place.key.lower() == run.left_open else place
                for place in places
            )
    return None


def _value(place: Place) -> Any:
    if place.kind in GENERAL:
        return StandIn(place.stand_in, place.key.lower())
    if isinstance(place.value, dict):
        return UnreadMap()
    return UnreadList() if isinstance(place.value, list) else place.value


def _with_values_of(text: str | None, shape: _Shape) -> tuple[Place, ...]:
    """The shape's places with the event's own values where these are told apart."""
    if not shape.keyed:
        return shape.places
    parameters = decoded(text or "")
    return tuple(
        replace(place, value=parameters[place.key]) if place.kind is ValueClass.KEYED else place
        for place in shape.places
    )
