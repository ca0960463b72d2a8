"""What somebody should look at in a policy on a resource or in a trust policy, beside what is proposed.

Sources: IAM User Guide, "The confused deputy problem", "How to use an external ID when granting access to your AWS
resources to a third party"; "Create a role for OpenID Connect federation" (conditions for GitHub's OIDC provider).
"""

from collections.abc import Iterator

from trailmin.synth.access.calls import EXTERNAL_ID, provider_name
from trailmin.synth.access.judge import Standing, is_own_account, principal_text
from trailmin.synth.access.model import AccessFinding, FindingKind
from trailmin.synth.access.subjects import is_wide_subject
from trailmin.synth.access.view import StatementView, account_of, is_whole_account

_Principal = tuple[str, str]

_WITHOUT_SOURCE = frozenset({"ec2.amazonaws.com", "lambda.amazonaws.com", "edgelambda.amazonaws.com"})
"""Services that assume roles only for what was created with `iam:PassRole` in the role's account."""

_WIDE_BRANCH = ":*"


def findings_of(
    view: StatementView, judged: dict[_Principal, dict[str, Standing]], *, is_tied: bool
) -> Iterator[AccessFinding]:
    """Yield the findings on an Allow statement.

    Args:
        view: The statement.
        judged: Its verdicts.
        is_tied: Whether what is proposed ties services to their sources.
    """
    if view.statement.not_principals:
        yield _finding(view, FindingKind.PUBLIC, "NotPrincipal", "allows everybody but those whom it names")
    for principal in view.principals:
        yield from _of_principal(view, principal, judged.get(principal, {}), is_tied=is_tied)


def _of_principal(
    view: StatementView, principal: _Principal, judged: dict[str, Standing], *, is_tied: bool
) -> Iterator[AccessFinding]:
    kind, value = principal
    if judged and not any(one.stays for one in judged.values()):
        yield _finding(view, FindingKind.UNUSED_PRINCIPAL, principal_text(principal), "was not seen")
    if value == "*" and kind in {"*", "AWS"}:
        yield from _everybody(view, principal, judged)
    elif kind == "AWS":
        yield from _account(view, principal, judged)
    elif kind == "Service":
        yield from _service(view, principal, is_tied=is_tied)
    elif kind == "Federated":
        yield from _federated(view, principal)


def _everybody(view: StatementView, principal: _Principal, judged: dict[str, Standing]) -> Iterator[AccessFinding]:
    if not view.is_restricted:
        seen = _anonymous(judged)
        advice = None if seen else "name those who need it, or add aws:PrincipalOrgID"
        yield _finding(view, FindingKind.PUBLIC, principal[1], f"anybody may{seen}", advice)
    elif not view.has_key("aws:sourcearn"):
        text = "everybody within what its conditions leave"
        yield _finding(view, FindingKind.WILDCARD, principal[1], text)


def _anonymous(judged: dict[str, Standing]) -> str:
    count = sum(c.evidence.calls for one in judged.values() for c in one.calls if c.kind.value == "anonymous")
    return f", and anonymous callers did in {count} calls" if count else ""


def _account(view: StatementView, principal: _Principal, judged: dict[str, Standing]) -> Iterator[AccessFinding]:
    value = principal[1]
    account = account_of(value)
    if account is None or account == view.facts.policy.account:
        if view.facts.is_trust and is_own_account(view, principal):
            text = "every principal of the account that its identity policies let assume roles"
            yield _finding(view, FindingKind.WILDCARD, value, text)
        return
    members = view.facts.organization.accounts if view.facts.organization is not None else None
    where = "" if members is None else (" of the organization" if account in members else " outside the organization")
    used = "used" if any(one.calls for one in judged.values()) else "not seen in use"
    what = "all of account" if is_whole_account(value) else "account"
    yield _finding(view, FindingKind.CROSS_ACCOUNT, value, f"{what} {account}{where} has access, {used}")
    is_ours = members is not None and account in members
    if view.facts.is_trust and not is_ours and not view.has_key(EXTERNAL_ID):
        yield _finding(
            view,
            FindingKind.NO_EXTERNAL_ID,
            value,
            f"account {account} may assume the role without an external id",
            "agree on an external id with whoever runs that account, and add StringEquals sts:ExternalId",
        )


def _service(view: StatementView, principal: _Principal, *, is_tied: bool) -> Iterator[AccessFinding]:
    service = principal[1]
    keys = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner")
    if any(view.has_key(key) for key in keys) or (view.facts.is_trust and service in _WITHOUT_SOURCE):
        return
    text = f"{service} may act on behalf of anybody's resources: neither aws:SourceArn nor aws:SourceAccount"
    account = view.facts.policy.account
    advice = None if is_tied else f'add StringEquals aws:SourceAccount "{account}", where the service sends it'
    yield _finding(view, FindingKind.CONFUSED_DEPUTY, principal_text(principal), text, advice)


def _federated(view: StatementView, principal: _Principal) -> Iterator[AccessFinding]:
    if not view.facts.is_trust or "saml-provider/" in principal[1]:
        return
    provider = provider_name(principal[1])
    subject = f"{provider}:sub".lower()
    patterns = [v for c in view.statement.conditions if c.key.lower() == subject for v in c.values]
    if not patterns:
        text = f"any subject of {provider} may assume the role"
        yield _finding(view, FindingKind.WIDE_SUBJECT, principal_text(principal), text, f"add a condition on {subject}")
    for pattern in patterns:
        if is_wide_subject(pattern):
            text = f"the subject {pattern} is not tied to one repository"
            yield _finding(view, FindingKind.WIDE_SUBJECT, principal_text(principal), text, "name the repository")
        elif pattern.endswith(_WIDE_BRANCH):
            text = f"the subject {pattern} lets in every branch, tag and pull request"
            yield _finding(
                view, FindingKind.WIDE_SUBJECT, principal_text(principal), text, "name a branch or environment"
            )


def _finding(
    view: StatementView, kind: FindingKind, principal: str, text: str, advice: str | None = None
) -> AccessFinding:
    return AccessFinding(
        kind=kind,
        statement=view.statement.index,
        sid=view.statement.sid,
        principal=principal,
        text=text,
        advice=advice,
    )
