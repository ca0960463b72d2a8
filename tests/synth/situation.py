"""A role, what it did and what the log could have shown, in few words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from trailmin.catalog import load_catalog
from trailmin.current import AccountSnapshot, PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.policy import parse_policy
from trailmin.synth import Evidence, GrantVerdict, Options, Proposal, propose
from trailmin.synth.snapshot_facts import with_snapshot_facts
from trailmin.trail.event import PrincipalKind
from trailmin.trail.selectors import EventSelectors, parse_event_selectors
from trailmin.usage import (
    AccountCoverage,
    Basis,
    Coverage,
    Outcome,
    PolicyChangeEvent,
    PrincipalUsage,
    UnmappedCalls,
    Use,
)

CATALOG = load_catalog()
ACCOUNT = "111122223333"
REGION = "us-east-1"
SINCE, UNTIL = date(2026, 9, 1), date(2026, 10, 15)
DAYS = tuple(SINCE + timedelta(days=n) for n in range((UNTIL - SINCE).days + 1))
NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)

MANAGEMENT = {"ReadWriteType": "All", "IncludeManagementEvents": True}


def select(*data_types: str, starts_with: str | None = None) -> EventSelectors:
    """All management events, and the data events of some types."""
    fields = [{"Field": "eventCategory", "Equals": ["Data"]}]
    arn = [{"Field": "resources.ARN", "StartsWith": [starts_with]}] if starts_with else []
    advanced = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}] + [
        {"FieldSelectors": [*fields, {"Field": "resources.type", "Equals": [kind]}, *arn]} for kind in data_types
    ]
    return parse_event_selectors({"AdvancedEventSelectors": advanced})


S3 = ("AWS::S3::Object", "AWS::S3::AccessPoint")
EVERYTHING = select(
    *S3, "AWS::DynamoDB::Table", "AWS::DynamoDB::Stream", "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::SNS::Topic"
)
MANAGEMENT_ONLY = select()


def use(action: str, resource: str = "*", **changes: Any) -> Use:
    prefix, name = action.split(":")
    given: dict[str, Any] = {
        "action": action,
        "resource": resource,
        "outcome": Outcome.ALLOWED,
        "required": True,
        "basis": Basis.SAME_NAME,
        "account": ACCOUNT,
        "region": REGION,
        "vpc_endpoint": None,
        "invoked_by": None,
        "passed_to": None,
        "workload": None,
        "event_source": f"{prefix}.amazonaws.com",
        "event_name": name,
        "count": 3,
        "first_seen": NOON,
        "last_seen": NOON + timedelta(days=30),
        "event_ids": ("e-1",),
    }
    return Use(**given | changes)


def usage_of(
    uses: Iterable[Use],
    name: str = "worker",
    *,
    account: str = ACCOUNT,
    arn: str | None = None,
    dates: Sequence[date] = DAYS,
    unmapped: Iterable[UnmappedCalls] = (),
    workloads: Mapping[str, int] | None = None,
) -> PrincipalUsage:
    found = tuple(uses)
    return PrincipalUsage(
        kind=PrincipalKind.ROLE,
        arn=arn or f"arn:aws:iam::{account}:role/{name}",
        account=account,
        name=name,
        uses=found,
        unmapped=tuple(unmapped),
        events=sum(u.count for u in found),
        denied=sum(u.count for u in found if u.outcome is Outcome.DENIED),
        undetermined=0,
        active_dates=tuple(dates),
        first_seen=NOON,
        last_seen=NOON,
        workloads=dict(workloads or {}),
    )


def unmapped(source: str, name: str = "DoSomethingNew") -> UnmappedCalls:
    return UnmappedCalls(event_source=source, event_name=name, reason="not known", count=1)


def document(*statements: Mapping[str, Any], version: str | None = "2012-10-17") -> str:
    head = {"Version": version} if version else {}
    return json.dumps({**head, "Statement": list(statements)}, indent=2) + "\n"


def allow(actions: str | list[str], resources: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def inline(*statements: Mapping[str, Any], name: str = "Access", role: str = "worker", **more: Any) -> PolicyInForce:
    text = document(*statements, version=more.pop("version", "2012-10-17"))
    given = {"kind": PolicyKind.INLINE, "name": name, "account": ACCOUNT, "arn": None, "role_name": role} | more
    return PolicyInForce(policy=parse_policy(text), text=text, **given)


def managed(*statements: Mapping[str, Any], name: str = "Shared", **more: Any) -> PolicyInForce:
    given = {"kind": PolicyKind.CUSTOMER_MANAGED, "arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}"} | more
    return inline(*statements, name=name, role_name=None, **given)


def aws_managed(*statements: Mapping[str, Any], name: str = "ReadOnly", **more: Any) -> PolicyInForce:
    return managed(
        *statements, name=name, kind=PolicyKind.AWS_MANAGED, **{"arn": f"arn:aws:iam::aws:policy/{name}"} | more
    )


def role(*policies: PolicyInForce, name: str = "worker", account: str | None = ACCOUNT, **more: Any) -> Role:
    given: dict[str, Any] = {"arn": f"arn:aws:iam::{account}:role/{name}", "created": LONG_AGO} | more
    return Role(name=name, account=account, policies=policies, **given)


def coverage_of(selectors: EventSelectors | None = EVERYTHING, *, account: str = ACCOUNT, **changes: Any) -> Coverage:
    given: dict[str, Any] = {
        "account": account,
        "selectors": selectors,
        "dates": frozenset(DAYS),
        "regions": frozenset({REGION}),
        "management_seen": frozenset({True, False}),
    }
    logs = AccountCoverage(**given | changes)
    return Coverage(catalog=CATALOG, since=SINCE, until=UNTIL, accounts={account: logs})


def proposals_for(
    roles: Iterable[Role],
    usage: Iterable[PrincipalUsage],
    *,
    coverage: Coverage | None = None,
    accounts: Mapping[str, AccountSnapshot] | None = None,
    changes: Sequence[PolicyChangeEvent] = (),
    **options: Any,
) -> dict[str, Proposal]:
    state, chosen = StateInForce(roles=tuple(roles), accounts=accounts or {}), Options(**options)
    told = with_snapshot_facts(usage, state, chosen)
    evidence = Evidence(usage=told, coverage=coverage or coverage_of(), changes=changes)
    return {p.role.name: p for p in propose(state, evidence, CATALOG, chosen)}


def proposal_for(*policies: PolicyInForce, uses: Iterable[Use] = (), **more: Any) -> Proposal:
    """The proposal for one role that holds some policies; a use that keeps it active is added."""
    about = {k: more.pop(k) for k in ("unmapped", "workloads", "dates") if k in more}
    held = role(*policies, **{k: more.pop(k) for k in ("boundary", "trust", "created", "tags") if k in more})
    return proposals_for([held], [usage_of(uses, **about)], **more)["worker"]


def text_of(proposal: Proposal, name: str = "Access") -> str | None:
    """The new text of a policy; the old one where it does not change; None where it goes."""
    for change in proposal.changes:
        if name in {change.name, change.policy.name if change.policy else None}:
            return change.new_text
    return next(p.text for p in proposal.role.policies if p.name == name)


def statements_of(proposal: Proposal, name: str = "Access") -> list[dict[str, Any]]:
    text = text_of(proposal, name)
    found = json.loads(text)["Statement"] if text is not None else []
    return [found] if isinstance(found, dict) else list(found)


def granted(proposal: Proposal, name: str = "Access") -> dict[str, list[str]]:
    """Action pattern to its resources in the new text, over all statements."""
    found: dict[str, list[str]] = {}
    for statement in statements_of(proposal, name):
        for action in listed(statement.get("Action", [])):
            found.setdefault(action, []).extend(listed(statement.get("Resource", [])))
    return {action: sorted(resources) for action, resources in sorted(found.items())}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def verdict_on(proposal: Proposal, action: str, policy: str = "Access") -> GrantVerdict:
    (found,) = [v for v in proposal.verdicts if v.action == action and v.policy == policy]
    return found
