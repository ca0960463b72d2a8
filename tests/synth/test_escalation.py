"""Paths to more than a role was meant to have."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.example import policy, proposal, put
from trailmin.catalog import load_catalog
from trailmin.catalog.escalation import escalation_paths
from trailmin.current import Boundary
from trailmin.policy import parse_policy
from trailmin.synth.escalation import Holder, path_changes, reaches, with_paths
from trailmin.synth.escalation_model import Reach
from trailmin.synth.model import Status

CATALOG = load_catalog()

PATHS = {path.id: path for path in escalation_paths()}


def document(action: str, resource: str = "*", condition: str = "", effect: str = "Allow") -> str:
    last = f', "Condition": {condition}' if condition else ""
    statement = f'{{"Effect": "{effect}", "Action": {action}, "Resource": "{resource}"{last}}}'
    return f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'


def reach(path: str, *documents: str, boundary: str | None = None) -> Reach:
    holder = Holder(
        policies=tuple(parse_policy(text) for text in documents),
        boundary=parse_policy(boundary) if boundary else None,
        account="111122223333",
    )
    return reaches(holder, CATALOG)[path]


def test_the_table_has_sixty_paths_each_once_with_its_source() -> None:
    assert len(PATHS) == len(escalation_paths()) >= 60
    assert len({(path.actions, path.passed_to) for path in PATHS.values()}) == len(PATHS)
    assert all(path.source.startswith("https://") for path in PATHS.values())


def test_every_action_of_the_table_exists() -> None:
    actions = {action for path in PATHS.values() for action in path.actions}
    assert [action for action in sorted(actions) if CATALOG.action(action) is None] == []


@pytest.mark.parametrize("path", sorted(PATHS))
def test_each_path_is_open_to_an_administrator_and_closed_without_any_one_of_its_actions(path: str) -> None:
    everything = document('"*"')
    assert reach(path, everything) is Reach.OPEN
    needed = [*PATHS[path].actions, *(["iam:PassRole"] if PATHS[path].passed_to else [])]
    for action in needed:
        assert reach(path, everything, document(f'"{action}"', effect="Deny")) is Reach.CLOSED


def test_a_role_passable_to_another_service_alone_leaves_a_path_closed() -> None:
    create = document('["lambda:CreateFunction", "lambda:InvokeFunction"]')
    to_ecs = '{"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}'
    assert reach("lambda-001", create, document('"iam:PassRole"', condition=to_ecs)) is Reach.CLOSED
    to_lambda = to_ecs.replace("ecs-tasks", "lambda")
    assert reach("lambda-001", create, document('"iam:PassRole"', condition=to_lambda)) is Reach.OPEN


def test_one_resource_or_an_unknown_condition_opens_a_path_in_part() -> None:
    one = "arn:aws:lambda:us-east-1:111122223333:function:own"
    assert reach("lambda-003", document('"lambda:UpdateFunctionCode"', one)) is Reach.IN_PART
    tagged = '{"StringEquals": {"aws:ResourceTag/team": "a"}}'
    assert reach("lambda-003", document('"lambda:UpdateFunctionCode"', condition=tagged)) is Reach.IN_PART


def test_a_boundary_closes_what_the_policies_open() -> None:
    everything = document('"*"')
    assert reach("iam-012", everything, boundary=document('"s3:*"')) is Reach.CLOSED
    assert reach("iam-012", everything, boundary=document('"iam:PutRolePolicy"')) is Reach.OPEN


def test_a_proposal_tells_what_it_closes_and_what_stays_open() -> None:
    in_force = policy(text=document('["ssm:SendCommand", "s3:GetObject", "sts:AssumeRole"]'))
    change = put(in_force, document('"sts:AssumeRole"', "arn:aws:iam::111122223333:role/reader"))
    found = {one.path.id: (one.before, one.after) for one in path_changes(proposal(change), CATALOG)}
    assert found == {"ssm-002": (Reach.OPEN, Reach.CLOSED), "sts-001": (Reach.OPEN, Reach.IN_PART)}


def test_without_a_proposal_to_merge_nothing_is_closed() -> None:
    in_force = policy(text=document('"ssm:SendCommand"'))
    kept = proposal(put(in_force, document('"s3:GetObject"')), status=Status.INSUFFICIENT_EVIDENCE)
    (found,) = path_changes(kept, CATALOG)
    assert (found.before, found.after) == (Reach.OPEN, Reach.OPEN)


def test_a_broader_policy_would_be_told_as_a_regression() -> None:
    in_force = policy(text=document('"s3:GetObject"'))
    broader = proposal(put(in_force, document('"ssm:SendCommand"')))
    (found,) = path_changes(broader, CATALOG)
    assert found.is_regression
    (withheld,) = with_paths([broader], CATALOG)
    assert withheld.status is Status.WITHHELD
    assert withheld.changes == ()
    assert withheld.paths == (found,)
    assert "Run commands on an instance" in withheld.reason


def test_the_boundary_of_a_role_counts() -> None:
    in_force = policy(text=document('"ssm:SendCommand"'))
    made = proposal(put(in_force, document('"s3:GetObject"')))
    boundary = Boundary(arn="arn:aws:iam::111122223333:policy/b", policy=parse_policy(document('"s3:*"')))
    assert path_changes(replace(made, role=replace(made.role, boundary=boundary)), CATALOG) == ()


@given(st.lists(st.sampled_from(sorted({a for p in PATHS.values() for a in p.actions} | {"iam:PassRole"})), max_size=6))
def test_taking_an_action_away_never_opens_a_path(actions: list[str]) -> None:
    everything = [document(f'"{action}"') for action in actions]
    more = reaches(Holder(policies=tuple(map(parse_policy, everything))), CATALOG)
    less = reaches(Holder(policies=tuple(map(parse_policy, everything[1:]))), CATALOG)
    assert all(less[path] <= more[path] for path in PATHS)
