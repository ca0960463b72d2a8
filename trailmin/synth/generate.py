"""A policy from usage alone, for a role whose policies in force were not given."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from trailmin.catalog import Catalog
from trailmin.errors import DefectError
from trailmin.policy import (
    INLINE_POLICIES_OF_ROLE,
    NO_RESOURCE,
    Fitted,
    TooLarge,
    fit_statements,
    parse_policy,
    policy_size,
    print_policy,
)
from trailmin.synth.context import is_unknown_resource
from trailmin.synth.covering import without_included
from trailmin.synth.generalise import generaliser
from trailmin.synth.patterns import Level
from trailmin.usage import Basis, Outcome, Use

POLICY_NAME = "trailmin-generated"

_ANYTHING = ("*",)
_LEVELS: tuple[Level, ...] = ("exact", "pattern", "parent")
"""From the narrowest on."""
_LONGEST_ARN = 2_048
"""Characters: IAM API Reference, parameters of the type ARN. What is longer was never a resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A policy within the quota of inline policies."""

    text: str
    notes: tuple[str, ...] = ()
    """What was left out or widened so that it fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotGenerated:
    """There is no policy, and why."""

    reason: str
    notes: tuple[str, ...] = ()


Generation: TypeAlias = Generated | NotGenerated
_Grants: TypeAlias = Mapping[tuple[str, str | None], Sequence[Use]]


def generate_policy(uses: Sequence[Use], catalog: Catalog, *, level: Level) -> Generation:
    """Return a policy that allows what was certainly authorised.

    Denied calls, guesses, and authorizations that the calls may have done without are not granted. Where the policy
    would not fit the quota of a role's inline policies, resources are named at a wider level, then actions by wildcards
    that match nothing else; further widenings are a person's to approve, so then there is none.
    """
    grants, too_long = _grants(uses, catalog)
    notes = (f"left out, longer than {_LONGEST_ARN:,} characters, which no ARN is: {too_long} names",) * bool(too_long)
    if not grants:
        return NotGenerated(reason="no call was allowed: there is nothing to grant", notes=notes)
    named = _text(grants, level)
    text, used = named, level
    for wider in _LEVELS[_LEVELS.index(level) + 1 :]:
        if policy_size(text) <= INLINE_POLICIES_OF_ROLE.limit:
            break
        text, used = _text(grants, wider), wider
    if used != level:
        why = f"named by {level!r} the policy would have {policy_size(named):,} characters"
        notes = (*notes, f"resources are named by {used!r}: {why}, of at most {INLINE_POLICIES_OF_ROLE.limit:,}")
    if policy_size(text) <= INLINE_POLICIES_OF_ROLE.limit:
        return Generated(text=text, notes=notes)
    return _compressed(text, catalog, notes)


def _grants(uses: Sequence[Use], catalog: Catalog) -> tuple[_Grants, int]:
    """What was certainly authorised, by action and passed-to service; and how many names are too long to be real."""
    grants: dict[tuple[str, str | None], list[Use]] = defaultdict(list)
    too_long: set[str] = set()
    for use in uses:
        if use.outcome is not Outcome.ALLOWED or not use.required or use.basis is Basis.GUESS:
            continue
        if len(use.resource) > _LONGEST_ARN:
            too_long.add(use.resource)
            continue
        named = replace(use, resource=NO_RESOURCE) if is_unknown_resource(use, catalog) else use
        grants[use.action, use.passed_to].append(named)
    return grants, len(too_long)


def _text(grants: _Grants, level: Level) -> str:
    statements = list(_statements(grants, level))
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2, ensure_ascii=False) + "\n"


def _compressed(text: str, catalog: Catalog, notes: tuple[str, ...]) -> Generation:
    fit = fit_statements(
        parse_policy(text).statements,
        catalog=catalog,
        inside_actions=_ANYTHING,
        inside_resources=_ANYTHING,
        managed_slots=0,
    )
    match fit:
        case Fitted(inline=inline) if inline is not None:
            note = "actions are named by wildcards that match no other action of today"
            return Generated(text=print_policy(inline), notes=(*notes, note) if fit.compressed else notes)
        case TooLarge(offered=offered):
            size, limit = policy_size(text), INLINE_POLICIES_OF_ROLE.limit
            reason = f"what the role used takes {size:,} characters, of at most {limit:,}: grant it by hand"
            steps = tuple(f"a wider pattern would save room: {one.name}" for one in offered[:3])
            return NotGenerated(reason=reason, notes=(*notes, *steps))
    raise DefectError("statements that fit no policy")


def _statements(grants: _Grants, level: Level) -> Iterator[dict[str, object]]:
    by_shape: dict[tuple[str, tuple[str, ...], str], list[str]] = defaultdict(list)
    for (action, passed_to), uses in grants.items():
        name = generaliser(level, uses)
        observed = {use.resource for use in uses}
        resources = without_included(r if r == NO_RESOURCE else name(r) for r in observed)
        by_shape[action.split(":")[0], resources, passed_to or ""].append(action)
    for (_, resources, passed_to), actions in sorted(by_shape.items()):
        statement: dict[str, object] = {
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": list(resources),
        }
        if passed_to:
            statement["Condition"] = {"StringEquals": {"iam:PassedToService": passed_to}}
        yield statement
