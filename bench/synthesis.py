"""Proposals for many roles: judged, tightened, proven and replayed. `python -m bench synthesis`.

Each role is a worker of its own: it reads dated keys, works on a table, a queue and log streams, and is granted five
services whole. What is measured begins with the roll-up in memory and ends with the proposals, without a back-test.
"""

import json
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from trailmin.catalog import load_catalog
from trailmin.current import PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.policy import parse_policy
from trailmin.synth import Evidence, Options, propose
from trailmin.trail.event import PrincipalKind
from trailmin.trail.selectors import parse_event_selectors
from trailmin.usage import AccountCoverage, Basis, Coverage, Outcome, PrincipalUsage, Use

_ACCOUNT, _REGION = "111122223333", "us-east-1"
_DAYS = tuple(date(2026, 9, 1) + timedelta(days=n) for n in range(60))
_KEYS = 60
_TYPES = ("AWS::S3::Object", "AWS::S3::AccessPoint", "AWS::DynamoDB::Table", "AWS::SQS::Queue")
_GRANTED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "sqs:*", "logs:*", "kms:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    ],
}


def measure_synthesis(roles: int) -> None:
    """Print how long the proposals for some roles take."""
    catalog = load_catalog()
    state = StateInForce(roles=tuple(_role(n) for n in range(roles)))
    evidence = Evidence(usage=tuple(_usage(n) for n in range(roles)), coverage=_coverage())
    before = time.process_time()
    proposals = propose(state, evidence, catalog, Options())
    seconds = time.process_time() - before
    statuses = Counter(p.status.value for p in proposals)
    uses = sum(len(p.uses) for p in evidence.usage)
    sys.stdout.write(
        f"{roles:,} roles, {uses:,} distinct authorizations: {seconds:.1f} s CPU, "
        f"{1000 * seconds / roles:.0f} ms a role; {dict(sorted(statuses.items()))}\n"
    )


def _role(n: int) -> Role:
    text = json.dumps(_GRANTED, indent=2)
    name = f"worker-{n:04}"
    held = PolicyInForce(
        kind=PolicyKind.INLINE,
        name="access",
        account=_ACCOUNT,
        arn=None,
        role_name=name,
        policy=parse_policy(text),
        text=text,
    )
    arn = f"arn:aws:iam::{_ACCOUNT}:role/{name}"
    return Role(name=name, account=_ACCOUNT, arn=arn, created=datetime(2025, 1, 1, tzinfo=UTC), policies=(held,))


def _usage(n: int) -> PrincipalUsage:
    keys = [
        f"arn:aws:s3:::jobs-{n:04}/in/{_DAYS[k % 60]:%Y/%m/%d}/{k * 2_654_435_761 % (1 << 32):08x}.json"
        for k in range(_KEYS)
    ]
    local = f"{_REGION}:{_ACCOUNT}"
    uses = [
        *(_use("s3:GetObject", key, k) for k, key in enumerate(keys)),
        _use("s3:ListBucket", f"arn:aws:s3:::jobs-{n:04}"),
        *(
            _use(f"dynamodb:{a}", f"arn:aws:dynamodb:{local}:table/state-{n:04}")
            for a in ("GetItem", "PutItem", "Query")
        ),
        *(_use(f"sqs:{a}", f"arn:aws:sqs:{local}:jobs-{n:04}") for a in ("ReceiveMessage", "DeleteMessage")),
        *(
            _use("logs:CreateLogStream", f"arn:aws:logs:{local}:log-group:/aws/lambda/w-{n:04}:log-stream:{k}", k)
            for k in range(10)
        ),
    ]
    return PrincipalUsage(
        kind=PrincipalKind.ROLE,
        arn=f"arn:aws:iam::{_ACCOUNT}:role/worker-{n:04}",
        account=_ACCOUNT,
        name=f"worker-{n:04}",
        uses=tuple(sorted(uses, key=lambda use: (use.action, use.resource))),
        unmapped=(),
        events=len(uses),
        denied=0,
        undetermined=0,
        active_dates=_DAYS,
        first_seen=None,
        last_seen=None,
        workloads={},
    )


def _use(action: str, resource: str, day: int = 0) -> Use:
    first = datetime.combine(_DAYS[day % len(_DAYS)], datetime.min.time(), UTC)
    prefix, name = action.split(":")
    return Use(
        action=action,
        resource=resource,
        outcome=Outcome.ALLOWED,
        required=True,
        basis=Basis.SAME_NAME,
        account=_ACCOUNT,
        region=_REGION,
        vpc_endpoint=None,
        invoked_by=None,
        passed_to=None,
        workload=None,
        event_source=f"{prefix}.amazonaws.com",
        event_name=name,
        count=1,
        first_seen=first,
        last_seen=first,
        event_ids=("e",),
    )


def _coverage() -> Coverage:
    data = [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [t]}]}
        for t in _TYPES
    ]
    management = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    logs = AccountCoverage(
        account=_ACCOUNT,
        selectors=parse_event_selectors({"AdvancedEventSelectors": [management, *data]}),
        dates=frozenset(_DAYS),
        regions=frozenset({_REGION}),
        management_seen=frozenset({True, False}),
        is_multi_region=True,
    )
    return Coverage(catalog=load_catalog(), since=_DAYS[0], until=_DAYS[-1], accounts={_ACCOUNT: logs})
