import pytest

from tests.synth.situation import CATALOG, use
from trailmin.synth.context import is_unknown_resource, known_context, request_of

KEY = "arn:aws:kms:us-east-1:111122223333:key/1"


def test_what_the_log_tells_is_known_and_nothing_else_is_absent() -> None:
    request = request_of(use("s3:GetObject", "arn:aws:s3:::b/k", vpc_endpoint="vpce-1"), CATALOG)
    assert request.context == {"aws:requestedregion": ("us-east-1",), "aws:sourcevpce": ("vpce-1",)}
    assert request.other_keys == "unknown"


def test_the_endpoint_of_a_call_that_a_service_made_says_nothing() -> None:
    through = use("s3:GetObject", "arn:aws:s3:::b/k", vpc_endpoint="vpce-1", invoked_by="athena.amazonaws.com")
    assert "aws:sourcevpce" not in known_context(through, CATALOG)


def test_the_receiver_of_a_role_is_known() -> None:
    assert known_context(use("iam:PassRole", passed_to="ec2.amazonaws.com", region=None), CATALOG) == {
        "iam:passedtoservice": ("ec2.amazonaws.com",)
    }


def test_the_service_that_called_kms_is_known_where_its_name_in_the_key_is() -> None:
    through = use("kms:Decrypt", KEY, invoked_by="secretsmanager.amazonaws.com")
    assert known_context(through, CATALOG)["kms:viaservice"] == ("secretsmanager.us-east-1.amazonaws.com",)


@pytest.mark.parametrize("invoked_by", ["AWS Internal", "ec2.amazonaws.com", "s3.example.com", None])
def test_a_service_without_a_name_in_the_key_leaves_it_unknown(invoked_by: str | None) -> None:
    assert "kms:viaservice" not in known_context(use("kms:Decrypt", KEY, invoked_by=invoked_by), CATALOG)


def test_only_calls_to_kms_came_by_a_service_in_the_sense_of_the_key() -> None:
    through = use("s3:GetObject", "arn:aws:s3:::b/k", invoked_by="s3.amazonaws.com")
    assert "kms:viaservice" not in known_context(through, CATALOG)


def test_what_the_state_in_force_tells_is_known() -> None:
    found = known_context(use("s3:GetObject", "arn:aws:s3:::b/k", context=(("aws:sourcevpc", "vpc-1"),)), CATALOG)
    assert found["aws:sourcevpc"] == ("vpc-1",)


@pytest.mark.parametrize(
    ("action", "resource", "unknown"),
    [
        ("s3:GetObject", "*", True),
        ("s3:GetObject", "arn:aws:s3:::b/*", False),
        ("s3:ListAllMyBuckets", "*", False),
        ("s3:NoSuchAction", "*", True),
    ],
)
def test_a_star_is_no_resource_or_an_unknown_one(action: str, resource: str, unknown: bool) -> None:
    asked = use(action, resource)
    assert is_unknown_resource(asked, CATALOG) is unknown
    assert request_of(asked, CATALOG).resource.startswith("arn:*:") is unknown


def test_an_unknown_resource_is_one_of_those_that_the_action_is_checked_on() -> None:
    assert request_of(use("kms:Decrypt"), CATALOG).resource == "arn:*:kms:*:*:*"
    assert request_of(use("s3:NoSuchAction"), CATALOG).resource == "arn:*:*:*:*:*"
