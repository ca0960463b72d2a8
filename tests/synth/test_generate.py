import json

from tests.synth.situation import ACCOUNT, CATALOG, use
from trailmin.policy import INLINE_POLICIES_OF_ROLE, policy_size
from trailmin.synth.generate import Generated, NotGenerated, generate_policy
from trailmin.synth.patterns import Level
from trailmin.usage import Basis, Outcome, Use

OBJECT = "arn:aws:s3:::photos/a.jpg"


def statements(*uses: Use, level: Level = "parent") -> list[dict[str, object]]:
    made = generate_policy(uses, CATALOG, level=level)
    assert isinstance(made, Generated)
    assert made.notes == ()
    return list(json.loads(made.text)["Statement"])


def test_only_certain_authorizations_are_granted() -> None:
    doubtful = [
        use("s3:GetObject", OBJECT, outcome=Outcome.DENIED),
        use("s3:GetObject", OBJECT, outcome=Outcome.UNDETERMINED),
        use("s3:GetObject", OBJECT, required=False),
        use("s3:GetObject", OBJECT, basis=Basis.GUESS),
    ]
    made = generate_policy(doubtful, CATALOG, level="parent")
    assert made == NotGenerated(reason="no call was allowed: there is nothing to grant")


def test_actions_of_one_service_on_the_same_resources_share_a_statement() -> None:
    found = statements(use("s3:PutObject", OBJECT), use("s3:GetObject", OBJECT), use("s3:ListAllMyBuckets"))
    assert found == [
        {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::photos/*"]},
    ]
    assert statements(use("s3:GetObject", OBJECT), level="exact")[0]["Resource"] == [OBJECT]


def test_a_passed_role_is_bound_to_its_receiver() -> None:
    passed = f"arn:aws:iam::{ACCOUNT}:role/r"
    (found,) = statements(use("iam:PassRole", passed, passed_to="lambda.amazonaws.com"))
    assert found["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_the_order_of_uses_does_not_matter() -> None:
    uses = [use("s3:PutObject", OBJECT), use("sqs:SendMessage", f"arn:aws:sqs:r:{ACCOUNT}:q"), use("s3:GetObject", "*")]
    assert statements(*uses) == statements(*reversed(uses))


def test_a_name_that_no_resource_can_have_is_left_out() -> None:
    long = use("s3:GetObject", f"arn:aws:s3:::photos/{'k' * 10_000_000}")
    made = generate_policy([long, use("s3:PutObject", OBJECT)], CATALOG, level="exact")
    assert isinstance(made, Generated)
    assert json.loads(made.text)["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [OBJECT]},
    ]
    assert made.notes == ("left out, longer than 2,048 characters, which no ARN is: 1 names",)
    assert isinstance(generate_policy([long], CATALOG, level="exact"), NotGenerated)


def test_what_is_too_long_is_named_at_a_wider_level_and_says_so() -> None:
    uses = [use("s3:GetObject", f"arn:aws:s3:::photos/{'x' * 60}/{number}.jpg") for number in range(300)]
    made = generate_policy(uses, CATALOG, level="exact")
    assert isinstance(made, Generated)
    assert policy_size(made.text) <= INLINE_POLICIES_OF_ROLE.limit
    assert len(made.notes) == 1
    assert "named by 'exact' the policy would have" in made.notes[0]


def test_what_fits_at_no_level_is_not_generated_and_the_wider_steps_are_named() -> None:
    uses = [use("s3:GetObject", f"arn:aws:s3:::bucket-{number:03}-{'x' * 50}/key") for number in range(300)]
    made = generate_policy(uses, CATALOG, level="parent")
    assert isinstance(made, NotGenerated)
    assert "of at most 10,240: grant it by hand" in made.reason
