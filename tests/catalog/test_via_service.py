"""`kms:ViaService` of calls to KMS, and which actions see the tags of what they are about."""

import pytest

from trailmin.catalog import load_catalog

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("invoked_by", "value"),
    [
        ("secretsmanager.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"),
        ("s3.amazonaws.com", "s3.eu-west-1.amazonaws.com"),
        ("AWS Internal", None),
        ("s3", None),
        ("ec2.amazonaws.com", None),
        ("delivery.logs.amazonaws.com", None),
    ],
)
def test_a_service_has_its_name_where_the_guide_lists_it(invoked_by: str, value: str | None) -> None:
    assert CATALOG.via_service(invoked_by, "eu-west-1") == value


@pytest.mark.parametrize(
    ("action", "takes"),
    [
        ("sqs:SendMessage", True),
        ("secretsmanager:GetSecretValue", True),
        ("ec2:StopInstances", True),
        ("ec2:RunInstances", False),
        ("s3:ListAllMyBuckets", False),
        ("sqs:ListQueues", False),
        ("no:Such", False),
    ],
)
def test_an_action_takes_resource_tags_where_all_its_types_do(action: str, takes: bool) -> None:
    assert CATALOG.takes_resource_tags(action) is takes
