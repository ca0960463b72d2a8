"""What runs under a template's roles: functions, and the queues and streams that Lambda reads for them."""

from collections.abc import Iterator, Sequence

from trailmin.current.iac.cloudformation.sam import FUNCTION, template_property
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import text_of
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
    """Yield the mappings of a template; what is not known of a source is `*`.

    One whose function is not known is one of each of its functions: what a function reads must not be left out.
    """
    arns = {name: template.dialect.attribute(f"{name}.Arn").value for name, _ in _of_functions(template)}
    for name, properties in template.of_type(FUNCTION):
        events = properties.get("Events")
        for event in (events.members if events is not None else None) or ():
            kind = event.value.get("Type")
            key = _SOURCE_PROPERTIES.get((kind.value or "") if kind else "")
            if key is not None:
                yield from _mappings(template, [arns[name]], event.value.walk("Properties", key))
    for _, properties in template.of_type(_MAPPING):
        function = properties.get("FunctionName")
        target = template.resource_of(function) if function is not None else None
        arn = arns.get(target or "") or template.known_text(function)
        functions = [arn] if arn is not None and arn.startswith("arn:") else list(arns.values())
        yield from _mappings(template, functions, properties.get("EventSourceArn"))


def _of_functions(template: Template) -> Iterator[tuple[str, SourceNode]]:
    for kind in (FUNCTION, _PLAIN_FUNCTION):
        yield from template.of_type(kind)


def _mappings(
    template: Template, functions: Sequence[str | None], source: SourceNode | None
) -> Iterator[EventSourceMapping]:
    for text in _sources(template, source):
        yield from (EventSourceMapping(function_arn=arn, source_arn=text) for arn in functions if arn is not None)


def _sources(template: Template, source: SourceNode | None) -> list[str]:
    if source is None:
        # Amazon MQ, Kafka of one's own: no ARN is read with the function's role, or none that is given.
        return []
    try:
        texts = {text_of(spelling) for spelling in template.dialect.spellings(source)}
    except UnreadableError:
        return ["*"]
    return sorted(text if text.startswith("arn:") else "*" for text in texts)


def _role_arn(template: Template, name: str, kind: str, properties: SourceNode) -> str | None:
    role = template_property(template, kind, properties, "Role")
    if role is not None:
        return template.known_text(role)
    return template.role_arn(template.dialect.values.get(f"{name}Role"), "/") if kind == FUNCTION else None
