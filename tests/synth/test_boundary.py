"""Permissions boundaries for sets of roles."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.example import policy, proposal, put
from trailmin.catalog import load_catalog
from trailmin.errors import UsageError
from trailmin.policy import Proven, included, parse_policy
from trailmin.synth.boundary import Headroom, propose_boundary
from trailmin.synth.model import Proposal

CATALOG = load_catalog()


def role(name: str, *statements: dict[str, object], account: str | None = "111122223333") -> Proposal:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})
    return proposal(put(policy(), text), role_name=name, account=account)


READER = role("reader", {"Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::images/*"})
WRITER = role(
    "writer",
    {"Action": ["dynamodb:PutItem", "s3:PutObject"], "Resource": "*"},
    {"Action": "sqs:SendMessage", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
)


def actions_of(text: str) -> list[str]:
    statement = json.loads(text)["Statement"][0]
    assert statement["Resource"] == ["*"]
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


def test_it_allows_what_its_roles_are_allowed_and_is_proven_for_each() -> None:
    found = propose_boundary([READER, WRITER], CATALOG, name="team", headroom=Headroom.NONE)
    assert actions_of(found.text) == ["dynamodb:PutItem", "s3:GetObject", "s3:PutObject", "sqs:SendMessage"]
    assert found.arn == "arn:aws:iam::111122223333:policy/team"
    assert [(one.role, one.proof.proven, one.findings) for one in found.roles] == [
        ("reader", True, ()),
        ("writer", True, ()),
    ]


def test_headroom_is_reading_or_the_whole_service() -> None:
    read = actions_of(propose_boundary([WRITER], CATALOG, name="team").text)
    assert {"dynamodb:Describe*", "dynamodb:PutItem", "dynamodb:List*", "s3:PutObject"} <= set(read)
    assert "dynamodb:*" not in read
    whole = actions_of(propose_boundary([WRITER], CATALOG, name="team", headroom=Headroom.SERVICE).text)
    assert whole == ["dynamodb:*", "s3:*", "sqs:*"]


def test_reading_does_not_take_in_calls_that_hand_out_rights() -> None:
    assume = role("hub", {"Action": "sts:AssumeRole", "Resource": "*"})
    assert "sts:Get*" not in actions_of(propose_boundary([assume], CATALOG, name="team").text)


def test_everything_but_some_actions_stays_everything_but_those() -> None:
    power = role("power", {"NotAction": "iam:*", "Resource": "*"})
    found = propose_boundary([power, READER], CATALOG, name="team", headroom=Headroom.NONE)
    assert [s.get("NotAction") for s in json.loads(found.text)["Statement"]] == [None, ["iam:*"]]
    assert found.is_proven


def test_services_are_allowed_whole_where_their_actions_do_not_fit_and_that_is_said() -> None:
    many = role("many", {"Action": sorted(CATALOG.expand("ec2:*"))[::2], "Resource": "*"})
    found = propose_boundary([many], CATALOG, name="team", headroom=Headroom.NONE)
    assert found.widened == ("ec2",)
    assert found.size <= 6_144
    assert found.is_proven


def test_ways_around_it_are_told() -> None:
    maker = role(
        "maker",
        {"Action": ["iam:CreateRole", "iam:PassRole", "iam:DeleteRolePermissionsBoundary"], "Resource": "*"},
        {"Action": "iam:CreatePolicyVersion", "Resource": "*"},
    )
    (found,) = propose_boundary([maker], CATALOG, name="team", headroom=Headroom.NONE).roles
    assert list(found.findings) == [
        "iam:CreateRole is not tied to the boundary: it reaches principals without one",
        "iam:DeleteRolePermissionsBoundary takes the boundary off",
        "iam:CreatePolicyVersion can rewrite the boundary itself",
        "iam:PassRole reaches every role, those without the boundary too: name the roles, or a path",
    ]


def test_tying_closes_them_and_says_what_it_takes_away() -> None:
    maker = role("maker", {"Action": ["iam:*"], "Resource": "*"})
    found = propose_boundary([maker], CATALOG, name="team", headroom=Headroom.NONE, tie=True)
    assert len(found.ties) == 3
    assert list(found.roles[0].findings) == [
        "iam:PassRole reaches every role, those without the boundary too: name the roles, or a path"
    ]
    assert found.size <= 6_144
    assert {s["Effect"] for s in json.loads(found.text)["Statement"]} == {"Allow", "Deny"}


def test_a_condition_that_ties_is_seen() -> None:
    tied = {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/team"}}
    maker = role("maker", {"Action": "iam:CreateRole", "Resource": "*", "Condition": tied})
    (found,) = propose_boundary([maker], CATALOG, name="team").roles
    assert found.findings == ()


def test_roles_of_two_accounts_have_no_common_boundary() -> None:
    with pytest.raises(UsageError, match="belongs to one account"):
        propose_boundary([READER, role("far", {"Action": "s3:*", "Resource": "*"}, account="444455556666")], CATALOG, name="b")  # fmt: skip  # noqa: E501


@given(
    st.lists(
        st.lists(
            st.sampled_from(("s3:Get*", "s3:*", "ec2:RunInstances", "iam:PassRole", "*", "sqs:SendMessage")),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(Headroom),
)
def test_no_role_loses_anything(roles: list[list[str]], headroom: Headroom) -> None:
    proposals = [role(f"r{at}", {"Action": actions, "Resource": "*"}) for at, actions in enumerate(roles)]
    found = propose_boundary(proposals, CATALOG, name="team", headroom=headroom)
    assert found.is_proven
    for one in proposals:
        (change,) = one.changes
        assert change.new_text is not None
        assert isinstance(included([parse_policy(change.new_text)], [parse_policy(found.text)]), Proven)
