"""AWS CloudFormation: its own calls; what it does for the caller bears `invokedBy: cloudformation.amazonaws.com`."""

from sample_logs.accounts import Json
from sample_logs.chance import Dice
from sample_logs.record import Call


def stack_call(name: str, stack: str, template_url: str | None, dice: Dice, *, region: str, account: str) -> Call:
    """Return CreateStack, UpdateStack or DeleteStack."""
    parameters: Json = {"stackName": stack}
    response: Json | None = None
    if template_url:
        parameters |= {"templateURL": template_url, "capabilities": ["CAPABILITY_IAM"]}
        response = {"stackId": f"arn:aws:cloudformation:{region}:{account}:stack/{stack}/{dice.uuid()}"}
    return Call(
        source="cloudformation", name=name, region=region, read_only=False, parameters=parameters, response=response
    )


def describe_stack(name: str, region: str, stack: str) -> Call:
    """Return DescribeStacks or DescribeStackEvents."""
    return Call(source="cloudformation", name=name, region=region, read_only=True, parameters={"stackName": stack})
