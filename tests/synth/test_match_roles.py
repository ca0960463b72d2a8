import pytest

from tests.synth.situation import ACCOUNT, CATALOG, DAYS, allow, coverage_of, inline, proposals_for, role, usage_of, use
from trailmin.current import Role, StateInForce
from trailmin.synth import Evidence, Options, Proposal, Status, propose
from trailmin.synth.match_roles import Match, match_roles
from trailmin.usage import PrincipalUsage

OTHER = "444455556666"


def matched(roles: list[Role], usage: list[PrincipalUsage]) -> dict[tuple[str, str], Match]:
    return {m.key: m for m in match_roles(StateInForce(roles=tuple(roles)), usage)}


def test_a_role_is_found_whatever_its_path_is_in_the_log() -> None:
    held = role(arn=f"arn:aws:iam::{ACCOUNT}:role/app/worker", path="/app/")
    (match,) = matched([held], [usage_of([])]).values()
    assert match.usage is not None
    assert match.arn == held.arn


def test_what_the_log_has_with_and_without_the_path_is_one_role() -> None:
    object_ = "arn:aws:s3:::b/k"
    spelt = usage_of([use("s3:GetObject", object_)], arn=f"arn:aws:iam::{ACCOUNT}:role/app/worker", dates=DAYS[:20])
    lost = usage_of([use("s3:PutObject", object_)], dates=DAYS[20:], workloads={"f": 2})
    held = role(inline(allow("s3:*")), arn=spelt.arn, path="/app/")
    for usage in ([spelt, lost], [lost, spelt]):
        (match,) = matched([held], usage).values()
        assert match.usage is not None
        assert match.usage.arn == spelt.arn
        assert match.usage.active_dates == DAYS
        assert [u.action for u in match.usage.uses] == ["s3:GetObject", "s3:PutObject"]
        assert (match.usage.events, match.usage.workloads) == (6, {"f": 2})
        assert not match.notes
    found = proposals_for([held], [spelt, lost])["worker"]
    assert found.status is Status.TIGHTENED


def test_one_name_in_several_accounts_is_several_roles() -> None:
    here, there = role(), role(account=OTHER)
    found = matched([here, there], [usage_of([]), usage_of([], account=OTHER)])
    assert [(m.usage.account if m.usage else None) for m in found.values()] == [ACCOUNT, OTHER]


def test_a_document_without_an_account_is_of_the_only_role_of_its_name() -> None:
    document = role(account=None, arn=None)
    (match,) = matched([document], [usage_of([])]).values()
    assert match.account == ACCOUNT


def test_a_document_without_an_account_is_of_no_role_where_several_have_its_name() -> None:
    document = role(inline(allow("s3:*")), account=None, arn=None)
    usage = [usage_of([use("s3:GetObject")]), usage_of([], account=OTHER)]
    found = matched([document], usage)
    assert found["", "worker"].usage is None
    assert f"{ACCOUNT}, {OTHER}" in found["", "worker"].notes[0]
    proposals = match_and_propose(document, usage)
    assert not proposals[None].changes
    assert proposals[None].notes == found["", "worker"].notes


def match_and_propose(document: Role, usage: list[PrincipalUsage]) -> dict[str | None, Proposal]:
    state = StateInForce(roles=(document,))
    evidence = Evidence(usage=usage, coverage=coverage_of())
    return {p.account: p for p in propose(state, evidence, CATALOG, Options(ignore_guards=True))}


@pytest.mark.parametrize("path", ["/", "/aws-service-role/autoscaling.amazonaws.com/"])
def test_a_role_of_the_log_alone_has_the_path_of_its_arn(path: str) -> None:
    (match,) = matched([], [usage_of([], arn=f"arn:aws:iam::{ACCOUNT}:role{path}worker")]).values()
    assert match.role.path == path
    assert not match.is_in_force
