import json

from tests.synth.situation import ACCOUNT, CATALOG, use
from trailmin.synth.generate import generate_policy
from trailmin.synth.patterns import Level
from trailmin.usage import Basis, Outcome, Use

OBJECT = "arn:aws:s3:::photos/a.jpg"


def statements(*uses: Use, level: Level = "parent") -> list[dict[str, object]]:
    text = generate_policy(uses, CATALOG, level=level)
    return [] if text is None else list(json.loads(text)["Statement"])


def test_only_certain_authorizations_are_granted() -> None:
    doubtful = [
        use("s3:GetObject", OBJECT, outcome=Outcome.DENIED),
        use("s3:GetObject", OBJECT, outcome=Outcome.UNDETERMINED),
        use("s3:GetObject", OBJECT, required=False),
        use("s3:GetObject", OBJECT, basis=Basis.GUESS),
    ]
    assert generate_policy(doubtful, CATALOG, level="parent") is None


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
