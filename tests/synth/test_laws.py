"""The promises as laws, over small policies, uses and selectors of the real catalog."""

import json
import random
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.synth.situation import (
    ACCOUNT,
    EVERYTHING,
    MANAGEMENT_ONLY,
    S3,
    allow,
    coverage_of,
    inline,
    managed,
    proposals_for,
    role,
    select,
    unmapped,
    usage_of,
    use,
)
from trailmin.current import PolicyInForce
from trailmin.policy import Proven, included, included_by_containment, parse_policy
from trailmin.synth import Proposal, Status, Verdict
from trailmin.synth.model import Mode
from trailmin.trail.selectors import EventSelectors
from trailmin.usage import Basis, Outcome, UnmappedCalls, Use

TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}"
LOGS = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
SEEN = {
    "s3:GetObject": ["arn:aws:s3:::a/k", "arn:aws:s3:::b/x/y", "arn:aws:s3:::a/${*}", "*"],
    "s3:PutObject": ["arn:aws:s3:::a/k", "arn:aws:s3:::c/*"],
    "s3:ListBucket": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
    "s3:ListAllMyBuckets": ["*"],
    "dynamodb:GetItem": [f"{TABLE}/T", f"{TABLE}/U"],
    "dynamodb:CreateTable": [f"{TABLE}/T"],
    "sqs:SendMessage": [f"{QUEUE}:q", f"{QUEUE}:r"],
    "logs:CreateLogStream": [f"{LOGS}/f:log-stream:1", f"{LOGS}/g:log-stream:1"],
    "lambda:CreateFunction": [f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"],
    "iam:PassRole": [f"{ROLES}/x", f"{ROLES}/y", f"{ROLES}/*"],
    "kms:Decrypt": ["*", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"],
}
ACTIONS = (
    *SEEN, "s3:*", "s3:Get*", "s3:*Object", "dynamodb:*Item", "dynamodb:*", "sqs:*", "logs:*", "logs:PutLogEvents",
    "s3:NoSuchThing", "S3:getOBJECT",
)  # fmt: skip
RESOURCES = (
    "*", "arn:aws:s3:::*", "arn:aws:s3:::a/*", "arn:aws:s3:::?", "arn:aws:s3:::a/${aws:username}*", f"{TABLE}/*",
    f"{QUEUE}:q", f"{ROLES}/x", "arn:aws:*:us-east-1:*:*",
)  # fmt: skip
CONDITIONS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {"Bool": {"aws:SecureTransport": "true"}}, {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"StringLike": {"iam:PassedToService": "lambda*"}},
)  # fmt: skip
SELECTORS = (
    EVERYTHING, select(*S3), select("AWS::S3::Object"), select(*S3, starts_with="arn:aws:s3:::a/"), MANAGEMENT_ONLY,
    None,
)  # fmt: skip
QUICK = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
KEPT = (Status.TIGHTENED, Status.UNCHANGED)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    actions = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3, unique=True))
    resources = draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True))
    condition = draw(st.sampled_from(CONDITIONS))
    shape = draw(st.integers(0, 9))
    found = allow(actions, resources, **({"Condition": condition} if condition else {}))
    if shape == 0:
        found["NotResource"] = [r for r in found.pop("Resource") if r != "*"] or ["arn:aws:s3:::a/*"]
    elif shape == 1:
        found |= {
            "NotAction": [a for a in found.pop("Action") if a != "*"] or ["iam:*"],
            "Resource": "arn:aws:s3:::a/*",
        }
    elif shape == 2:
        found["Effect"] = "Deny"
    return found


@st.composite
def policies(draw: st.DrawFn) -> PolicyInForce:
    version = draw(st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]))
    return inline(*draw(st.lists(statements(), min_size=1, max_size=3)), version=version)


