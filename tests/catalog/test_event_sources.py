"""From event sources to IAM prefixes."""

import pytest

from trailmin.catalog import load_catalog
from trailmin.catalog.event_sources import read_source_rows

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("source", "prefix"),
    [
        ("s3.amazonaws.com", "s3"),
        ("S3.amazonaws.com ", "s3"),
        ("monitoring.amazonaws.com", "cloudwatch"),
        ("email.amazonaws.com", "ses"),
        ("streams.dynamodb.amazonaws.com", "dynamodb"),
        ("models.lex.amazonaws.com", "lex"),
        ("rds.amazonaws.com.cn", "rds"),
        ("cloudcontrolapi.amazonaws.com", "cloudformation"),
        ("amazonmq.amazonaws.com", "mq"),
        ("servicecatalog-appregistry.amazonaws.com", "servicecatalog"),
        ("participant.connect.amazonaws.com", "connect"),
        ("nowhere.amazonaws.com", None),
        ("amazonaws.com", None),
        ("s3.example.com", None),
        ("", None),
    ],
)
def test_an_event_source_has_its_prefix(source: str, prefix: str | None) -> None:
    assert CATALOG.prefix_of_source(source) == prefix


def test_every_row_has_a_source_once_and_leads_to_a_service() -> None:
    rows = read_source_rows()
    assert len({row.label for row in rows}) == len(rows)
    assert all(row.source and row.label != row.prefix for row in rows)
    assert {row.prefix for row in rows} <= set(CATALOG.services())
