"""The rules of SARIF logs that are about policies with principals, and what is said under them."""

from dataclasses import dataclass

from trailmin.report.escape import visible
from trailmin.synth.access.model import AccessFinding, AccessProposal, FindingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, as code scanning shows it."""

    id: str
    name: str
    text: str
    help: str
    level: str
    """`warning` or `note`."""


_TEXTS = {
    FindingKind.PUBLIC: ("A policy lets in anybody.", "Name those who need it, or add aws:PrincipalOrgID.", "warning"),
    FindingKind.CROSS_ACCOUNT: (
        "A policy lets in another account.",
        "Make sure that the account is known, and name the roles of it that need access.",
        "note",
    ),
    FindingKind.CONFUSED_DEPUTY: (
        "A policy lets in a service on behalf of anybody.",
        "Add aws:SourceArn or aws:SourceAccount, where the service sends it.",
        "warning",
    ),
    FindingKind.NO_EXTERNAL_ID: (
        "A third party may assume a role without an external id.",
        "Agree on an external id, and add StringEquals sts:ExternalId.",
        "warning",
    ),
    FindingKind.WIDE_SUBJECT: (
        "A web identity's subject is not tied to what is the team's own.",
        "Name the repository, and a branch or an environment, in the condition on the subject.",
        "warning",
    ),
    FindingKind.UNUSED_PRINCIPAL: (
        "A policy lets in somebody who did not come.",
        "Merge the proposal, or pin the statement with a Sid that starts with Keep.",
        "warning",
    ),
    FindingKind.WILDCARD: (
        "A policy lets in a whole account, or everybody within its conditions.",
        "Name those who need it.",
        "note",
    ),
}


def _rule(kind: FindingKind) -> Rule:
    text, help_text, level = _TEXTS[kind]
    name = "".join(word.capitalize() for word in kind.value.split("-"))
    return Rule(id=f"access-{kind.value}", name=f"Access{name}", text=text, help=help_text, level=level)


ACCESS_RULES = {kind: _rule(kind) for kind in FindingKind}
"""The rule of each kind of finding."""


def access_message(proposal: AccessProposal, finding: AccessFinding) -> str:
    """Return what is said of one finding, with what would mend it."""
    label, principal = visible(proposal.policy.label), visible(finding.principal)
    advice = f" To mend it: {visible(finding.advice)}." if finding.advice else ""
    return f"{label[:1].upper()}{label[1:]}, {principal}: {visible(finding.text)}.{advice}"
