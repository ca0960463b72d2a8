"""The promises for policies with principals, as laws: asked of the whole evaluation logic, both sides included."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.synth.access.scene import (
    ACCOUNT,
    GITHUB,
    OTHER,
    QUEUE,
    SUBJECT,
    account_only,
    assumed,
    by_role,
    by_subject,
    caller,
    evidence,
    grant,
    on,
    propose_for,
    propose_trust,
    service,
    trusting,
    use,
)
from trailmin.policy import (
    AccessRequest,
    Caller,
    CallerKind,
    DecisionKind,
    Policy,
    evaluate,
    layers_of,
    parse_caller,
    parse_policy,
    policy_of,
)
from trailmin.synth.access import AccessProposal
from trailmin.synth.model import Options, Status
from trailmin.trail.event import PrincipalKind

ACTIONS = ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteQueue")
BUCKET = "arn:aws:s3:::photos"
PRINCIPALS: tuple[object, ...] = (
    "*",
    {"AWS": f"arn:aws:iam::{OTHER}:root"},
    {"AWS": [OTHER, f"arn:aws:iam::{ACCOUNT}:role/a"]},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    {"AWS": [f"arn:aws:iam::{OTHER}:role/a", f"arn:aws:iam::{OTHER}:role/b"], "Service": "s3.amazonaws.com"},
    {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]},
)
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"Condition": {"StringEquals": {"aws:PrincipalAccount": OTHER}}},
    {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
)
CALLERS = [
    *(parse_caller(f"arn:aws:iam::{account}:role/{name}") for account in (ACCOUNT, OTHER) for name in ("a", "b")),
    *(parse_caller(name) for name in ("s3.amazonaws.com", "sns.amazonaws.com", "*", OTHER)),
]
CONTEXTS: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {"aws:SecureTransport": ("true",)},
    {"aws:SecureTransport": ("false",)},
    {"aws:SecureTransport": ("true",), "aws:SourceArn": (BUCKET,), "aws:SourceAccount": (ACCOUNT,)},
    {"aws:SecureTransport": ("true",), "aws:SourceArn": ("arn:aws:s3:::other",), "aws:SourceAccount": (OTHER,)},
)
EVERYTHING = parse_policy({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

statements = st.builds(
    lambda effect, principal, actions, condition: {
        **grant(principal, actions, QUEUE), "Effect": effect, **condition,
    },
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    st.sampled_from(PRINCIPALS),
    st.one_of(st.just("sqs:*"), st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)),
    st.sampled_from(CONDITIONS),
)  # fmt: skip
seen = st.lists(
    st.one_of(
        st.builds(
            lambda account, name, action: caller(account, name, use(action, QUEUE)),
            st.sampled_from([ACCOUNT, OTHER]),
            st.sampled_from("ab"),
            st.sampled_from(ACTIONS),
        ),
        st.builds(
            lambda name, action: service(name, use(action, QUEUE)),
            st.sampled_from(["s3.amazonaws.com", "sns.amazonaws.com"]),
            st.sampled_from(ACTIONS),
        ),
        st.builds(lambda action: account_only(OTHER, use(action, QUEUE)), st.sampled_from(ACTIONS)),
    ),
    max_size=4,
)


def after(proposal: AccessProposal) -> Policy:
    if not proposal.is_emitted:
        return proposal.policy.policy
    if proposal.new_text is None:
        return policy_of(())
    return parse_policy(proposal.new_text, kind="trust" if proposal.is_trust else "resource")


def allowed(
    policy: Policy, who: Caller, action: str, resource: str, context: Mapping[str, tuple[str, ...]], *, own: bool
) -> bool:
    """Whether the whole logic allows it, with identity policies that allow everything (`own`) or none."""
    layers = layers_of(identity=[EVERYTHING] if own else [], resource=policy)
    request = AccessRequest(action=action, resource=resource, caller=who, account=ACCOUNT, context=context)
    return evaluate(request, layers).decision is DecisionKind.ALLOWED


@settings(max_examples=60)
@given(st.lists(statements, min_size=1, max_size=3), seen, st.booleans(), st.booleans())
def test_nobody_is_let_in_who_was_not_and_nobody_who_called_is_shut_out(
    written: list[dict[str, Any]], principals: list[Any], linked: bool, strangers: bool
) -> None:
    links = [("s3.amazonaws.com", BUCKET, QUEUE)] if linked else []
    told = evidence(*principals, strangers=[(OTHER, "sqs.amazonaws.com")] if strangers else [])
    policy = on(QUEUE, *written)
    proposal = propose_for(policy, told, Options(ignore_guards=True), links=links)
    assert proposal.status is not Status.WITHHELD, (proposal.proof, proposal.replay)
    new = after(proposal)
    for who in CALLERS:
        for action in (*ACTIONS, "sqs:SomethingNew"):
            for context in CONTEXTS:
                for own in (True, False):
                    old_way = allowed(policy.policy, who, action, QUEUE, context, own=own)
                    assert old_way or not allowed(new, who, action, QUEUE, context, own=own), (who, action, context)
    for principal in principals:
        for one in principal.uses:
            _keeps_both_sides(policy.policy, new, principal, one.action, linked=linked, strangers=strangers)


def _keeps_both_sides(old: Policy, new: Policy, principal: Any, action: str, *, linked: bool, strangers: bool) -> None:
    """A call of the window that both sides let through is let through still."""
    for who in _may_have_called(principal, strangers=strangers):
        for context in CONTEXTS:
            is_configured = context.get("aws:SourceArn") == (BUCKET,)
            if linked and who.name == "s3.amazonaws.com" and not is_configured:
                continue
            if allowed(old, who, action, QUEUE, context, own=True):
                assert allowed(new, who, action, QUEUE, context, own=True), (who, action, context)


def _may_have_called(principal: Any, *, strangers: bool) -> list[Caller]:
    if principal.kind is PrincipalKind.SERVICE:
        return [Caller(kind=CallerKind.SERVICE, name=principal.name)]
    if principal.kind is PrincipalKind.ACCOUNT:
        return [who for who in CALLERS if who.account == OTHER] if strangers else []
    return [parse_caller(principal.arn)]


TRUSTED: tuple[object, ...] = (
    {"AWS": f"arn:aws:iam::{OTHER}:root"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    {"AWS": [OTHER, f"arn:aws:iam::{ACCOUNT}:role/a"]},
    {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
    "*",
)
assumptions = st.lists(
    st.one_of(
        st.builds(
            lambda account, name, external: by_role(account, name, external_id=external),
            st.sampled_from([ACCOUNT, OTHER]),
            st.sampled_from("ab"),
            st.sampled_from([None, "e-1", "e-2"]),
        ),
        st.builds(
            lambda name: assumed(kind=PrincipalKind.SERVICE, name=name),
            st.sampled_from(["lambda.amazonaws.com", "ec2.amazonaws.com"]),
        ),
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(TRUSTED), min_size=1, max_size=2), assumptions)
def test_a_trust_policy_lets_in_no_more_and_keeps_whoever_came(principals: list[object], came: list[Any]) -> None:
    held = trusting(*(grant(principal, "sts:AssumeRole") for principal in principals))
    assert held.trust is not None
    assert held.arn is not None
    proposal = propose_trust(held, evidence(assumptions=came), Options(ignore_guards=True))
    assert proposal.status is not Status.WITHHELD, (proposal.proof, proposal.replay)
    new = after(proposal)
    services = [Caller(kind=CallerKind.SERVICE, name=name) for name in ("lambda.amazonaws.com", "ec2.amazonaws.com")]
    for who in (*CALLERS, *services):
        for external in ((), ("e-1",), ("e-3",)):
            context = {"sts:ExternalId": external} if external else {}
            for own in (True, False):
                old_way = allowed(held.trust, who, "sts:AssumeRole", held.arn, context, own=own)
                assert old_way or not allowed(new, who, "sts:AssumeRole", held.arn, context, own=own), who
    for one in came:
        who = parse_caller(one.arn) if one.arn else Caller(kind=CallerKind.SERVICE, name=one.name)
        given_id = {"sts:ExternalId": (one.external_id,)} if one.external_id else {}
        if allowed(held.trust, who, "sts:AssumeRole", held.arn, given_id, own=True):
            assert allowed(new, who, "sts:AssumeRole", held.arn, given_id, own=True), who


@settings(max_examples=60)
@given(
    st.lists(
        st.from_regex(r"repo:o/[ab]:(ref:refs/(heads|tags)/[a-z*]{1,3}|pull_request)", fullmatch=True), max_size=6
    ),
    st.sampled_from(
        [{}, {"StringLike": {SUBJECT: "repo:o/*"}}, {"StringEquals": {SUBJECT: ["repo:o/a:pull_request"]}}]
    ),
)
def test_every_subject_that_came_may_come_again(subjects: list[str], condition: dict[str, Any]) -> None:
    held = trusting(grant({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", Condition=condition))
    assert held.trust is not None
    assert held.arn is not None
    came = [by_subject(subject) for subject in subjects]
    proposal = propose_trust(held, evidence(assumptions=came), Options(ignore_guards=True))
    new = after(proposal)
    who = Caller(kind=CallerKind.FEDERATED, name=GITHUB)
    for subject in subjects:
        asked = ("sts:AssumeRoleWithWebIdentity", held.arn, {SUBJECT: (subject,)})
        if allowed(held.trust, who, *asked, own=False):
            assert allowed(new, who, *asked, own=False)


def test_the_law_of_two_sides_is_not_empty() -> None:
    told = evidence(caller(OTHER, "a", use("sqs:SendMessage", QUEUE)))
    proposal = propose_for(on(QUEUE, grant({"AWS": OTHER}, "sqs:*", QUEUE)), told)
    who = parse_caller(f"arn:aws:iam::{OTHER}:role/a")
    other = replace(who, name=f"arn:aws:iam::{OTHER}:role/b")
    assert allowed(after(proposal), who, "sqs:SendMessage", QUEUE, {}, own=True)
    assert not allowed(after(proposal), other, "sqs:SendMessage", QUEUE, {}, own=True)
    assert not allowed(after(proposal), who, "sqs:SendMessage", QUEUE, {}, own=False)
