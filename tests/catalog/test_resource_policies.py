"""Services with resource-based policies: known prefixes, each once, each with what AWS's page says."""

import tomllib

import pytest

from trailmin.catalog import load_catalog
from trailmin.catalog.resource_policies import PATH

CATALOG = load_catalog()
TABLE = tomllib.loads(PATH.read_text(encoding="utf-8"))


def test_every_row_is_of_services_that_are_known_and_says_why() -> None:
    listed = [prefix for row in TABLE["service"] for prefix in row["prefixes"]]
    left_out = [prefix for row in TABLE["left_out"] for prefix in row["prefixes"]]
    assert len({*listed, *left_out}) == len(listed) + len(left_out)
    assert {*listed, *left_out} <= set(CATALOG.services())
    assert {row["says"] for rows in TABLE.values() for row in rows} <= {"Yes", "Partial"}
    assert all(row["source"].startswith("IAM user guide") for row in TABLE["service"])
    assert all(len(row["reason"]) > 10 for row in TABLE["left_out"])


@pytest.mark.parametrize("action", ["s3:GetObject", "kms:Decrypt", "sts:AssumeRole", "lambda:InvokeFunction"])
def test_policies_of_resources_may_grant_it(action: str) -> None:
    assert CATALOG.may_be_granted_by_resource(action)


@pytest.mark.parametrize("action", ["ec2:RunInstances", "rds:StartDBInstance", "logs:DescribeLogGroups", "no:Such"])
def test_only_identity_policies_grant_it(action: str) -> None:
    assert not CATALOG.may_be_granted_by_resource(action)
