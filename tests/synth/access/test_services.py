"""Every service whose policies on resources are read: who called stays, nobody else, proven and replayed."""

import pytest

from tests.synth.access.scene import (
    ACCOUNT,
    OTHER,
    REGION,
    caller,
    evidence,
    grant,
    propose_for,
    statements_of,
    use,
)
from tests.synth.situation import document
from trailmin.current import ResourcePolicy
from trailmin.policy import parse_policy
from trailmin.synth.access.check import prove_access
from trailmin.synth.model import Status, Verdict

ROOT = f"arn:aws:iam::{OTHER}:root"
READER = f"arn:aws:iam::{OTHER}:role/reader"
IN_REGION = f"{REGION}:{ACCOUNT}"
SERVICES = {
    "lambda": (f"arn:aws:lambda:{IN_REGION}:function:resize", "lambda:InvokeFunction"),
    "s3": ("arn:aws:s3:::photos", "s3:ListBucket"),
    "sqs": (f"arn:aws:sqs:{IN_REGION}:jobs", "sqs:PurgeQueue"),
    "sns": (f"arn:aws:sns:{IN_REGION}:news", "sns:Publish"),
    "kms": (f"arn:aws:kms:{IN_REGION}:key/11111111-2222-3333-4444-555555555555", "kms:Decrypt"),
    "secretsmanager": (f"arn:aws:secretsmanager:{IN_REGION}:secret:db-AbCdEf", "secretsmanager:GetSecretValue"),
    "ecr": (f"arn:aws:ecr:{IN_REGION}:repository/team/app", "ecr:BatchGetImage"),
    "events": (f"arn:aws:events:{IN_REGION}:event-bus/default", "events:DescribeEventBus"),
}


def policy_on(service: str, *principals: str, sid: str = "Partners") -> ResourcePolicy:
    resource, action = SERVICES[service]
    each = [grant({"AWS": one}, action, resource, Sid=f"{sid}{n}") for n, one in enumerate(principals)]
    text = document(*each)
    policy = parse_policy(text, kind="resource")
    return ResourcePolicy(service=service, resource=resource, account=ACCOUNT, policy=policy, text=text)


@pytest.mark.parametrize("service", SERVICES)
def test_an_account_becomes_the_role_that_called_and_one_that_did_not_call_goes(service: str) -> None:
    resource, action = SERVICES[service]
    policy = policy_on(service, ROOT, "777788889999")
    proposal = propose_for(policy, evidence(caller(OTHER, "reader", use(action, resource))))
    assert [statement["Principal"] for statement in statements_of(proposal)] == [{"AWS": READER}]
    assert proposal.proof is not None
    assert proposal.proof.proven
    assert proposal.replay is not None
    assert proposal.replay.passed
    assert proposal.replay.kept == proposal.replay.calls == 3


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_of_the_resource_s_own_account_is_never_named_where_its_account_was(service: str) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/worker"
    old, new = policy_on(service, f"arn:aws:iam::{ACCOUNT}:root"), policy_on(service, own)
    assert not prove_access(new.policy, old.policy, ACCOUNT).proven


@pytest.mark.parametrize("service", SERVICES)
def test_somebody_who_was_not_let_in_is_refuted(service: str) -> None:
    old, new = policy_on(service, ROOT), policy_on(service, "arn:aws:iam::777788889999:role/reader")
    proof = prove_access(new.policy, old.policy, ACCOUNT)
    assert not proof.proven
    assert proof.reason


def test_a_function_s_parts_each_name_one_principal_under_an_id_of_their_own() -> None:
    resource, action = SERVICES["lambda"]
    policy = policy_on("lambda", ROOT, "777788889999", sid="P")
    seen = [caller(OTHER, name, use(action, resource)) for name in ("a", "b")]
    found = statements_of(propose_for(policy, evidence(*seen)))
    assert [(one["Sid"], one["Principal"]["AWS"].rpartition("/")[2]) for one in found] == [("P0", "a"), ("P02", "b")]


def test_who_calls_an_api_need_not_show_so_that_nobody_is_taken_out() -> None:
    resource = f"arn:aws:execute-api:{IN_REGION}:a1b2c3d4e5"
    text = document(grant({"AWS": ROOT}, "execute-api:Invoke", f"{resource}/*"))
    policy = parse_policy(text, kind="resource")
    api = ResourcePolicy(service="apigateway", resource=resource, account=ACCOUNT, policy=policy, text=text)
    proposal = propose_for(api, evidence())
    assert proposal.status is Status.UNCHANGED
    assert [verdict.verdict for verdict in proposal.verdicts] == [Verdict.NOT_OBSERVABLE]
