"""Amazon DynamoDB: item calls are data events; values that are no key attributes are not logged.

Source: Amazon DynamoDB Developer Guide, "Understanding DynamoDB log file entries".
"""

from dataclasses import dataclass
from functools import partial

from sample_logs.accounts import Json
from sample_logs.record import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table."""

    name: str
    account: str
    region: str = "us-east-1"

    @property
    def arn(self) -> str:
        """Return the table's ARN."""
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.name}"


def put_item(table: Table, key: Json, attributes: list[str]) -> Call:
    """Return a put of one item: the key's values and the names of its attributes."""
    return _item_call(table, "PutItem", False, {"tableName": table.name, "key": key, "item": attributes})


def update_item(table: Table, key: Json, attribute: str) -> Call:
    """Return an update of one attribute."""
    names = {"#a": attribute}
    parameters = {
        "tableName": table.name,
        "key": key,
        "expressionAttributeNames": names,
        "updateExpression": "SET #a = :a",
    }
    return _item_call(table, "UpdateItem", False, parameters)


def get_item(table: Table, key: Json) -> Call:
    """Return a read of one item."""
    return _item_call(table, "GetItem", True, {"tableName": table.name, "key": key, "consistentRead": False})


def query(table: Table, key_condition: str) -> Call:
    """Return a query."""
    return _item_call(table, "Query", True, {"tableName": table.name, "keyConditionExpression": key_condition})


def scan(table: Table) -> Call:
    """Return a scan."""
    return _item_call(table, "Scan", True, {"tableName": table.name})


def _item_call(table: Table, name: str, read_only: bool, parameters: Json) -> Call:
    resource = {"accountId": table.account, "type": "AWS::DynamoDB::Table", "ARN": table.arn}
    make = partial(Call, source="dynamodb", region=table.region, is_data=True, api_version="2012-08-10")
    return make(name=name, read_only=read_only, parameters=parameters, resources=(resource,))
