"""A policy from usage alone, for a role whose policies in force were not given."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trailmin.catalog import Catalog
from trailmin.policy import NO_RESOURCE
from trailmin.synth.context import is_unknown_resource
from trailmin.synth.covering import without_included
from trailmin.synth.generalise import generaliser
from trailmin.synth.patterns import Level
from trailmin.usage import Basis, Outcome, Use

POLICY_NAME = "trailmin-generated"


def generate_policy(uses: Sequence[Use], catalog: Catalog, *, level: Level) -> str | None:
    """Return a policy's JSON text that allows what was certainly authorised, or None when nothing was.

    Denied calls, guesses, and authorizations that the calls may have done without are not granted.
    """
    grants: dict[tuple[str, str | None], list[Use]] = defaultdict(list)
    for use in uses:
        if use.outcome is Outcome.ALLOWED and use.required and use.basis is not Basis.GUESS:
            named = replace(use, resource=NO_RESOURCE) if is_unknown_resource(use, catalog) else use
            grants[use.action, use.passed_to].append(named)
    statements = list(_statements(grants, level))
    if not statements:
        return None
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2, ensure_ascii=False) + "\n"


def _statements(grants: Mapping[tuple[str, str | None], Sequence[Use]], level: Level) -> Iterator[dict[str, object]]:
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
