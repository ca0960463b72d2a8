import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.synth.situation import (
    ACCOUNT,
    CATALOG,
    EVERYTHING,
    LONG_AGO,
    MANAGEMENT_ONLY,
    NOON,
    UNTIL,
    allow,
    aws_managed,
    coverage_of,
    granted,
    inline,
    managed,
    role,
    usage_of,
    use,
)
from trailmin.current import (
    AccountSnapshot,
    ManagedPolicyOfSet,
    PermissionSet,
    PolicyInForce,
    Role,
    StateInForce,
)
from trailmin.policy import parse_policy
from trailmin.synth import Evidence, Options, Proposal, propose
from trailmin.synth.match_roles import match_roles
from trailmin.synth.model import Status, Verdict
from trailmin.synth.permission_sets import INLINE_POLICY_BYTES, inline_policy_after
from trailmin.usage import Coverage, Outcome, PrincipalUsage, Use
from trailmin.usage.merge import merge_usage

ACCOUNTS = (ACCOUNT, "444455556666", "777788889999")
SET_ARN = "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-2222222222222222"


def role_name(account: str, of: str = "Operators") -> str:
    return f"AWSReservedSSO_{of}_{account}abcd"


def set_inline(*statements: Mapping[str, Any]) -> PolicyInForce:
    return inline(*statements, name="AwsSSOInlinePolicy", role="AWSReservedSSO_Operators", account=None)


def operators(*statements: Mapping[str, Any], **more: Any) -> PermissionSet:
    given: dict[str, Any] = {
        "name": "Operators",
        "arn": SET_ARN,
        "instance_arn": "arn:aws:sso:::instance/ssoins-1111111111111111",
        "account": "999999999999",
        "accounts": ACCOUNTS,
        "created": LONG_AGO,
        "inline": set_inline(*statements) if statements else None,
    }
    return PermissionSet(**given | more)


def provisioned(account: str, *policies: PolicyInForce, **more: Any) -> Role:
    name = more.pop("name", role_name(account))
    own = [replace(p, role_name=name, account=account) if p.arn is None else p for p in policies]
    return role(*own, name=name, account=account, path="/aws-reserved/sso.amazonaws.com/eu-west-1/", **more)


def coverage(*accounts: str, **selectors: Any) -> Coverage:
    parts = {a: coverage_of(selectors.get(f"of_{a}", EVERYTHING), account=a).accounts[a] for a in accounts}
    return replace(coverage_of(), accounts=parts)


def did(account: str, *uses: Use, **more: Any) -> PrincipalUsage:
    return usage_of([replace(one, account=account) for one in uses], role_name(account), account=account, **more)


def proposals(
    sets: Iterable[PermissionSet],
    roles: Iterable[Role],
    usage: Iterable[PrincipalUsage],
    *,
    accounts: Mapping[str, AccountSnapshot] | None = None,
    logs: Coverage | None = None,
    **options: Any,
) -> dict[str, Proposal]:
    state = StateInForce(roles=tuple(roles), accounts=accounts or {}, permission_sets=tuple(sets))
    evidence = Evidence(usage=tuple(usage), coverage=logs or coverage(*ACCOUNTS))
    return {p.role.name: p for p in propose(state, evidence, CATALOG, Options(**options))}


def texts_of(*policies: PolicyInForce) -> dict[str, AccountSnapshot]:
    return {a: AccountSnapshot(account=a, managed_policies=policies) for a in ACCOUNTS}


def test_the_use_of_all_accounts_is_joined_and_proposed_once() -> None:
    one = operators(allow(["ec2:RebootInstances", "ec2:StopInstances", "ec2:TerminateInstances"]))
    instance = "arn:aws:ec2:us-east-1:{}:instance/i-0123456789abcdef0"
    found = proposals(
        [one],
        [provisioned(account) for account in ACCOUNTS],
        [
            did(ACCOUNTS[0], use("ec2:RebootInstances", instance.format(ACCOUNTS[0]))),
            did(ACCOUNTS[1], use("ec2:StopInstances", instance.format(ACCOUNTS[1]))),
        ],
    )
    assert list(found) == ["AWSReservedSSO_Operators"], "one proposal in place of three roles"
    proposal = found["AWSReservedSSO_Operators"]
    assert proposal.status is Status.TIGHTENED
    assert (proposal.account, proposal.role_arn) == ("999999999999", SET_ARN)
    kept = granted(proposal, "AwsSSOInlinePolicy")
    assert set(kept) == {"ec2:RebootInstances", "ec2:StopInstances"}
    assert proposal.proof is not None
    assert proposal.proof.proven
    assert proposal.replay is not None
    assert proposal.replay.calls == 6
    assert proposal.activity.events == 6


