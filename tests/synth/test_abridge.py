import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.synth.situation import CATALOG, allow, inline
from trailmin.policy import Statement, action_matches
from trailmin.synth.abridge import abridge, is_inside

EVERY_SQS = CATALOG.expand("sqs:*")
SIZE = sum(len(name) + 3 for name in EVERY_SQS)


def statement(**element: object) -> Statement:
    return inline({"Effect": "Allow", "Resource": "*", **element}).policy.statements[0]


SQS = inline(allow("sqs:*")).policy.statements[0]


@st.composite
def kept(draw: st.DrawFn) -> frozenset[str]:
    return draw(st.frozensets(st.sampled_from(EVERY_SQS), min_size=1))


@given(kept(), st.integers(0, SIZE))
def test_all_that_is_kept_is_matched_and_what_else_is_matched_is_told(names: frozenset[str], room: int) -> None:
    gone = frozenset(EVERY_SQS) - names
    found = abridge(names, gone, SQS, room, weight_of=lambda _: 1.0)
    matched = {name for name in EVERY_SQS if any(action_matches(p, name) for p in found.patterns)}
    assert matched == names | found.stays
    assert found.stays <= gone


@given(kept(), st.integers(0, SIZE))
def test_more_room_never_keeps_more_for_nothing(names: frozenset[str], room: int) -> None:
    gone = frozenset(EVERY_SQS) - names
    narrow, wide = (abridge(names, gone, SQS, r, weight_of=lambda _: 1.0) for r in (room, room + 40))
    assert len(wide.stays) <= len(narrow.stays)
    assert sum(len(p) + 3 for p in wide.patterns) <= max(room + 40, len("sqs:*") + 3)


def test_with_room_for_all_nothing_stays() -> None:
    names = frozenset({"sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage"})
    found = abridge(names, frozenset(EVERY_SQS) - names, SQS, SIZE, weight_of=lambda _: 1.0)
    assert (found.patterns, found.stays) == (("sqs:Get*", "sqs:Send*"), frozenset())


def test_what_matters_more_goes_first() -> None:
    both = statement(Action=["sns:*", "sqs:*"])
    names = frozenset({"sns:Publish", "sqs:SendMessage"})
    gone = frozenset({*CATALOG.expand("sns:*"), *EVERY_SQS}) - names
    found = abridge(names, gone, both, 25, weight_of=lambda name: 100.0 if name.startswith("sqs:") else 1.0)
    assert found.patterns == ("sns:*", "sqs:Send*")
    assert all(name.startswith("sns:") for name in found.stays)


@pytest.mark.parametrize(
    ("element", "pattern", "inside"),
    [
        ({"Action": "sqs:Get*"}, "sqs:*", False),
        ({"Action": "sqs:Get*"}, "sqs:GetQueue*", True),
        ({"NotAction": "sqs:Delete*"}, "sqs:*", False),
        ({"NotAction": "sqs:Delete*"}, "sqs:Get*", True),
        ({"NotAction": "iam:*"}, "sqs:*", True),
    ],
)
def test_a_wildcard_stays_inside_the_old_grant(element: dict[str, str], pattern: str, inside: bool) -> None:
    assert is_inside(pattern, statement(**element)) is inside


@given(kept())
def test_no_wildcard_leaves_a_grant_of_some_actions(names: frozenset[str]) -> None:
    but_deletes = statement(NotAction=["sqs:Delete*", "sqs:Purge*"])
    names = frozenset(name for name in names if not name.startswith(("sqs:Delete", "sqs:Purge")))
    found = abridge(names, (), but_deletes, 0, weight_of=lambda _: 1.0)
    assert all(is_inside(pattern, but_deletes) for pattern in found.patterns)
    assert all(any(action_matches(p, name) for p in found.patterns) for name in names)
