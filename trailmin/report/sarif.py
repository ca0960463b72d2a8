"""Findings as SARIF 2.1.0, which code scanning shows beside the lines of the policies in force.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from trailmin import __version__
from trailmin.current import PolicyInForce, ResourcePolicy
from trailmin.policy.json_text import line_and_column, read_json
from trailmin.report.escape import visible
from trailmin.report.listing import list_some
from trailmin.report.sarif_rules import ACCESS_RULES, Rule, access_message
from trailmin.synth.access.model import AccessFinding, AccessProposal
from trailmin.synth.model import GrantVerdict, Proposal, Status, Verdict

Json = dict[str, Any]

_NAMED = 10
"""Actions named in a message."""


_UNUSED = Rule(
    id="unused-grant",
    name="UnusedGrant",
    text="A statement grants actions that the role did not use.",
    help="Every use would have stood in the logs of the whole window, and none did. Merge the proposal, or pin the "
    "statement with a Sid that starts with Keep.",
    level="warning",
)
_WIDE = Rule(
    id="wide-resource",
    name="WideResource",
    text="A statement grants used actions on more resources than the role used.",
    help="Merge the proposal, which names the resources that were used and what matches them.",
    level="note",
)
_IDLE = Rule(
    id="unused-role",
    name="UnusedRole",
    text="A role was not used at all.",
    help="Delete the role, or take away what it is granted.",
    level="warning",
)
_RULES = (_UNUSED, _WIDE, _IDLE, *ACCESS_RULES.values())


def sarif_json(proposals: Sequence[Proposal], access: Sequence[AccessProposal] = ()) -> Json:
    """Return the findings on all roles, and on policies with principals, as a SARIF log.

    A finding keeps its fingerprint from run to run.
    """
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "trailmin",
                        "semanticVersion": __version__,
                        "rules": [_rule_json(rule) for rule in _RULES],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    *(result for proposal in proposals for result in _results(proposal)),
                    *(_access_result(proposal, finding) for proposal in access for finding in proposal.findings),
                ],
            }
        ],
    }


def _rule_json(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.text},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": ["security"]},
    }


def _results(proposal: Proposal) -> Iterator[Json]:
    if proposal.status is Status.UNUSED_ROLE:
        yield _result(_IDLE, proposal, None, None, f"Role {_name(proposal)}: {visible(proposal.reason)}.")
        return
    if not proposal.is_emitted and proposal.status is not Status.OBSERVED:
        return
    policies = {policy.name: policy for policy in proposal.role.policies}
    ordered = sorted(proposal.verdicts, key=lambda v: (v.policy, v.statement, v.action))
    for (name, statement), members in groupby(ordered, key=lambda v: (v.policy, v.statement)):
        of_statement = list(members)
        unused = [v for v in of_statement if v.verdict is Verdict.UNUSED and not v.kept]
        narrowed = [v for v in of_statement if v.kept and v.kept != v.resources and v.evidence.calls]
        policy = policies.get(name)
        if unused:
            yield _result(_UNUSED, proposal, policy, statement, _unused_text(proposal, unused, len(of_statement)))
        if narrowed:
            yield _result(_WIDE, proposal, policy, statement, _wide_text(proposal, narrowed))


def _unused_text(proposal: Proposal, unused: Sequence[GrantVerdict], granted: int) -> str:
    return f"Role {_name(proposal)} did not use {len(unused):,} of {granted:,} granted actions: {_actions(unused)}."


def _wide_text(proposal: Proposal, narrowed: Sequence[GrantVerdict]) -> str:
    seen = sorted({visible(resource) for verdict in narrowed for resource in verdict.kept})
    return f"Role {_name(proposal)} used {_actions(narrowed)} on {list_some(seen, _NAMED)} only."


def _result(rule: Rule, proposal: Proposal, policy: PolicyInForce | None, statement: int | None, message: str) -> Json:
    owner = proposal.role_arn or proposal.role.name
    named = (rule.id, owner, policy.arn or policy.name if policy else "", "" if statement is None else str(statement))
    return {
        "ruleId": rule.id,
        "ruleIndex": _RULES.index(rule),
        "level": rule.level,
        "message": {"text": message},
        "locations": [_location(proposal, policy, statement)],
        "partialFingerprints": _fingerprint(named),
    }


def _access_result(proposal: AccessProposal, finding: AccessFinding) -> Json:
    rule = ACCESS_RULES[finding.kind]
    named = (rule.id, proposal.policy.resource, finding.sid or str(finding.statement), finding.principal)
    return {
        "ruleId": rule.id,
        "ruleIndex": _RULES.index(rule),
        "level": rule.level,
        "message": {"text": access_message(proposal, finding)},
        "locations": [_access_location(proposal.policy, finding.statement)],
        "partialFingerprints": _fingerprint(named),
    }


def _access_location(policy: ResourcePolicy, statement: int) -> Json:
    location: Json = {"logicalLocations": [{"fullyQualifiedName": visible(policy.resource), "kind": "resource"}]}
    source = policy.sources[statement] if statement < len(policy.sources) else None
    if policy.document is not None:
        location["physicalLocation"] = _physical(policy.document.relative, policy.text, statement)
    elif source is not None:
        path = source.placed.source.file.document.relative
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(path, errors="replace")}}
    return location


def _physical(path: str, text: str, statement: int | None) -> Json:
    physical: Json = {"artifactLocation": {"uri": quote(path, errors="replace")}}
    if statement is not None and (line := _line(text, statement)) is not None:
        physical["region"] = {"startLine": line}
    return physical


def _fingerprint(named: Sequence[str]) -> Json:
    return {"trailmin/v1": hashlib.sha256("\0".join(named).encode("utf-8", "replace")).hexdigest()}


def _location(proposal: Proposal, policy: PolicyInForce | None, statement: int | None) -> Json:
    owner = visible(proposal.role_arn or proposal.role.name)
    name = f"{owner}/{visible(policy.name)}" if policy else owner
    location: Json = {"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]}
    document = policy.document if policy else None
    if policy is not None and document is not None:
        location["physicalLocation"] = _physical(document.relative, policy.text, statement)
    return location


def _line(text: str, statement: int) -> int | None:
    """The line on which a statement begins, from 1."""
    member = read_json(text.removeprefix("\ufeff")).member("Statement")
    if member is None:
        return None
    nodes = member.value.items or (member.value,)
    return line_and_column(text, nodes[statement].start)[0] if statement < len(nodes) else None


def _actions(verdicts: Sequence[GrantVerdict]) -> str:
    return list_some([visible(verdict.action) for verdict in verdicts], _NAMED)


def _name(proposal: Proposal) -> str:
    return visible(proposal.role.name)
