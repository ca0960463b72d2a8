"""AWS Lambda: management calls carry the API's date in their names; an execution environment writes a log stream.

Source: AWS Lambda Developer Guide, "Logging AWS Lambda API calls using AWS CloudTrail".
"""

from collections.abc import Iterator
from datetime import date, datetime

from sample_logs.accounts import REGIONS, WITH_DATA_EVENTS, Json
from sample_logs.caller import LAMBDA_WORKER, PYTHON_LAMBDA, role_caller, service_caller
from sample_logs.calls.logs import create_log_stream
from sample_logs.calls.sts import service_assumes
from sample_logs.chance import Dice
from sample_logs.iam import Role
from sample_logs.record import Call, to_record


class Environment:
    """One execution environment of a function: it takes the role and opens its log stream."""

    def __init__(self, role: Role, function: str, day: date, dice: Dice, *, first_hour: int, address: str) -> None:
        self._role, self._function, self._dice = role, function, dice
        self._region = REGIONS[role.account]
        self.started = dice.moment(day, first_hour, first_hour)
        self.caller = role_caller(role, function, self.started, dice, address=address, user_agent=PYTHON_LAMBDA)

    def start(self) -> Iterator[Json]:
        """Yield the records of a cold start; the invocation is a data event, the work of a service."""
        dice, started = self._dice, self.started
        if self._role.account in WITH_DATA_EVENTS:
            service = service_caller(self._role.account, "events.amazonaws.com")
            record = to_record(invoke(self._region, self._role.account, self._function), service, started, dice)
            yield record | {"sharedEventID": dice.uuid()}
        yield service_assumes("lambda.amazonaws.com", self._role, self._function, started, dice)
        stream = f"{started:%Y/%m/%d}/[$LATEST]{dice.hex(32)}"
        call = create_log_stream(self._region, f"/aws/lambda/{self._function}", stream)
        yield to_record(call, self.caller.agent(LAMBDA_WORKER), dice.after(started, 1, 3), dice)

    def calls(self, calls: list[Call], gap: int = 900) -> Iterator[Json]:
        """Yield the records of calls, one after the other, up to `gap` seconds apart."""
        moment = self.started
        for call in calls:
            moment = self._dice.after(moment, 4, gap)
            yield to_record(call, self.caller, moment, self._dice)


def invoke(region: str, account: str, name: str) -> Call:
    """Return an invocation by a schedule."""
    arn = function_arn(region, account, name)
    return Call(
        source="lambda",
        name="Invoke",
        region=region,
        read_only=False,
        is_data=True,
        parameters={"functionName": arn, "invocationType": "Event"},
        additional={"functionVersion": f"{arn}:$LATEST"},
        resources=({"accountId": account, "type": "AWS::Lambda::Function", "ARN": arn},),
    )


def create_function(
    name: str, role: Role, artifact: Json, moment: datetime, dice: Dice, *, region: str, account: str
) -> Call:
    """Return a CreateFunction call, which passes a role to Lambda."""
    settings = {
        "functionName": name,
        "runtime": "python3.13",
        "role": role.arn,
        "handler": "app.handler",
        "memorySize": 512,
        "timeout": 30,
    }
    response = settings | {
        "functionArn": function_arn(region, account, name),
        "codeSize": dice.integer(90000, 900000),
        "lastModified": moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "version": "$LATEST",
        "state": "Pending",
        "packageType": "Zip",
        "architectures": ["x86_64"],
    }
    return _call(region, "CreateFunction20150331", settings | {"code": artifact, "publish": False}, response)


def update_function_code(region: str, account: str, name: str, artifact: Json, dice: Dice) -> Call:
    """Return a deployment of new code."""
    parameters = {"functionName": name, "publish": False, "dryRun": False} | artifact
    response = {
        "functionName": name,
        "functionArn": function_arn(region, account, name),
        "codeSha256": dice.base64(44),
        "version": "$LATEST",
    }
    return _call(region, "UpdateFunctionCode20150331v2", parameters, response)


def delete_function(region: str, name: str) -> Call:
    """Return the removal of a function."""
    return _call(region, "DeleteFunction20150331", {"functionName": name}, None)


def get_function(region: str, name: str) -> Call:
    """Return a read of a function's settings."""
    parameters = {"functionName": name}
    return Call(source="lambda", name="GetFunction20150331v2", region=region, read_only=True, parameters=parameters)


def list_functions(region: str) -> Call:
    """Return a listing of all functions."""
    return Call(
        source="lambda", name="ListFunctions20150331", region=region, read_only=True, parameters={"maxItems": 50}
    )


def function_arn(region: str, account: str, name: str) -> str:
    """Return a function's ARN."""
    return f"arn:aws:lambda:{region}:{account}:function:{name}"


def _call(region: str, name: str, parameters: Json, response: Json | None) -> Call:
    return Call(source="lambda", name=name, region=region, read_only=False, parameters=parameters, response=response)
