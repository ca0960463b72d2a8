"""What is known of deployed stacks: outputs of the AWS CLI, and files of parameters.

Shapes: AWS CLI reference, `cloudformation describe-stack-resources`, `list-stack-resources`, `describe-stacks`; and the
parameter files that `cloudformation deploy --parameter-overrides file://…` takes.
"""

import json
from collections.abc import Iterator, Mapping
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
    parameters: Mapping[str, str] | None = None
    """None: not known."""


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


def merge_stacks(stacks: Iterator[Stack] | tuple[Stack, ...]) -> tuple[Stack, ...]:
    """Return one stack for each name; what has no name tells of every stack."""
    found = list(stacks)
    unnamed = [stack for stack in found if not stack.name]
    names = sorted({stack.name for stack in found if stack.name})
    if not names:
        return (_merged("", unnamed),) if unnamed else ()
    return tuple(_merged(name, [*unnamed, *(s for s in found if s.name == name)]) for name in names)


def _merged(name: str, stacks: list[Stack]) -> Stack:
    given = [stack.parameters for stack in stacks if stack.parameters is not None]
    return Stack(
        name=name,
        resources={k: v for stack in stacks for k, v in stack.resources.items()},
        pseudo={k: v for stack in stacks for k, v in stack.pseudo.items()},
        parameters={k: v for one in given for k, v in one.items()} if given else None,
    )


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
            parameters={p["ParameterKey"]: p.get("ResolvedValue", p["ParameterValue"]) for p in given},
        )


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
