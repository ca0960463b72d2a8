"""The team's own guardrails."""

from dataclasses import replace

from tests.report.example import policy, proposal, put
from trailmin.synth.guardrails import Guardrail, GuardrailKind, with_guardrails
from trailmin.synth.model import Proposal, Status

READ = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
IMAGES = READ.replace('"*"', '"arn:aws:s3:::images/*"')


def rule(
    kind: GuardrailKind, action: str, resource: str = "*", roles: tuple[str, ...] = ("*",), **context: tuple[str, ...]
) -> Guardrail:
    return Guardrail(kind=kind, roles=roles, action=action, resource=resource, context=context)


def checked(*rules: Guardrail, old: str = READ, new: str = IMAGES, status: Status = Status.TIGHTENED) -> Proposal:
    (found,) = with_guardrails([proposal(put(policy(text=old), new), status=status)], rules)
    return found


def test_what_must_never_be_allowed_and_still_is_is_found() -> None:
    found = checked(rule(GuardrailKind.NEVER, "s3:GetObject", "arn:aws:s3:::images/secret"))
    (finding,) = found.guardrails
    assert finding.rule == "must-never: s3:GetObject on arn:aws:s3:::images/secret"
    assert (finding.text, finding.is_open) == ("it is allowed", True)
    assert found.is_emitted


def test_what_the_proposal_closes_is_said() -> None:
    (finding,) = checked(rule(GuardrailKind.NEVER, "s3:GetObject", "arn:aws:s3:::payroll/*")).guardrails
    assert (finding.text, finding.is_open) == ("the proposal closes it", False)


def test_without_a_proposal_it_stays_open() -> None:
    never = rule(GuardrailKind.NEVER, "s3:GetObject", "arn:aws:s3:::payroll/*")
    (finding,) = checked(never, status=Status.INSUFFICIENT_EVIDENCE).guardrails
    assert finding.is_open


def test_a_proposal_that_would_deny_what_must_always_be_allowed_is_withheld() -> None:
    found = checked(rule(GuardrailKind.ALWAYS, "s3:GetObject", "arn:aws:s3:::restore/key"))
    assert found.status is Status.WITHHELD
    assert found.changes == ()
    assert (
        found.reason
        == "it would deny what must always be allowed (must-always: s3:GetObject on arn:aws:s3:::restore/key)"
    )
    assert [finding.is_open for finding in found.guardrails] == [True]


def test_what_must_always_be_allowed_and_never_was_is_found_and_withholds_nothing() -> None:
    found = checked(rule(GuardrailKind.ALWAYS, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q"))
    assert found.is_emitted
    (finding,) = found.guardrails
    assert finding.text == "it is not allowed now"


def test_what_holds_is_not_mentioned() -> None:
    always = rule(GuardrailKind.ALWAYS, "s3:GetObject", "arn:aws:s3:::images/a")
    assert checked(rule(GuardrailKind.NEVER, "iam:CreateUser"), always).guardrails == ()


def test_a_rule_is_for_the_roles_it_names() -> None:
    never = rule(GuardrailKind.NEVER, "s3:GetObject", "arn:aws:s3:::images/a", roles=("ci-*", "*role/deploy"))
    assert checked(never).guardrails == ()
    assert checked(replace(never, roles=("arn:aws:iam::*:role/image-*",))).guardrails != ()


def test_a_context_decides() -> None:
    tls = READ.replace('"Resource": "*"', '"Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}')
    plain = Guardrail(
        kind=GuardrailKind.NEVER,
        roles=("*",),
        action="s3:GetObject",
        resource="arn:aws:s3:::images/a",
        context={"aws:SecureTransport": ("false",)},
    )
    assert checked(plain, old=tls, new=tls).guardrails == ()
    (finding,) = checked(replace(plain, context={}), old=tls, new=tls).guardrails
    assert finding.text == "it is allowed on some resources or under some conditions"
