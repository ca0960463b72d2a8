"""The calls to KMS that services make for their callers."""

import pytest

from trailmin.catalog import Unmapped, load_catalog
from trailmin.catalog.kms_calls import read_kms_calls

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("source", "operation", "actions"),
    [
        ("sqs.amazonaws.com", "SendMessage", ("kms:Decrypt", "kms:GenerateDataKey")),
        ("s3.amazonaws.com", "HeadObject", ("kms:Decrypt",)),
        ("ssm.amazonaws.com", "PutParameter", ("kms:Encrypt", "kms:GenerateDataKey")),
    ],
)
def test_an_operation_has_its_calls(source: str, operation: str, actions: tuple[str, ...]) -> None:
    calls = CATALOG.kms_calls(source, operation)
    assert calls is not None
    assert calls.actions == actions
    assert calls.via_service == source.replace(".", ".*.", 1)


@pytest.mark.parametrize(
    ("source", "operation"),
    [("sqs.amazonaws.com", "GetQueueUrl"), ("nowhere.amazonaws.com", "PutObject"), ("s3.amazonaws.com", "")],
)
def test_most_operations_have_none(source: str, operation: str) -> None:
    assert CATALOG.kms_calls(source, operation) is None


def test_every_row_has_a_source_and_names_what_exists() -> None:
    rows = read_kms_calls()
    assert rows
    for name, row in rows.items():
        prefix, operation = name.split(":")
        assert not isinstance(CATALOG.operation(f"{prefix}.amazonaws.com", operation), Unmapped)
        assert row.source
        assert list(row.actions) == sorted(row.actions)
        assert all(CATALOG.action(action) for action in row.actions)
