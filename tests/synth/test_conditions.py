"""Conditions that are added to what was used, and only there."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.synth.situation import (
    ACCOUNT,
    MANAGEMENT_ONLY,
    allow,
    coverage_of,
    inline,
    managed,
    proposal_for,
    proposals_for,
    role,
    statements_of,
    usage_of,
    use,
    verdict_on,
)
from trailmin.current import AccountSnapshot
from trailmin.policy import Condition
from trailmin.synth import Proposal, Status
from trailmin.synth.model import ContextKey, Mode
from trailmin.usage import Outcome, Use

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
OBJECT = "arn:aws:s3:::photos/a.jpg"
ENDPOINTS = AccountSnapshot(account=ACCOUNT, vpc_endpoints={"vpce-1": "vpc-1", "vpce-2": "vpc-1", "vpce-3": "vpc-3"})
VPCE = frozenset({ContextKey.SOURCE_VPCE})
VPC = frozenset({ContextKey.SOURCE_VPC})
REGION = frozenset({ContextKey.REQUESTED_REGION})


def via(service: str = "secretsmanager.amazonaws.com", **more: Any) -> Use:
    return use("kms:Decrypt", KEY, invoked_by=service, **more)


def get(endpoint: str | None = "vpce-1", **more: Any) -> Use:
    return use("s3:GetObject", OBJECT, vpc_endpoint=endpoint, **more)


def conditions_of(proposal: Proposal, action: str) -> list[object]:
    return [s.get("Condition") for s in statements_of(proposal) if action in s["Action"]]


def test_a_key_used_by_one_service_alone_stays_for_that_service() -> None:
    found = proposal_for(inline(allow(["kms:Decrypt", "kms:Encrypt"])), uses=[via()])
    assert found.status is Status.TIGHTENED
    assert conditions_of(found, "kms:Decrypt") == [
        {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    ]
    verdict = verdict_on(found, "kms:Decrypt")
    assert verdict.conditions[0].key == "kms:ViaService"
    assert "always with kms:ViaService secretsmanager.us-east-1.amazonaws.com" in verdict.reason


def test_each_service_and_region_that_used_a_key_is_listed() -> None:
    uses = [via(), via("s3.amazonaws.com"), via(region="eu-west-1")]
    (condition,) = conditions_of(proposal_for(inline(allow("kms:Decrypt")), uses=uses), "kms:Decrypt")
    assert condition == {
        "StringEquals": {
            "kms:ViaService": [
                "s3.us-east-1.amazonaws.com",
                "secretsmanager.eu-west-1.amazonaws.com",
                "secretsmanager.us-east-1.amazonaws.com",
            ]
        }
    }


@pytest.mark.parametrize(
    "other",
    [
        use("kms:Decrypt", KEY),
        via("AWS Internal"),
        via("ec2.amazonaws.com"),
        use("kms:Decrypt", KEY, outcome=Outcome.UNDETERMINED),
    ],
    ids=["direct", "unnamed service", "service without a name in the key", "undetermined"],
)
def test_one_use_of_a_key_by_other_means_and_no_condition_is_added(other: Use) -> None:
    assert conditions_of(proposal_for(inline(allow("kms:Decrypt")), uses=[via(), other]), "kms:Decrypt") == [None]


def test_a_condition_in_force_is_not_added_to() -> None:
    own = {"StringLike": {"kms:ViaService": "*.us-east-1.amazonaws.com"}}
    found = proposal_for(inline(allow("kms:Decrypt", Condition=own)), uses=[via()])
    assert conditions_of(found, "kms:Decrypt") == [own]


def test_keys_of_the_network_are_added_on_request_only() -> None:
    assert conditions_of(proposal_for(inline(allow("s3:GetObject")), uses=[get()]), "s3:GetObject") == [None]


def test_an_endpoint_that_all_came_through_is_required_on_request() -> None:
    found = proposal_for(inline(allow("s3:GetObject")), uses=[get(), get("vpce-2")], add_conditions=VPCE)
    assert found.status is Status.TIGHTENED, found.reason
    assert conditions_of(found, "s3:GetObject") == [{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}]
    assert found.proof is not None
    assert found.proof.proven
    assert found.replay is not None
    assert found.replay.passed


@pytest.mark.parametrize(
    "other",
    [get(None), get(None, outcome=Outcome.UNDETERMINED), get(invoked_by="athena.amazonaws.com")],
    ids=["not through an endpoint", "undetermined", "by a service"],
)
def test_one_call_by_another_way_and_no_endpoint_is_required(other: Use) -> None:
    found = proposal_for(inline(allow("s3:GetObject")), uses=[get(), other], add_conditions=VPCE)
    assert conditions_of(found, "s3:GetObject") == [None]


def test_many_values_are_no_condition() -> None:
    uses = [get(f"vpce-{n}") for n in range(6)]
    found = proposal_for(inline(allow("s3:GetObject")), uses=uses, add_conditions=VPCE)
    assert conditions_of(found, "s3:GetObject") == [None]


def test_the_vpc_is_required_where_a_snapshot_tells_it() -> None:
    found = proposal_for(
        inline(allow("s3:GetObject")),
        uses=[get(), get("vpce-2")],
        add_conditions=VPC,
        accounts={ACCOUNT: ENDPOINTS},
    )
    assert conditions_of(found, "s3:GetObject") == [{"StringEquals": {"aws:SourceVpc": "vpc-1"}}]
    assert found.replay is not None
    assert found.replay.passed


def test_no_vpc_is_required_where_one_endpoint_is_not_known() -> None:
    found = proposal_for(
        inline(allow("s3:GetObject")),
        uses=[get(), get("vpce-9")],
        add_conditions=VPC,
        accounts={ACCOUNT: ENDPOINTS},
    )
    assert conditions_of(found, "s3:GetObject") == [None]


def test_an_endpoint_of_another_account_has_its_vpc() -> None:
    other = AccountSnapshot(account="999988887777", vpc_endpoints={"vpce-1": "vpc-7"})
    found = proposal_for(
        inline(allow("s3:GetObject")), uses=[get()], add_conditions=VPC, accounts={"999988887777": other}
    )
    assert conditions_of(found, "s3:GetObject") == [{"StringEquals": {"aws:SourceVpc": "vpc-7"}}]


def test_the_region_is_required_on_request() -> None:
    found = proposal_for(inline(allow("s3:GetObject")), uses=[get()], add_conditions=REGION | VPCE)
    assert conditions_of(found, "s3:GetObject") == [
        {"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:SourceVpce": "vpce-1"}}
    ]


def test_what_stays_unseen_gets_no_condition() -> None:
    statement = allow(["s3:GetObject", "s3:CreateBucket"])
    found = proposal_for(
        inline(statement),
        uses=[use("s3:CreateBucket", "arn:aws:s3:::photos", vpc_endpoint="vpce-1")],
        coverage=coverage_of(MANAGEMENT_ONLY),
        add_conditions=VPCE,
    )
    assert conditions_of(found, "s3:GetObject") == [None]
    assert conditions_of(found, "s3:CreateBucket") == [{"StringEquals": {"aws:SourceVpce": "vpce-1"}}]


def test_what_was_used_but_need_not_all_have_shown_gets_no_condition() -> None:
    found = proposal_for(
        inline(allow("s3:GetObject")), uses=[get()], coverage=coverage_of(MANAGEMENT_ONLY), add_conditions=VPCE
    )
    assert conditions_of(found, "s3:GetObject") == [None]


def test_a_mode_that_leaves_resources_adds_no_condition() -> None:
    found = proposal_for(
        inline(allow(["s3:GetObject", "s3:DeleteObject"])), uses=[get()], add_conditions=VPCE, mode=Mode.NARROW_ACTIONS
    )
    assert conditions_of(found, "s3:GetObject") == [None]
    assert verdict_on(found, "s3:GetObject").conditions == ()


def test_roles_that_share_a_policy_each_keep_their_own_way() -> None:
    arns = tuple(f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("one", "two"))
    shared = managed(allow(["s3:GetObject", "s3:PutObject"]), attached_to=arns)
    found = proposals_for(
        [role(shared, name="one"), role(shared, name="two")],
        [usage_of([get()], "one"), usage_of([get("vpce-3")], "two")],
        add_conditions=VPCE,
    )
    conditions = [s["Condition"] for s in statements_of(found["one"], "Shared")]
    assert conditions == [{"StringEquals": {"aws:SourceVpce": name}} for name in ("vpce-1", "vpce-3")]
    assert all(p.replay is not None and p.replay.passed for p in found.values())


_uses = st.lists(
    st.builds(
        get,
        st.sampled_from(["vpce-1", "vpce-2", "vpce-9", None]),
        region=st.sampled_from(["us-east-1", "eu-west-1"]),
        invoked_by=st.sampled_from([None, None, "athena.amazonaws.com"]),
        outcome=st.sampled_from([Outcome.ALLOWED, Outcome.ALLOWED, Outcome.UNDETERMINED]),
    ),
    min_size=1,
    max_size=4,
)


@given(uses=_uses, wanted=st.sets(st.sampled_from(list(ContextKey))))
def test_added_conditions_are_met_by_all_that_was_seen(uses: Sequence[Use], wanted: set[ContextKey]) -> None:
    found = proposal_for(
        inline(allow(["s3:GetObject", "s3:PutObject"])),
        uses=uses,
        add_conditions=frozenset(wanted),
        accounts={ACCOUNT: ENDPOINTS},
    )
    assert found.status is Status.TIGHTENED, found
    for condition in verdict_on(found, "s3:GetObject").conditions:
        assert isinstance(condition, Condition)
        assert not any(u.invoked_by for u in uses)