def test_alike_resources_of_several_accounts_are_granted_in_each_of_them() -> None:
    tables = [f"arn:aws:dynamodb:us-east-1:{account}:table/orders" for account in ACCOUNTS]
    one = operators(allow(["dynamodb:GetItem", "dynamodb:DeleteItem"], "arn:aws:dynamodb:*:*:table/*"))
    usage = [did(account, use("dynamodb:GetItem", table)) for account, table in zip(ACCOUNTS, tables, strict=True)]
    proposal = proposals([one], [], usage)["AWSReservedSSO_Operators"]
    assert proposal.status is Status.TIGHTENED
    assert proposal.replay is not None
    assert proposal.replay.passed
    everywhere = ["arn:aws:dynamodb:us-east-1:*:table/orders"]
    assert granted(proposal, "AwsSSOInlinePolicy") == {"dynamodb:GetItem": everywhere}
    two = proposals([one], [], usage[:2])["AWSReservedSSO_Operators"]
    assert granted(two, "AwsSSOInlinePolicy") == {"dynamodb:GetItem": tables[:2]}


def test_alike_resources_are_granted_within_what_is_granted_now() -> None:
    tables = [f"arn:aws:dynamodb:us-east-1:{account}:table/orders" for account in ACCOUNTS]
    one = operators(allow(["dynamodb:GetItem", "dynamodb:DeleteItem"], tables))
    usage = [did(account, use("dynamodb:GetItem", table)) for account, table in zip(ACCOUNTS, tables, strict=True)]
    proposal = proposals([one], [], usage)["AWSReservedSSO_Operators"]
    assert proposal.status is Status.TIGHTENED
    assert granted(proposal, "AwsSSOInlinePolicy") == {"dynamodb:GetItem": tables}


