"""One role for each workload of a shared one."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.synth.situation import (
    ACCOUNT,
    CATALOG,
    DAYS,
    allow,
    aws_managed,
    coverage_of,
    inline,
    managed,
    role,
    usage_of,
    use,
)
from trailmin.current import AccountSnapshot, EventSourceMapping, LambdaFunction, PolicyInForce, StateInForce
from trailmin.policy import Proven, included, parse_policy
from trailmin.synth import Evidence, Options
from trailmin.synth.match_roles import match_roles
from trailmin.synth.split_roles import NewRole, SplitRole, split_role
from trailmin.usage import Outcome, Use
from trailmin.usage.workloads import SessionDay

ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
GET = use("s3:GetObject", "arn:aws:s3:::photos/a.jpg", workload="resize")
SEND = use("sqs:SendMessage", QUEUE, workload="notify")


def function(name: str, role_arn: str = ROLE) -> LambdaFunction:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    return LambdaFunction(name=name, arn=arn, role_arn=role_arn, log_group=f"/aws/lambda/{name}")


def trust(*services: str, **more: Any) -> Any:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"} | more
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), kind="trust")


LAMBDA_AND_EC2 = trust("lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com")
BOTH = (function("resize"), function("notify"))


def split(
    *policies: PolicyInForce,
    uses: Sequence[Use] = (GET, SEND),
    functions: tuple[LambdaFunction, ...] | None = BOTH,
    mappings: tuple[EventSourceMapping, ...] | None = None,
    days: Sequence[Any] = DAYS,
    **about: Any,
) -> SplitRole | None:
    held = role(*(policies or (inline(allow(["s3:*", "sqs:*"])),)), **{"trust": LAMBDA_AND_EC2} | about)
    snapshot = AccountSnapshot(account=ACCOUNT, functions=functions, event_source_mappings=mappings)
    state = StateInForce(roles=(held,), accounts={ACCOUNT: snapshot})
    usage = usage_of(uses, workloads={u.workload: u.count for u in uses if u.workload})
    session_days = {
        session: [SessionDay(day=day, outcome="allowed", calls=1) for day in days]
        for session in sorted({u.workload for u in uses}, key=str)
    }
    (match,) = match_roles(state, [usage])
    evidence = Evidence(usage=(usage,), coverage=coverage_of())
    return split_role(match, session_days, state, evidence, CATALOG, Options(resources="exact"))


def parts(found: SplitRole | None) -> dict[str, NewRole]:
    assert found is not None
    return {one.workload.name: one for one in found.new_roles}


def stays(found: SplitRole | None) -> dict[str, str]:
    assert found is not None
    return {one.workload.name: one.reason for one in found.remaining}


def actions(one: NewRole) -> list[str]:
    return sorted(
        action for _, text in one.inline for statement in parse_policy(text).statements for action in statement.actions
    )


def test_each_function_gets_a_role_for_its_own_calls() -> None:
    found = parts(split())
    assert {name: one.name for name, one in found.items()} == {"resize": "worker-resize", "notify": "worker-notify"}
    resize = found["resize"]
    assert "s3:GetObject" in actions(resize)
    assert not any(action.startswith("sqs:Send") for action in actions(resize))
    assert "sqs:SendMessage" in actions(found["notify"])
    assert resize.arn == f"arn:aws:iam::{ACCOUNT}:role/worker-resize"
    assert resize.functions == (BOTH[0],)
    for one in found.values():
        assert one.proposal.proof is not None
        assert one.proposal.proof.proven
        assert one.proposal.replay is not None
        assert one.proposal.replay.passed


def test_only_the_workloads_service_may_assume_its_role_and_nobody_new() -> None:
    for one in parts(split()).values():
        (statement,) = one.trust.statements
        assert [(p.kind, p.values) for p in statement.principals] == [("Service", ("lambda.amazonaws.com",))]
        assert isinstance(included([one.trust], [LAMBDA_AND_EC2]), Proven)


def test_conditions_and_denials_of_the_trust_policy_stay() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    one = parts(split(trust=trust("lambda.amazonaws.com", Condition=condition)))["resize"]
    assert one.trust.statements[0].conditions[0].key == "aws:SourceAccount"


def test_a_service_that_the_trust_policy_does_not_let_in_gets_no_role() -> None:
    found = split(trust=trust("ec2.amazonaws.com"))
    assert parts(found) == {}
    assert "lambda.amazonaws.com" in stays(found)["resize"]


def test_instances_and_tasks_come_and_go_and_get_one_role_each_kind() -> None:
    uses = [replace(GET, workload=w) for w in ("i-0123abcd", "i-0123456789abcdef0", "f" * 32)]
    found = parts(split(uses=uses, functions=()))
    assert {name: one.members for name, one in found.items()} == {
        "ec2-instances": ("i-0123456789abcdef0", "i-0123abcd"),
        "ecs-tasks": ("f" * 32,),
    }


def test_a_source_identity_gets_a_role_that_asks_for_it() -> None:
    principal = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    uses = [replace(GET, workload="source-identity/ann"), replace(SEND, workload="source-identity/bob")]
    one = parts(split(uses=uses, trust=trust(**principal)))["ann"]
    assert [(c.key, c.values) for c in one.trust.statements[0].conditions] == [("sts:SourceIdentity", ("ann",))]


def test_sessions_named_by_their_callers_stay_and_say_why() -> None:
    found = split(uses=[GET, SEND, replace(GET, workload="deploy"), replace(GET, workload=None)])
    assert set(parts(found)) == {"resize", "notify"}
    assert stays(found) == dict.fromkeys(
        ("deploy", "without a session"), "its sessions' names were chosen by the caller"
    )


def test_without_the_list_of_functions_nothing_is_told_apart() -> None:
    found = split(functions=None)
    assert parts(found) == {}
    assert all("functions.json" in reason for reason in stays(found).values())


def test_a_function_that_did_not_run_stays() -> None:
    found = split(functions=(*BOTH, function("yearly"), function("elsewhere", f"{ROLE}-2")))
    assert stays(found) == {"yearly": "no call in the window: what it needs is not known"}


def test_a_function_with_too_little_evidence_stays() -> None:
    found = split(days=DAYS[:3])
    assert parts(found) == {}
    assert all("insufficient evidence" in reason for reason in stays(found).values())


def test_what_lambda_polled_is_the_functions_that_reads_it_alone() -> None:
    poll = use("sqs:ReceiveMessage", QUEUE, workload="awslambda_1")
    mapping = EventSourceMapping(function_arn=BOTH[0].arn, source_arn=QUEUE)
    one = split(uses=[GET, SEND, poll], mappings=(mapping,))
    assert "sqs:ReceiveMessage" in actions(parts(one)["resize"])
    assert "awslambda_1" not in stays(one)
    both = split(uses=[GET, SEND, poll], mappings=(mapping, replace(mapping, function_arn=BOTH[1].arn)))
    assert "polls" in stays(both)["awslambda_1"]


def test_what_changes_of_a_managed_policy_is_inline_and_what_stays_is_attached() -> None:
    shared = managed(allow("s3:*"), attached_to=(ROLE, f"{ROLE}-2"))
    whole = aws_managed(allow("sqs:SendMessage", QUEUE))
    found = parts(split(shared, whole))
    assert [name for name, _ in found["resize"].inline] == ["trailmin-Shared"]
    assert found["resize"].attached == ()
    assert found["notify"].attached == (str(whole.arn),)


def test_a_role_of_one_workload_is_not_split() -> None:
    assert split(uses=[GET], functions=BOTH[:1]) is None


def test_names_fit_and_are_free() -> None:
    long = function("a" * 64)
    uses = [replace(GET, workload=long.name), SEND]
    names = [one.name for one in parts(split(uses=uses, functions=(long, BOTH[1]))).values()]
    assert all(len(name) <= 64 for name in names)
    assert len(set(names)) == 2


def test_refused_calls_are_no_evidence_here_either() -> None:
    found = parts(split(uses=[GET, SEND, replace(SEND, workload="resize", outcome=Outcome.DENIED)]))
    assert "sqs:SendMessage" not in actions(found["resize"])


@pytest.mark.parametrize("identity", ["${aws:username}", "*", "a/b"])
def test_an_identity_that_aws_would_not_take_gets_no_role(identity: str) -> None:
    principal = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    uses = [replace(GET, workload=f"source-identity/{identity}"), SEND]
    assert identity in stays(split(uses=uses, trust=trust(**principal)))
