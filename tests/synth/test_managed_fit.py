from tests.synth.situation import ACCOUNT, CATALOG, allow, aws_managed, inline, proposals_for, role, usage_of, use
from trailmin.current import AccountSnapshot, PolicyInForce, StateInForce
from trailmin.synth.managed_fit import with_managed_fit

WIDE = aws_managed(allow(["sqs:*", "sns:*", "iam:*"]), name="Wide")
QUEUES = aws_managed(allow("sqs:*"), name="Queues")
CREATE = aws_managed(allow(["sqs:CreateQueue", "sqs:DeleteQueue"]), name="CreateQueues")
TOPICS = aws_managed(allow("sns:CreateTopic"), name="Topics")
USED = [use("sqs:CreateQueue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders")]


def notes(held: PolicyInForce, *known: PolicyInForce) -> list[str]:
    """What is said of managed policies, data events of queues logged and those of the rest seen."""
    the_role = role(held)
    account = AccountSnapshot(account=ACCOUNT, managed_policies=(held, *known))
    state = StateInForce(roles=(the_role,), accounts={ACCOUNT: account})
    before = proposals_for([the_role], [usage_of(USED)], drop_unobservable=frozenset({"sqs", "sns", "iam"}))["worker"]
    (after,) = with_managed_fit([before], state, CATALOG)
    return [note for note in after.notes if note not in before.notes]


def test_a_policy_of_which_little_is_used_is_far_too_wide_and_its_replacement_is_named() -> None:
    (note,) = notes(WIDE)
    assert note.startswith("AWS-managed Wide is far too wide: 1 of its ")
    assert "no AWS-managed policy in the snapshot fits closer" in note
    assert note.endswith("the inline policy trailmin-Wide stands in for it")


def test_the_closest_of_those_that_grant_all_that_stays_is_told() -> None:
    (note,) = notes(WIDE, QUEUES, CREATE, TOPICS)
    assert "CreateQueues fits closest, with 2 actions" in note


def test_a_policy_that_is_in_use_and_one_that_can_be_edited_are_left_alone() -> None:
    assert notes(CREATE, QUEUES) == []
    assert notes(inline(allow(["sqs:*", "sns:*"]))) == []


def test_a_policy_of_which_nothing_has_to_stay_can_be_detached() -> None:
    (note,) = notes(aws_managed(allow("iam:*"), name="Iam"), QUEUES)
    assert "nothing of it has to stay, so it can be detached" in note
