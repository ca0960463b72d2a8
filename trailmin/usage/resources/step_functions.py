"""Step Functions: machines without the qualifier of a version or alias, executions, Map Runs, activities.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html: a call on a version or alias is
checked on the unqualified ARN of its machine, the qualifier is a condition key (`states:StateMachineQualifier`).
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.interface import Target

_MACHINE_PATHS = (
    "statemachinearn",
    "statemachinealiasarn",
    "statemachineversionarn",
    "routingconfiguration[].statemachineversionarn",
    "resourcearn",
)
_MACHINE_TYPES = {"statemachine", "statemachinealias", "statemachineversion"}
_SEGMENTS = 7
"""Of an unqualified machine's ARN: `arn:aws:states:us-east-1:111122223333:stateMachine:NAME`."""

EXCLUSIVE = frozenset({"states:DescribeExecution", "states:ListExecutions"})
"""Actions whose required types are alternatives: a standard or an express execution, a machine or a Map Run."""


def read_state_machine(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The machine, by the name that it is given or by its ARN without a qualifier."""
    if target.operation == "CreateStateMachine":
        names = [target.form.fill(call, {"StateMachineName": escape_arn(name)}) for name in call.texts("name")]
        return names or listed
    texts = [text for path in _MACHINE_PATHS for text in call.texts(path)]
    return [_unqualified(text) for text in texts if _MACHINE_TYPES & target.forms.types_of(text)] or listed


READERS = {"statemachine": read_state_machine}


def _unqualified(arn: str) -> str:
    return escape_arn(":".join(arn.split(":")[:_SEGMENTS]))
