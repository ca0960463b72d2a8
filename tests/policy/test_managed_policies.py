"""Every AWS-managed policy that moto ships: parsed, printed, proven within itself, linted."""

import json
import random
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from trailmin.catalog import load_catalog
from trailmin.policy import (
    DecisionKind,
    NotProven,
    Policy,
    Proven,
    Refuted,
    decide,
    included,
    lint,
    parse_policy,
    policy_of,
    print_policy,
    to_json,
)


@cache
def documents() -> dict[str, Any]:
    return {name: found["Document"] for name, found in sorted(json.loads(aws_managed_policies_data).items())}


@cache
def managed() -> dict[str, Policy]:
    return {name: parse_policy(document, origin=name) for name, document in documents().items()}


def test_they_print_back_to_the_same_json() -> None:
    assert len(managed()) > 1_000
    for name, found in managed().items():
        assert to_json(found) == documents()[name], name
        assert parse_policy(print_policy(found)) == found, name


def test_each_is_within_itself() -> None:
    assert [name for name, found in managed().items() if included([found], [found]) != Proven()] == []


def test_of_random_pairs_hardly_one_is_left_undecided_and_witnesses_are_confirmed() -> None:
    rng = random.Random(4)
    names = list(managed())
    undecided = 0
    for _ in range(400):
        new, old = (managed()[rng.choice(names)] for _ in range(2))
        outcome = included([new], [old])
        undecided += isinstance(outcome, NotProven)
        if isinstance(outcome, Refuted):
            assert decide([new], outcome.witness).decision is DecisionKind.ALLOWED
            assert decide([old], outcome.witness).decision in {
                DecisionKind.IMPLICITLY_DENIED,
                DecisionKind.EXPLICITLY_DENIED,
            }
    assert undecided <= 4


def test_a_part_is_within_the_whole() -> None:
    for name, found in list(managed().items())[::20]:
        first = found.statements[0]
        if all(one.is_allow for one in found.statements):
            assert included([policy_of([first], version=found.version)], [found]) == Proven(), name


def test_lint_takes_them_all() -> None:
    catalog = load_catalog()
    codes = {one.check.code for document in documents().values() for one in lint(document, catalog=catalog)}
    assert "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE" in codes
    # What AWS's own policies are never caught at would be a false alarm.
    assert not codes & {"INVALID_CONDITION_OPERATOR", "INVALID_GLOBAL_CONDITION_KEY", "MISSING_ARN_FIELD"}
