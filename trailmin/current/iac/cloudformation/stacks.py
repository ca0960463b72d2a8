"""What is known of deployed stacks: outputs of the AWS CLI, and files of parameters.

Shapes: AWS CLI reference, `cloudformation describe-stack-resources`, `list-stack-resources`, `describe-stacks`; and the
parameter files that `cloudformation deploy --parameter-overrides file://…` takes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One deployed stack, as far as it is known."""

    name: str = ""
    resources: Mapping[str, str] = field(default_factory=dict)
    """Logical to physical id."""
    pseudo: Mapping[str, str] = field(default_factory=dict)
    """Pseudo parameters: `AWS::Region` and so on."""
    parameters: Mapping[str, str | None] | None = None
    """None: not known. A value of None: given, and hidden by `NoEcho`."""

    @property
    def id(self) -> str:
        """Its ARN; empty where it is not known."""
        return self.pseudo.get("AWS::StackId", "")


def parse_stacks(text: str) -> tuple[Stack, ...]:
    """Return the stacks that a file tells of, merged by name; empty where it is no such file."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return ()
    try:
        return merge_stacks(_stacks(value))
    except (KeyError, TypeError, AttributeError, IndexError):
        return ()


def merge_stacks(stacks: Iterable[Stack]) -> tuple[Stack, ...]:
    """Return one stack for each that there is, sorted: accounts and regions may have stacks of one name.

    What has no name tells of every stack, what has a name and no id of every stack of that name.
    """
    found = list(stacks)
    with_id = sorted({(stack.name, stack.id) for stack in found if stack.id})
    names = {name for name, _ in with_id}
    whole = with_id + sorted({(stack.name, "") for stack in found if stack.name and stack.name not in names})
    if not whole:
        return (_merged("", found),) if found else ()
    return tuple(
        _merged(name, [s for s in found if s.name in {"", name} and s.id in {"", stack_id}])
        for name, stack_id in sorted(whole)
    )


def _merged(name: str, stacks: list[Stack]) -> Stack:
    given = [stack.parameters for stack in stacks if stack.parameters is not None]
    return Stack(
        name=name,
        resources={k: v for stack in stacks for k, v in stack.resources.items()},
        pseudo={k: v for stack in stacks for k, v in stack.pseudo.items()},
        parameters={k: v for one in given for k, v in one.items()} if given else None,
    )


_HIDDEN = "****"
"""What AWS shows of a parameter with `NoEcho` (CloudFormation API reference, Parameter)."""


def _stacks(value: Any) -> Iterator[Stack]:
    if isinstance(value, list):
        yield Stack(parameters={entry["ParameterKey"]: str(entry["ParameterValue"]) for entry in value})
        return
    if isinstance(value.get("Parameters"), dict) and set(value) <= {"Parameters", "Tags", "StackPolicy"}:
        yield Stack(parameters={str(k): str(v) for k, v in value["Parameters"].items()})
    for entry in (*value.get("StackResources", ()), *value.get("StackResourceSummaries", ())):
        if physical := entry.get("PhysicalResourceId"):
            yield Stack(
                name=entry.get("StackName", ""),
                resources={entry["LogicalResourceId"]: physical},
                pseudo=_pseudo(entry.get("StackId")),
            )
    for entry in value.get("Stacks", ()):
        given = entry.get("Parameters") or ()
        yield Stack(
            name=entry["StackName"],
            pseudo={**_pseudo(entry.get("StackId")), "AWS::StackName": entry["StackName"]},
            parameters={p["ParameterKey"]: _value(p) for p in given},
        )


def _value(parameter: Mapping[str, Any]) -> str | None:
    found: str = parameter.get("ResolvedValue", parameter["ParameterValue"])
    return None if found == _HIDDEN else found


def _pseudo(stack_id: str | None) -> dict[str, str]:
    """What the stack's ARN tells."""
    if stack_id is None:
        return {}
    _, partition, _, region, account, rest = stack_id.split(":", 5)
    return {
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::AccountId": account,
        "AWS::StackName": rest.split("/")[1],
        "AWS::StackId": stack_id,
    }
