"""What runs under a template's roles: functions, and the queues and streams that Lambda reads for them."""

from collections.abc import Iterator

from trailmin.current.iac.cloudformation.sam import FUNCTION, template_property
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import holes_of, text_of
from trailmin.current.iac.tree import SourceNode
from trailmin.current.model import EventSourceMapping, LambdaFunction

_PLAIN_FUNCTION = "AWS::Lambda::Function"
_MAPPING = "AWS::Lambda::EventSourceMapping"
_SOURCE_PROPERTIES = {"SQS": "Queue", "Kinesis": "Stream", "DynamoDB": "Stream", "MSK": "Stream", "MQ": "Broker"}


def functions_of(template: Template) -> Iterator[LambdaFunction]:
    """Yield the functions whose name, ARN and role are known."""
    for kind in (FUNCTION, _PLAIN_FUNCTION):
        for name, properties in template.of_type(kind):
            arn = template.dialect.attribute(f"{name}.Arn").value
            role = _role_arn(template, name, kind, properties)
            if arn is not None and role is not None:
                called = arn.rpartition(":")[2]
                group = template_property(template, kind, properties, "LoggingConfig")
                log_group = template.known_text(group.get("LogGroup")) if group is not None else None
                yield LambdaFunction(
                    name=called, arn=arn, role_arn=role, log_group=log_group or f"/aws/lambda/{called}"
                )


def event_source_mappings_of(template: Template) -> Iterator[EventSourceMapping]:
    """Yield the mappings whose function and source are known."""
    for name, properties in template.of_type(FUNCTION):
        events = properties.get("Events")
        for event in (events.members if events is not None else None) or ():
            kind = event.value.get("Type")
            source = event.value.walk("Properties", _SOURCE_PROPERTIES.get((kind.value or "") if kind else "", "-"))
            yield from _mapping(template, template.dialect.attribute(f"{name}.Arn").value, source)
    for _, properties in template.of_type(_MAPPING):
        function = properties.get("FunctionName")
        target = template.resource_of(function) if function is not None else None
        arn = template.dialect.attribute(f"{target}.Arn").value if target else template.known_text(function)
        yield from _mapping(template, arn, properties.get("EventSourceArn"))


def _mapping(template: Template, function_arn: str | None, source: SourceNode | None) -> Iterator[EventSourceMapping]:
    if function_arn is None or source is None:
        return
    try:
        texts = template.dialect.spellings(source)
    except UnreadableError:
        return
    for spelling in texts:
        # The label of a table's stream is not known; all else must be.
        text = text_of(spelling)
        if "*" not in text.removesuffix("/stream/*") and (holes_of(spelling) or text.startswith("arn:")):
            yield EventSourceMapping(function_arn=function_arn, source_arn=text)


def _role_arn(template: Template, name: str, kind: str, properties: SourceNode) -> str | None:
    role = template_property(template, kind, properties, "Role")
    if role is not None:
        return template.known_text(role)
    return template.role_arn(template.dialect.values.get(f"{name}Role"), "/") if kind == FUNCTION else None
