"""The promises from log objects to policies, over small worlds: what grants a call is told by this file alone."""

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.job.test_unseen_needs import DAYS, call, proposal
from tests.synth.situation import ACCOUNT, allow
from trailmin.synth import Proposal

QUICK = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
HERE = f"us-east-1:{ACCOUNT}"
OBJECTS, TABLES = "AWS::S3::Object", "AWS::DynamoDB::Table"


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """An operation on one resource, and what IAM is asked for it."""

    source: str
    name: str
    parameters: Any
    action: str
    resource: str
    data_type: str | None = None

    @property
    def is_read(self) -> bool:
        return self.name.startswith(("Describe", "Get", "List"))


def of_object(name: str, bucket: str, key: str) -> Call:
    return Call(
        source="s3",
        name=name,
        parameters={"bucketName": bucket, "key": key},
        action=f"s3:{name}",
        resource=f"arn:aws:s3:::{bucket}/{key}",
        data_type=OBJECTS,
    )


def of_table(name: str, table: str) -> Call:
    arn = f"arn:aws:dynamodb:{HERE}:table/{table}"
    kind = TABLES if name.endswith("Item") else None
    parameters = {"tableName": table}
    return Call(
        source="dynamodb", name=name, parameters=parameters, action=f"dynamodb:{name}", resource=arn, data_type=kind
    )


def of_queue(name: str, queue: str) -> Call:
    named = (
        {"queueName": queue}
        if name == "CreateQueue"
        else {"queueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{queue}"}
    )
    return Call(source="sqs", name=name, parameters=named, action=f"sqs:{name}", resource=f"arn:aws:sqs:{HERE}:{queue}")


ADDRESS = f"arn:aws:ec2:{HERE}:elastic-ip/*"

CALLS = (
    *(of_object("GetObject", bucket, key) for bucket in "ab" for key in ("k", "x/1", "x/2")),
    *(of_object("PutObject", bucket, key) for bucket in "ab" for key in ("k", "x/1", "x/2")),
    *(of_table(name, table) for name in ("GetItem", "PutItem", "DescribeTable", "DeleteTable") for table in "TU"),
    *(of_queue(name, queue) for name in ("GetQueueAttributes", "DeleteQueue") for queue in ("q", "r")),
    Call(source="ec2", name="DescribeVpcs", parameters=None, action="ec2:DescribeVpcs", resource="*"),
    Call(source="ec2", name="AllocateAddress", parameters=None, action="ec2:AllocateAddress", resource=ADDRESS),
)  # fmt: skip
DAILY = of_queue("CreateQueue", "daily")

ACTIONS = (
    "s3:*", "s3:Get*", "s3:PutObject", "dynamodb:*Item", "dynamodb:*", "dynamodb:DeleteTable", "sqs:*",
    "sqs:DeleteQueue", "ec2:DescribeVpcs", "ec2:*Address", "*",
)  # fmt: skip
RESOURCES = (
    "*", "arn:aws:s3:::*", "arn:aws:s3:::a/*", "arn:aws:s3:::b/x/*", "arn:aws:s3:::?/k",
    f"arn:aws:dynamodb:{HERE}:table/T", "arn:aws:dynamodb:*:*:table/*", f"arn:aws:sqs:{HERE}:q",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What the one trail logs."""

    reads: bool
    types: frozenset[str]
    only: str | None
    """Data events of ARNs that begin so."""
    is_known: bool
    """Whether the snapshot tells."""

    def shows(self, one: Call) -> bool:
        if one.data_type is None:
            return self.reads or not one.is_read
        return one.data_type in self.types and one.resource.startswith(self.only or "")

    @property
    def selectors(self) -> Any:
        if not self.is_known:
            return None
        reads = [] if self.reads else [{"Field": "readOnly", "Equals": ["false"]}]
        fields = [[{"Field": "eventCategory", "Equals": ["Management"]}, *reads]]
        starts = [{"Field": "resources.ARN", "StartsWith": [self.only]}] if self.only else []
        for kind in sorted(self.types):
            data = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [kind]}]
            fields.append([*data, *starts])
        return {"AdvancedEventSelectors": [{"FieldSelectors": one} for one in fields]}


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    actions = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True))
    resources = draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True))
    shape = draw(st.integers(0, 9))
    if shape == 0:
        return allow(["dynamodb:DeleteTable", "s3:PutObject"], resources) | {"Effect": "Deny"}
    if shape == 1:
        return {"Effect": "Allow", "NotAction": [a for a in actions if a != "*"] or ["iam:*"], "Resource": resources}
    return allow(actions, resources)


TRAILS = st.builds(
    Logged,
    reads=st.booleans(),
    types=st.frozensets(st.sampled_from([OBJECTS, TABLES])),
    only=st.sampled_from([None, None, "arn:aws:s3:::a/", f"arn:aws:dynamodb:{HERE}:table/T"]),
    is_known=st.sampled_from([True, True, False]),
)
USED = st.lists(st.tuples(st.sampled_from(CALLS), st.integers(0, DAYS - 1)), max_size=6)


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL) is not None


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def covers(statement: dict[str, Any], one: Call) -> bool:
    actions = any(
        matches(p.lower(), one.action.lower()) for p in listed(statement.get("Action") or statement["NotAction"])
    )
    resources = any(matches(p, one.resource) for p in listed(statement["Resource"]))
    return actions is ("Action" in statement) and resources


def allows(found: Iterable[dict[str, Any]], one: Call) -> bool:
    effects = {statement["Effect"] for statement in found if covers(statement, one)}
    return effects == {"Allow"}


def in_force_after(found: Proposal) -> list[dict[str, Any]]:
    texts = {policy.name: policy.text for policy in found.role.policies}
    texts |= {change.name: change.new_text or '{"Statement": []}' for change in found.changes}
    return [statement for text in texts.values() for statement in json.loads(text)["Statement"]]


def recorded(old: Sequence[dict[str, Any]], trail: Logged, used: Iterable[tuple[Call, int]]) -> list[dict[str, Any]]:
    """The records of what the trail logs of calls, which succeed where the policy allows them."""
    made = [*((DAILY, day) for day in range(DAYS)), *used]
    records = []
    for number, (one, day) in enumerate(made):
        if trail.shows(one):
            more: dict[str, Any] = {} if one is DAILY or allows(old, one) else {"errorCode": "AccessDenied"}
            category = "Data" if one.data_type is not None else "Management"
            more |= {"eventCategory": category, "eventID": f"e-{number}"}
            records.append(call(one.source, one.name, one.parameters, day, **more))
    return records


@QUICK
@given(st.lists(statements(), min_size=1, max_size=3), TRAILS, USED)
def test_nothing_is_granted_anew_and_nothing_goes_that_was_used_or_could_not_have_shown(
    old: list[dict[str, Any]], trail: Logged, used: list[tuple[Call, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = proposal(Path(folder), *old, calls=recorded(old, trail, used), selectors=trail.selectors)
    new = in_force_after(found)
    worked = {one for one, _ in used if allows(old, one)}
    for one in CALLS:
        assert allows(old, one) or not allows(new, one), f"{one.action} on {one.resource} is new"
        if allows(old, one) and not allows(new, one):
            assert one not in worked, f"{one.action} on {one.resource} was used"
            assert trail.shows(one), f"{one.action} on {one.resource} would not have shown"
