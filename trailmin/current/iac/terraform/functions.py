"""What runs under a module's roles: functions, and the queues and streams that Lambda reads for them."""

from collections.abc import Iterator

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.terraform.instances import Instance, resource_instances
from trailmin.current.iac.terraform.roles import ModuleContents, instances_in
from trailmin.current.iac.terraform.values import known_value, pattern_of
from trailmin.current.model import EventSourceMapping, LambdaFunction

_FUNCTION = "aws_lambda_function"
_MAPPING = "aws_lambda_event_source_mapping"
_ARN = "arn:{p}:lambda:{r}:{a}:function:{n}"


def functions_of(contents: ModuleContents) -> Iterator[LambdaFunction]:
    """Yield the functions whose name, ARN and role are known."""
    for one in instances_in(contents, _FUNCTION):
        arn, role = _arn_of(one), one.text("role")
        if arn is not None and role is not None:
            name = arn.rpartition(":")[2]
            yield LambdaFunction(name=name, arn=arn, role_arn=role, log_group=_log_group(one) or f"/aws/lambda/{name}")


def event_source_mappings_of(contents: ModuleContents) -> Iterator[EventSourceMapping]:
    """Yield the mappings of a module; what is not known of a source is `*`.

    One whose function is not known is one of each of its functions: what a function reads must not be left out.
    """
    arns = [arn for one in instances_in(contents, _FUNCTION) if (arn := _arn_of(one)) is not None]
    for address, block, file in contents.module.of_type(_MAPPING):
        try:
            found = list(resource_instances(contents.module, address, block, file))
        except UnreadableError:
            yield from (EventSourceMapping(function_arn=arn, source_arn="*") for arn in arns)
            continue
        for one in found:
            named, source = one.text("function_name"), _source_of(one)
            for arn in [_function_arn(one, named)] if named is not None else arns:
                if source is not None:
                    yield EventSourceMapping(function_arn=arn, source_arn=source)


def _source_of(one: Instance) -> str | None:
    """What a mapping reads; None for a Kafka of one's own, of which no ARN is read with the function's role."""
    node = one.block.get("event_source_arn")
    if node is None:
        return None
    text = one.scope.module.values.get(f"{one.key}.event_source_arn") or pattern_of(one.scope.value(node))
    return text if text.startswith("arn:") else "*"


def _arn_of(one: Instance) -> str | None:
    module = one.scope.module
    name = one.text("function_name")
    arn = module.values.get(f"{one.key}.arn") or (module.fill(_ARN, name) if name is not None else "*")
    return arn if "*" not in arn else None


def _function_arn(one: Instance, named: str) -> str:
    """The ARN of a function that is named by its ARN, the end of its ARN (`ACCOUNT:function:NAME`) or its name."""
    if named.startswith("arn:"):
        return ":".join(named.split(":")[:7])
    return one.scope.module.fill(_ARN, (named.partition("function:")[2] or named).partition(":")[0])


def _log_group(one: Instance) -> str | None:
    blocks = list(one.block.of_type("logging_config"))
    node = blocks[0].get("log_group") if len(blocks) == 1 else None
    return known_value(one.scope.value(node)) if node is not None else None