@st.composite
def one_use(draw: st.DrawFn) -> Use:
    action = draw(st.sampled_from(sorted(SEEN)))
    outcome = draw(st.sampled_from([Outcome.ALLOWED, Outcome.ALLOWED, Outcome.UNDETERMINED, Outcome.DENIED]))
    passed = draw(st.sampled_from([None, "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]))
    return use(
        action,
        draw(st.sampled_from(SEEN[action])),
        outcome=outcome,
        basis=Basis.PASSED_ROLE if action == "iam:PassRole" else Basis.SAME_NAME,
        passed_to=passed if action == "iam:PassRole" else None,
        required=draw(st.booleans()),
        vpc_endpoint=draw(st.sampled_from([None, "vpce-1"])),
    )


USES = st.lists(one_use(), max_size=6)
UNMAPPED = st.lists(st.sampled_from([unmapped("s3.amazonaws.com"), unmapped("new.amazonaws.com")]), max_size=1)


def propose_for(
    policy: PolicyInForce,
    uses: list[Use],
    selectors: EventSelectors | None = EVERYTHING,
    unknown: list[UnmappedCalls] | None = None,
    **options: Any,
) -> Proposal:
    usage = usage_of(uses, unmapped=unknown or ())
    return proposals_for([role(policy)], [usage], coverage=coverage_of(selectors), **options)["worker"]


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "resources": st.sampled_from(["exact", "pattern", "parent"]),
        "mode": st.sampled_from([Mode.NARROW_ACTIONS, Mode.NARROW_RESOURCES, Mode.FULL]),
        "drop_unobservable": st.sampled_from([frozenset(), frozenset({"logs", "s3"})]),
        "keep_actions": st.sampled_from([(), ("s3:Get*",)]),
        "keep_resources": st.sampled_from([(), ("arn:aws:s3:::a/*",)]),
    },
)


def texts(proposal: Proposal) -> list[str]:
    held = {p.name: p.text for p in proposal.role.policies}
    for change in proposal.changes:
        held.pop(change.policy.name if change.policy else "", None)
        if change.new_text is not None:
            held[change.name] = change.new_text
    return list(held.values())


def kept(proposal: Proposal) -> set[tuple[int, str]]:
    return {(v.statement, v.action) for v in proposal.verdicts if v.kept or v.verdict is Verdict.NOT_OBSERVABLE}


@QUICK
@given(policies(), USES, st.sampled_from(SELECTORS), UNMAPPED, OPTIONS)
def test_what_is_proposed_grants_nothing_new_and_loses_no_call_whatever_the_options(
    policy: PolicyInForce,
    uses: list[Use],
    selectors: EventSelectors | None,
    unknown: list[UnmappedCalls],
    options: dict[str, Any],
) -> None:
    found = propose_for(policy, uses, selectors, unknown, **options)
    assert found.status in KEPT, (found.proof, found.replay)
    new = [parse_policy(text) for text in texts(found)]
    assert isinstance(included_by_containment(new, [policy.policy]), Proven)
    assert found.replay is None or found.replay.passed
    for statement in json.loads(policy.text)["Statement"]:
        if statement["Effect"] == "Deny":
            assert any(statement in json.loads(text)["Statement"] for text in texts(found))


@QUICK
@given(policies(), USES)
def test_denied_calls_change_nothing(policy: PolicyInForce, uses: list[Use]) -> None:
    without = [u for u in uses if u.outcome is not Outcome.DENIED]
    assert texts(propose_for(policy, uses)) == texts(propose_for(policy, without))


@QUICK
@given(policies(), USES, st.sampled_from(SELECTORS))
def test_fewer_logs_remove_no_more(policy: PolicyInForce, uses: list[Use], fewer: EventSelectors | None) -> None:
    less, more = propose_for(policy, uses, fewer), propose_for(policy, uses)
    assert kept(more) <= kept(less)
    with_less, with_more = ([parse_policy(text) for text in texts(found)] for found in (less, more))
    assert isinstance(included(with_more, with_less), Proven)


@QUICK
@given(policies(), USES, USES, st.sampled_from(SELECTORS))
def test_more_evidence_takes_nothing_that_was_used_for_unused(
    policy: PolicyInForce, uses: list[Use], more: list[Use], selectors: EventSelectors | None
) -> None:
    first, second = propose_for(policy, uses, selectors), propose_for(policy, [*uses, *more], selectors)
    used = {(v.statement, v.action) for v in first.verdicts if v.verdict in {Verdict.USED, Verdict.IMPLIED}}
    assert not used & {(v.statement, v.action) for v in second.verdicts if v.verdict is Verdict.UNUSED}


@QUICK
@given(policies(), USES, one_use(), st.sampled_from(SELECTORS))
def test_another_use_loses_no_call(
    policy: PolicyInForce, uses: list[Use], more: Use, selectors: EventSelectors | None
) -> None:
    found = propose_for(policy, [*uses, more], selectors)
    assert found.status in KEPT
    first = propose_for(policy, uses, selectors)
    gone = {a for _, a in kept(first)} - {a for _, a in kept(found)}
    # What went rests on another statement that grants the action; the action itself stays with the role.
    assert not gone & {u.action for u in uses if u.outcome is Outcome.ALLOWED}


@QUICK
@given(policies(), policies(), USES, USES, st.randoms(use_true_random=False))
def test_the_order_of_roles_and_uses_does_not_matter(
    first: PolicyInForce, second: PolicyInForce, uses: list[Use], others: list[Use], order: random.Random
) -> None:
    arns = tuple(f"{ROLES}/{name}" for name in ("a", "b"))
    shared = managed(allow(["s3:*", "sqs:SendMessage"]), attached_to=arns)
    roles = [role(first, shared, name="a"), role(replace(second, role_name="b"), shared, name="b")]
    one = proposals_for(roles, [usage_of(uses, "a"), usage_of(others, "b")])
    shuffled = [sorted(found, key=lambda _: order.random()) for found in (uses, others)]
    two = proposals_for(roles[::-1], [usage_of(shuffled[1], "b"), usage_of(shuffled[0], "a")])
    assert {name: texts(p) for name, p in one.items()} == {name: texts(p) for name, p in two.items()}
    assert {name: p.verdicts for name, p in one.items()} == {name: p.verdicts for name, p in two.items()}
    assert all(p.status in KEPT for p in one.values())
