"""Amazon Athena and the AWS Glue Data Catalog, as a query uses them."""

from sample_logs.chance import Dice
from sample_logs.record import Call


def start_query(region: str, database: str, output: str, query_id: str, dice: Dice) -> Call:
    """Return the start of a query; its text is not in the record of every client."""
    parameters = {
        "queryString": "***OMITTED***",
        "clientRequestToken": dice.uuid(),
        "queryExecutionContext": {"database": database},
        "resultConfiguration": {"outputLocation": output},
        "workGroup": "primary",
    }
    response = {"queryExecutionId": query_id}
    return Call(
        source="athena",
        name="StartQueryExecution",
        region=region,
        read_only=False,
        parameters=parameters,
        response=response,
    )


def get_query_execution(region: str, query_id: str) -> Call:
    """Return a look at a query's state."""
    parameters = {"queryExecutionId": query_id}
    return Call(source="athena", name="GetQueryExecution", region=region, read_only=True, parameters=parameters)


def get_table(region: str, database: str, table: str) -> Call:
    """Return a look-up in the data catalog."""
    parameters = {"databaseName": database, "name": table}
    return Call(source="glue", name="GetTable", region=region, read_only=True, parameters=parameters)
