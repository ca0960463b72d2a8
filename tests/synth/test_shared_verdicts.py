from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.synth.situation import ACCOUNT, CATALOG, NOON, allow, coverage_of, inline, role, usage_of, use
from trailmin.current import StateInForce
from trailmin.synth import Evidence, Options, Proposal, propose
from trailmin.usage import UnmappedCalls

WIDE = allow(["sqs:*", "logs:*", "iam:PassRole", "lambda:GetLayer*"])
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
USES = (
    use("sqs:SendMessage", QUEUE),
    use("sqs:DeleteQueue", QUEUE),
    use("logs:CreateLogStream", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/app:log-stream:a"),
    use("logs:DescribeLogGroups"),
)
UNMAPPED = (UnmappedCalls(event_source="sqs.amazonaws.com", event_name="Brew", reason="unknown", count=1),)


def proposals_for(names: Sequence[str], kinds: Sequence[int]) -> tuple[Proposal, ...]:
    """Of roles with one statement, who differ in what they did and since when they are there."""
    roles, usage = [], []
    for name, kind in zip(names, kinds, strict=True):
        made = role(inline(WIDE), created=NOON if kind == 5 else None)
        roles.append(replace(made, name=name, arn=f"arn:aws:iam::{ACCOUNT}:role/{name}"))
        done = usage_of([one for number, one in enumerate(USES) if number != kind % len(USES)])
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        usage.append(replace(done, name=name, arn=arn, unmapped=UNMAPPED if kind == 4 else ()))
    evidence = Evidence(usage=usage, coverage=coverage_of())
    return propose(StateInForce(roles=tuple(roles)), evidence, CATALOG, Options())


@given(st.lists(st.integers(0, 5), min_size=2, max_size=4))
@settings(max_examples=8)
def test_a_role_is_judged_among_others_as_it_is_alone(kinds: list[int]) -> None:
    names = [f"role-{number}" for number in range(len(kinds))]
    together = proposals_for(names, kinds)
    assert together == tuple(
        one for name, kind in zip(names, kinds, strict=True) for one in proposals_for([name], [kind])
    )


def test_what_two_roles_hold_and_neither_used_is_judged_once() -> None:
    first, second = proposals_for(["first", "second"], [0, 1])
    shared = {id(v) for v in first.verdicts} & {id(v) for v in second.verdicts}
    assert len(shared) > len(first.verdicts) // 2
