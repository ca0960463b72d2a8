"""Network activity events: which event sources have them, and what has them logged."""

import pytest

from trailmin.catalog import load_catalog
from trailmin.catalog.network_activity import read_network_activity

CATALOG = load_catalog()
WITHOUT_ACTIONS = {
    # AWS lists these event sources, and no IAM prefix of theirs is known.
    "cloudoptimization.amazonaws.com", "transform-agents.amazonaws.com",
}  # fmt: skip


def test_every_event_source_is_of_a_service_that_is_known() -> None:
    rows = read_network_activity()
    unknown = {source for source in rows if CATALOG.prefix_of_source(source) is None}
    assert unknown == WITHOUT_ACTIONS
    assert all(len(row.source) > 10 for row in rows.values())


@pytest.mark.parametrize(
    ("action", "source"),
    [
        ("kms:Decrypt", "kms.amazonaws.com"),
        ("s3:GetObject", "s3.amazonaws.com"),
        ("cloudwatch:PutMetricData", "monitoring.amazonaws.com"),
        ("secretsmanager:GetSecretValue", "secretsmanager.amazonaws.com"),
    ],
)
def test_a_selector_names_the_event_source(action: str, source: str) -> None:
    [activity] = CATALOG.network_activity(action)
    assert activity.event_source == source
    assert {"Field": "eventSource", "Equals": [source]} in activity.field_selectors
    assert {"Field": "eventCategory", "Equals": ["NetworkActivity"]} in activity.field_selectors


def test_what_is_not_logged_is_named() -> None:
    [activity] = CATALOG.network_activity("s3:GetObject")
    assert activity.exception is not None
    assert "Multi-Region" in activity.exception


@pytest.mark.parametrize("action", ["iam:CreateRole", "organizations:ListAccounts", "no:Such"])
def test_other_services_have_none(action: str) -> None:
    assert CATALOG.network_activity(action) == ()
