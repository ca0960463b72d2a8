import json
from pathlib import Path

import pytest

from tests.synth.situation import ACCOUNT, allow, document, inline, proposals_for, role, usage_of, use
from trailmin.current import AccountSnapshot, Boundary, ControlPolicy, Organization, Role, StateInForce, load_current
from trailmin.errors import CurrentError
from trailmin.policy import parse_policy
from trailmin.report.proposal_json import verdict_json
from trailmin.synth.layers import with_layers
from trailmin.synth.model import GrantVerdict, Proposal

HELD = inline(allow(["sqs:CreateQueue", "sqs:DeleteQueue", "iam:CreateUser"]))
BOUNDARY = Boundary(arn=f"arn:aws:iam::{ACCOUNT}:policy/team", policy=parse_policy(document(allow("sqs:*"))))
FULL = document(allow("*"))


def control(name: str, text: str, *targets: str, is_on_root: bool = False) -> ControlPolicy:
    return ControlPolicy(
        name=name, policy=parse_policy(text, kind="scp"), targets=frozenset(targets), is_on_root=is_on_root
    )


def judged(held: Role, organization: Organization | None = None) -> tuple[Proposal, dict[str, GrantVerdict]]:
    state = StateInForce(roles=(held,), accounts={ACCOUNT: AccountSnapshot(account=ACCOUNT, organization=organization)})
    before = proposals_for([held], [usage_of([use("sqs:CreateQueue")])])["worker"]
    (after,) = with_layers([before], state)
    assert after.changes == before.changes
    assert [v.verdict for v in after.verdicts] == [v.verdict for v in before.verdicts]
    return after, {v.action: v for v in after.verdicts}


def organization(*policies: ControlPolicy, management: str | None = None) -> Organization:
    return Organization(
        id="o-1", control_policies=policies, parents={ACCOUNT: ("ou-team", "r-1")}, management_account=management
    )


def test_a_grant_outside_the_boundary_grants_nothing_and_says_so() -> None:
    _, verdicts = judged(role(HELD, boundary=BOUNDARY))
    cut = verdicts["iam:CreateUser"]
    assert cut.cut_by == "permissions boundary team"
    assert cut.reason.endswith("it grants nothing in effect: the permissions boundary team does not allow it")
    assert verdict_json(cut)["cut_by"] == "permissions boundary team"
    assert verdicts["sqs:DeleteQueue"].cut_by is None
    assert "in effect" not in verdicts["sqs:DeleteQueue"].reason


def test_a_boundary_whose_text_is_not_known_cuts_nothing() -> None:
    _, verdicts = judged(role(HELD, boundary=Boundary(arn="arn:aws:iam::aws:policy/x", policy=None)))
    assert {v.cut_by for v in verdicts.values()} == {None}


def test_a_boundary_that_allows_part_of_a_grant_does_not_cut_it() -> None:
    one_queue = parse_policy(document(allow("sqs:*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:a"), allow("iam:*")))
    _, verdicts = judged(role(HELD, boundary=Boundary(arn="arn:aws:iam::1:policy/x", policy=one_queue)))
    assert {v.cut_by for v in verdicts.values()} == {None}


DENY_IAM = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}})


@pytest.mark.parametrize("target", ["ou-team", ACCOUNT])
def test_a_service_control_policy_on_the_way_to_the_account_cuts(target: str) -> None:
    full = control("Full", FULL, "r-1", "ou-team", ACCOUNT, is_on_root=True)
    _, verdicts = judged(role(HELD), organization(full, control("NoIam", DENY_IAM, target)))
    assert verdicts["iam:CreateUser"].cut_by == f"service control policy of {target}"
    assert verdicts["sqs:CreateQueue"].cut_by is None


def test_at_each_level_one_policy_has_to_allow() -> None:
    full = control("Full", FULL, "r-1", "ou-team", ACCOUNT, is_on_root=True)
    queues = control("Queues", document(allow("sqs:*")), "ou-team")
    beside_full = judged(role(HELD), organization(full, queues))[1]
    assert beside_full["iam:CreateUser"].cut_by is None
    root_only = control("Full", FULL, "r-1", is_on_root=True)
    alone = judged(role(HELD), organization(root_only, queues))[1]
    assert alone["iam:CreateUser"].cut_by == "service control policy of ou-team"


def test_policies_elsewhere_and_the_management_account_are_left_alone() -> None:
    full = control("Full", FULL, "r-1", is_on_root=True)
    elsewhere = organization(full, control("NoIam", DENY_IAM, "ou-other"))
    assert judged(role(HELD), elsewhere)[1]["iam:CreateUser"].cut_by is None
    root = control("NoIam", DENY_IAM, "r-1", is_on_root=True)
    assert judged(role(HELD), organization(root))[1]["iam:CreateUser"].cut_by is not None
    assert judged(role(HELD), organization(root, management=ACCOUNT))[1]["iam:CreateUser"].cut_by is None


def test_an_exception_for_the_role_is_seen() -> None:
    statement = {
        "Effect": "Deny",
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/worker"}},
    }
    spared = control("NoIam", document(statement), ACCOUNT)
    full = control("Full", FULL, ACCOUNT)
    assert judged(role(HELD), organization(spared, full))[1]["iam:CreateUser"].cut_by is None
    other = {**statement, "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}}
    cut = judged(role(HELD), organization(control("NoIam", document(other), ACCOUNT), full))[1]
    assert cut["iam:CreateUser"].cut_by == f"service control policy of {ACCOUNT}"


def snapshot(folder: Path, told: object) -> StateInForce:
    path = folder / ACCOUNT
    path.mkdir()
    details = {"RoleDetailList": [{"Arn": f"arn:aws:iam::{ACCOUNT}:role/worker", "RoleName": "worker"}]}
    (path / "authorization-details.json").write_text(json.dumps(details))
    (path / "organization.json").write_text(json.dumps(told))
    return load_current([path])


def test_a_snapshot_tells_the_organizations_policies_as_the_cli_prints_them(tmp_path: Path) -> None:
    state = snapshot(
        tmp_path,
        {
            "Organization": {"Id": "o-1", "MasterAccountId": "999988887777"},
            "Accounts": [{"Id": ACCOUNT}],
            "Policies": [
                {
                    "Policy": {
                        "PolicySummary": {"Id": "p-1", "Name": "NoIam", "Type": "SERVICE_CONTROL_POLICY"},
                        "Content": DENY_IAM,
                    },
                    "Targets": [{"TargetId": "ou-team", "Type": "ORGANIZATIONAL_UNIT", "Name": "team"}],
                },
                {"Policy": {"PolicySummary": {"Name": "Tags", "Type": "TAG_POLICY"}, "Content": "{}"}, "Targets": []},
            ],
            "Parents": {ACCOUNT: [{"Id": "ou-team", "Type": "ORGANIZATIONAL_UNIT"}, {"Id": "r-1", "Type": "ROOT"}]},
        },
    )
    found = state.accounts[ACCOUNT].organization
    assert found is not None
    assert found.management_account == "999988887777"
    assert [(one.name, one.targets, one.is_on_root) for one in found.control_policies] == [
        ("NoIam", frozenset({"ou-team"}), False)
    ]
    assert found.parents == {ACCOUNT: ("ou-team", "r-1")}


def test_an_organization_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CurrentError, match=r"organization\.json"):
        snapshot(tmp_path, {"Organization": {"Id": "o-1"}, "Policies": [{"Policy": {}}]})