def test_the_account_with_the_weakest_logs_decides() -> None:
    one = operators(allow(["s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::reports/*"))
    weak = coverage(*ACCOUNTS, **{f"of_{ACCOUNTS[2]}": MANAGEMENT_ONLY})
    usage = [did(ACCOUNTS[0], use("s3:GetObject", "arn:aws:s3:::reports/a"))]
    proposal = proposals([one], [], usage, logs=weak)["AWSReservedSSO_Operators"]
    verdicts = {v.action: v for v in proposal.verdicts}
    assert verdicts["s3:DeleteObject"].verdict is Verdict.NOT_OBSERVABLE
    assert f"in account {ACCOUNTS[2]}" in verdicts["s3:DeleteObject"].reason
    assert proposals([one], [], usage)["AWSReservedSSO_Operators"].count(Verdict.UNUSED) == 1


def test_an_account_without_logs_keeps_everything() -> None:
    one = operators(allow(["ec2:StopInstances", "ec2:RebootInstances"]))
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances", "*"))]
    logs = coverage(*ACCOUNTS[:2])
    thin = proposals([one], [], usage, logs=logs)["AWSReservedSSO_Operators"]
    assert thin.status is Status.INSUFFICIENT_EVIDENCE
    assert f"days have no logs of account {ACCOUNTS[2]}" in thin.reason
    asked = proposals([one], [], usage, logs=logs, ignore_guards=True)["AWSReservedSSO_Operators"]
    assert {v.verdict for v in asked.verdicts if v.action == "ec2:RebootInstances"} == {Verdict.NOT_OBSERVABLE}


def test_where_its_accounts_are_not_known_nothing_goes_unless_asked() -> None:
    one = operators(allow(["ec2:StopInstances", "ec2:RebootInstances"]), accounts=None)
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances", "*"))]
    assert proposals([one], [], usage)["AWSReservedSSO_Operators"].status is Status.INSUFFICIENT_EVIDENCE
    asked = proposals([one], [], usage, ignore_guards=True)["AWSReservedSSO_Operators"]
    assert asked.status is Status.TIGHTENED


def test_roles_tell_of_a_permission_set_that_nothing_else_tells_of() -> None:
    statement = allow(["sqs:SendMessage", "ec2:StopInstances"])
    roles = [provisioned(account, set_inline(statement)) for account in ACCOUNTS[:2]]
    found = proposals([], roles, [did(ACCOUNTS[0], use("ec2:StopInstances", "*"))])
    assert set(found) == {"AWSReservedSSO_Operators"}
    proposal = found["AWSReservedSSO_Operators"]
    assert proposal.status is Status.INSUFFICIENT_EVIDENCE
    assert "permission-sets.json" in proposal.reason


def test_roles_that_do_not_agree_are_left_alone_and_shown() -> None:
    roles = [
        provisioned(ACCOUNTS[0], set_inline(allow("sqs:SendMessage"))),
        provisioned(ACCOUNTS[1], set_inline(allow("sns:Publish"))),
    ]
    found = proposals([], roles, [])
    assert set(found) == {role_name(account) for account in ACCOUNTS[:2]}
    assert {p.status for p in found.values()} == {Status.EXPLAINED}
    assert all("differ from each other" in "".join(p.notes) for p in found.values())


def test_a_role_that_is_not_provisioned_as_the_set_says_is_shown() -> None:
    one = operators(allow("sns:Publish"))
    roles = [provisioned(ACCOUNTS[0], set_inline(allow("sqs:SendMessage")))]
    proposal = proposals([one], roles, [])["AWSReservedSSO_Operators"]
    assert any("not provisioned as the permission set says" in note for note in proposal.notes)


def test_two_sets_of_a_name_are_told_apart_by_their_accounts() -> None:
    ours = operators(allow("ec2:StopInstances"), accounts=ACCOUNTS[:2])
    theirs = operators(allow("ec2:StopInstances"), accounts=ACCOUNTS[2:], arn=f"{SET_ARN}x", account="888888888888")
    usage = [did(account, use("ec2:StopInstances", "*")) for account in ACCOUNTS]
    state = StateInForce(permission_sets=(ours, theirs))
    found = {m.account: sorted(p.account or "" for p in m.parts) for m in match_roles(state, usage)}
    assert found == {"888888888888": [ACCOUNTS[2]], "999999999999": sorted(ACCOUNTS[:2])}


def test_use_in_an_account_that_it_has_left_counts_and_is_shown() -> None:
    one = operators(allow(["ec2:StopInstances", "ec2:RebootInstances"]), accounts=ACCOUNTS[:1])
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances")), did(ACCOUNTS[2], use("ec2:RebootInstances"))]
    proposal = proposals([one], [], usage)["AWSReservedSSO_Operators"]
    assert set(granted(proposal, "AwsSSOInlinePolicy")) == {"ec2:StopInstances", "ec2:RebootInstances"}
    assert f"it was used in account {ACCOUNTS[2]}, where it is not provisioned now" in proposal.notes


def test_what_stands_in_for_aws_managed_policies_goes_into_the_one_inline_policy() -> None:
    wide = aws_managed(allow(["ec2:StopInstances", "ec2:RebootInstances"], Sid="Run"), name="Ec2Operator")
    other = aws_managed(allow(["sns:Subscribe", "sns:CreateTopic"], Sid="Run"), name="SnsOperator")
    held = tuple(ManagedPolicyOfSet(name=p.name, arn=p.arn) for p in (wide, other))
    one = operators(allow("dynamodb:ListTables", Sid="Own"), managed=held)
    usage = [
        did(ACCOUNTS[0], use("ec2:StopInstances"), use("dynamodb:ListTables")),
        did(ACCOUNTS[1], use("sns:CreateTopic", f"arn:aws:sns:us-east-1:{ACCOUNTS[1]}:alerts")),
    ]
    proposal = proposals([one], [], usage, accounts=texts_of(wide, other))["AWSReservedSSO_Operators"]
    assert proposal.status is Status.TIGHTENED
    assert {c.replaces for c in proposal.changes} == {wide.arn, other.arn}
    text = inline_policy_after(proposal.role, proposal.changes)
    assert text is not None
    statements = parse_policy(text).statements
    assert [(s.sid, s.actions) for s in statements] == [
        ("Own", ("dynamodb:ListTables",)),
        ("Run", ("ec2:StopInstances",)),
        ("Run2", ("sns:CreateTopic",)),
    ]


def test_a_policy_of_another_version_is_not_put_into_the_inline_policy() -> None:
    old = aws_managed(allow(["ec2:StopInstances", "ec2:RebootInstances"]), name="Old", version="2008-10-17")
    one = operators(allow("dynamodb:ListTables"), managed=(ManagedPolicyOfSet(name="Old", arn=old.arn),))
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances"), use("dynamodb:ListTables"))]
    proposal = proposals([one], [], usage, accounts=texts_of(old))["AWSReservedSSO_Operators"]
    assert not proposal.changes
    assert "Old stays as it is: its Version is not that of AwsSSOInlinePolicy" in proposal.notes


def of_account(account: str, *statements: Mapping[str, Any], name: str = "Team") -> PolicyInForce:
    return managed(*statements, name=name, account=account, arn=f"arn:aws:iam::{account}:policy/ops/{name}")


def test_a_policy_that_it_refers_to_is_judged_in_its_own_account() -> None:
    """The use of one account says nothing of the other account's policy, and keeps what its own account grants."""
    reference = ManagedPolicyOfSet(name="Team", path="/ops/")
    one = operators(allow(["ec2:StopInstances", "ec2:RebootInstances"]), managed=(reference,), accounts=ACCOUNTS[:2])
    teams = {
        ACCOUNTS[0]: of_account(ACCOUNTS[0], allow("ec2:StopInstances")),
        ACCOUNTS[1]: of_account(ACCOUNTS[1], allow("sns:Subscribe")),
    }
    snapshots = {a: AccountSnapshot(account=a, managed_policies=(policy,)) for a, policy in teams.items()}
    usage = [did(ACCOUNTS[1], use("ec2:StopInstances"))]
    proposal = proposals([one], [], usage, accounts=snapshots)["AWSReservedSSO_Operators"]
    assert proposal.status is Status.TIGHTENED
    assert proposal.replay is not None
    assert proposal.replay.passed
    assert granted(proposal, "AwsSSOInlinePolicy") == {"ec2:StopInstances": ["*"]}
    assert {c.policy.arn for c in proposal.changes if c.policy and c.policy.arn} == {p.arn for p in teams.values()}


def test_a_policy_that_one_account_uses_stays_attached_in_all() -> None:
    reference = ManagedPolicyOfSet(name="Team", path="/ops/")
    one = operators(allow("ec2:RebootInstances"), managed=(reference,), accounts=ACCOUNTS[:2])
    teams = [of_account(a, allow(["sns:Subscribe", "sns:CreateTopic"])) for a in ACCOUNTS[:2]]
    snapshots = {p.account or "": AccountSnapshot(account=p.account or "", managed_policies=(p,)) for p in teams}
    usage = [did(ACCOUNTS[1], use("sns:Subscribe", f"arn:aws:sns:us-east-1:{ACCOUNTS[1]}:alerts"))]
    proposal = proposals([one], [], usage, accounts=snapshots)["AWSReservedSSO_Operators"]
    assert [c.policy.name for c in proposal.changes if c.policy] == ["AwsSSOInlinePolicy"]
    assert "Team stays as it is: the permission set refers to it by its name" in proposal.notes


def test_a_policy_that_is_not_known_in_one_account_stays_attached() -> None:
    """What the account uses of it does not show in any statement that is known."""
    reference = ManagedPolicyOfSet(name="Team", path="/ops/")
    one = operators(allow(["ec2:RebootInstances"]), managed=(reference,), accounts=ACCOUNTS[:2])
    team = of_account(ACCOUNTS[0], allow("sns:Subscribe"))
    snapshots = {ACCOUNTS[0]: AccountSnapshot(account=ACCOUNTS[0], managed_policies=(team,))}
    usage = [did(ACCOUNTS[0], use("ec2:RebootInstances")), did(ACCOUNTS[1], use("sns:CreateTopic"))]
    found = proposals([one], [], usage, accounts=snapshots)["AWSReservedSSO_Operators"]
    assert not found.changes
    assert f"account {ACCOUNTS[1]}: the text of /ops/Team is not known" in found.notes


def test_a_role_that_shares_a_policy_with_a_permission_set_leaves_it_alone() -> None:
    team = of_account(ACCOUNT, allow(["sns:Subscribe", "sns:CreateTopic"]))
    held = replace(team, attached_to=(f"arn:aws:iam::{ACCOUNT}:role/worker", provisioned(ACCOUNT).arn or ""))
    one = operators(managed=(ManagedPolicyOfSet(name="Team", path="/ops/"),), accounts=ACCOUNTS[:1])
    snapshots = {ACCOUNT: AccountSnapshot(account=ACCOUNT, managed_policies=(held,))}
    usage = [usage_of([use("sns:Subscribe", f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts")])]
    found = proposals([one], [role(held), provisioned(ACCOUNT, held)], usage, accounts=snapshots)
    assert not found["worker"].changes


def test_a_role_that_was_provisioned_lately_makes_its_grants_too_new() -> None:
    one = operators(allow("ec2:StopInstances"), accounts=ACCOUNTS[:1])
    lately = provisioned(ACCOUNTS[0], created=NOON.replace(year=UNTIL.year, month=UNTIL.month, day=1))
    proposal = proposals([one], [lately], [did(ACCOUNTS[0], use("ec2:RebootInstances"))])["AWSReservedSSO_Operators"]
    assert {v.verdict for v in proposal.verdicts} == {Verdict.TOO_NEW}


def test_a_set_that_nobody_used_is_reported_as_such() -> None:
    proposal = proposals([operators(allow("ec2:StopInstances"))], [], [])["AWSReservedSSO_Operators"]
    assert proposal.status is Status.UNUSED_ROLE
    assert "permission set" in proposal.reason


@pytest.mark.parametrize("pattern", ["AWSReservedSSO_Operators_*", "Operators", "arn:aws:sso:::permissionSet/*"])
def test_it_is_kept_by_any_of_its_names(pattern: str) -> None:
    one = operators(allow("ec2:StopInstances"))
    found = proposals([one], [provisioned(ACCOUNT)], [], keep_roles=(pattern,))
    assert found["AWSReservedSSO_Operators"].status is Status.EXCLUDED


def test_a_denied_call_in_any_account_never_becomes_a_grant() -> None:
    one = operators(allow(["ec2:StopInstances", "ec2:RebootInstances"]))
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances"), use("ec2:RebootInstances", outcome=Outcome.DENIED))]
    proposal = proposals([one], [], usage)["AWSReservedSSO_Operators"]
    assert set(granted(proposal, "AwsSSOInlinePolicy")) == {"ec2:StopInstances"}


def test_an_inline_policy_with_too_much_white_space_is_put_without() -> None:
    wide = allow(["ec2:StopInstances", "ec2:RebootInstances"])
    text = json.dumps({"Version": "2012-10-17", "Statement": [wide]}, indent=2).replace("\n", "\n" + " " * 4_000)
    own = replace(set_inline(wide), text=text, policy=parse_policy(text))
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances"))]
    proposal = proposals([operators(inline=own)], [], usage)["AWSReservedSSO_Operators"]
    assert len(proposal.changes[0].new_text or "") > INLINE_POLICY_BYTES
    put = inline_policy_after(proposal.role, proposal.changes)
    assert put is not None
    assert len(put) < 200
    assert parse_policy(put) == parse_policy(proposal.changes[0].new_text or "")


def test_of_two_inline_policies_for_one_set_neither_is_changed() -> None:
    sources = [set_inline(allow(["ec2:StopInstances", name])) for name in ("ec2:RebootInstances", "sns:Subscribe")]
    of_code = role(*sources, name="AWSReservedSSO_Operators", account=None, arn=None, permission_set=operators())
    found = proposals([], [of_code], [did(ACCOUNTS[0], use("ec2:StopInstances"))])["AWSReservedSSO_Operators"]
    assert not found.changes
    assert "2 places say what its one inline policy is" in "".join(found.notes)


def test_what_only_the_log_has_of_a_set_is_generated_once() -> None:
    usage = [did(account, use("ec2:StopInstances")) for account in ACCOUNTS]
    found = proposals([], [], usage)
    assert {name: p.status for name, p in found.items()} == {"AWSReservedSSO_Operators": Status.GENERATED}


SEEN = [
    did(account, *(use(action) for action in actions), workloads={account: len(actions)})
    for account in ACCOUNTS
    for actions in ([], ["ec2:StopInstances"], ["sns:Subscribe", "ec2:StopInstances"])
]


@given(st.lists(st.sampled_from(SEEN), min_size=3, max_size=5), st.data())
def test_joining_accounts_in_any_order_and_grouping_is_the_same(found: list[PrincipalUsage], data: Any) -> None:
    cut = data.draw(st.integers(1, len(found) - 1))
    shuffled = data.draw(st.permutations(found))
    grouped = merge_usage([merge_usage(shuffled[:cut]), merge_usage(shuffled[cut:])])
    assert grouped == merge_usage(found)
