"""The promises, held to on a small world with a known truth. How far targets are met is `make quality`'s to say."""

import pytest

from bench.quality.deciders import ActionDecider, ListDecider
from bench.quality.grid import grid_of, needed_of
from bench.quality.judge import Score, old_policies
from bench.quality.table import findings_of, lines_of, targets_of
from bench.quality.trial import ACTIONS, DEFAULT_LEVEL, OLD, REPLAY, Result, run_trial
from bench.quality.workload.model import Need, World


@pytest.fixture(scope="module")
def result() -> Result:
    [found] = run_trial(7, 12, (60,), (DEFAULT_LEVEL,))
    return found


def test_every_proposal_is_proven_and_its_replay_loses_nothing(result: Result) -> None:
    assert result.failed_checks == 0
    assert not any(status == "withheld" for status, _ in result.statuses[DEFAULT_LEVEL])
    assert result.proposed[DEFAULT_LEVEL] > 0


def test_nothing_goes_that_could_not_be_seen_or_is_too_new(result: Result) -> None:
    assert not +result.scores[DEFAULT_LEVEL].why_removed


def test_what_was_seen_before_is_not_denied_later(result: Result) -> None:
    assert not [key for key in result.scores[DEFAULT_LEVEL].why_denied if key[-1] == "seen before"]


def test_a_role_with_too_little_evidence_is_left_alone(result: Result) -> None:
    assert not result.statuses[DEFAULT_LEVEL]["tightened", False]


def test_the_old_policy_denies_nothing_and_keeps_everything(result: Result) -> None:
    old = result.scores[OLD]
    assert old.events > 0
    assert (old.denied_events, old.denied_authorizations, old.removed_unseen) == (0, 0, 0)
    assert (old.kept_surplus, old.kept_unseen, old.kept_needed) == (old.surplus, old.unseen, old.needed)


def test_replay_keeps_nothing_for_nothing_and_denies_much(result: Result) -> None:
    replay, actions, proposed = (result.scores[name] for name in (REPLAY, ACTIONS, DEFAULT_LEVEL))
    assert replay.kept_surplus == 0
    assert replay.denied_authorizations > actions.denied_authorizations > proposed.denied_authorizations


def test_the_table_has_a_line_for_each_candidate_and_each_target(result: Result) -> None:
    lines = list(lines_of(result))
    for name in (OLD, REPLAY, ACTIONS, f"trailmin, {DEFAULT_LEVEL}"):
        assert any(line.startswith(name) for line in lines)
    assert sum(line.startswith(("pass", "FAIL")) for line in lines) == len(targets_of(result)) == 6
    assert any(line.startswith("removed unseen") for line in findings_of(result.scores[DEFAULT_LEVEL]))


def test_f_scores_are_those_of_precision_and_recall() -> None:
    score = Score(needed=10, kept_needed=8, kept_surplus=8)
    assert score.f_score(1) == pytest.approx(2 * 0.5 * 0.8 / 1.3)
    assert score.f_score(0.5) < score.f_score(1) < score.f_score(2)
    assert Score().f_score(1) == 0


def test_the_grid_has_what_is_in_the_account_and_the_needs_are_part_of_it(world: World) -> None:
    role = world.roles[0]
    grid = grid_of(role.account)
    assert len(grid) == len(set(grid))
    assert {need.resource for need in grid} >= {arn for arn in role.account.inventory if ":s3:::" in arn}
    needed = needed_of(role, grid)
    assert {need.action for need in needed} == {need.action for need in role.needs}


def test_replay_and_used_actions_stay_within_the_old_policy(world: World) -> None:
    old = old_policies(world.roles[0])
    seen = [Need("organizations:DescribeOrganization", "*"), next(iter(world.roles[0].needs))]
    for decider in (ListDecider(seen, old), ActionDecider(seen, old)):
        assert not decider.allows(seen[0])
        assert decider.characters > 0
