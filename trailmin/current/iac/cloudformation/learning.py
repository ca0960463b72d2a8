"""Values of a template's expressions, learned from the policies that it was deployed as."""

from collections.abc import Iterator, Mapping, Sequence

from trailmin.current.iac.cloudformation.contents import Parse, contents_of
from trailmin.current.iac.cloudformation.resource_types import name_of
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.places import PolicyPlace
from trailmin.current.iac.spelling import learn
from trailmin.current.source import Reference, SourceFile
from trailmin.policy import Policy, Statement

_REGIONAL = 3
"""Where the region stands in an ARN."""


def learn_values(file: SourceFile, deployed: Mapping[str, Policy], parse: Parse = contents_of) -> tuple[Reference, ...]:
    """Return what unknown expressions stand for; one for which policies tell different things is left out."""
    learned: dict[str, set[str]] = {}
    for contents in parse(file):
        for _, place in contents.policies():
            if place.address in deployed:
                for expression, value in _of_policy(contents.template, place, deployed[place.address].statements):
                    learned.setdefault(expression, set()).add(value)
    return tuple(
        Reference(expression=name, value=next(iter(values)))
        for name, values in sorted(learned.items())
        if len(values) == 1
    )


def _of_policy(template: Template, place: PolicyPlace, statements: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    if len(place.statements) != len(statements):
        return
    for found, statement in zip(place.statements, statements, strict=True):
        for name, texts in (("Resource", statement.resources), ("NotResource", statement.not_resources)):
            element = found.elements.get(name)
            if element is None or len(element.items) != len(texts):
                continue
            for item, text in zip(element.items, texts, strict=True):
                for spelling in item.spellings[:1] if len(item.spellings) == 1 else ():
                    for expression, value in learn(spelling, text).items():
                        yield from _consequences(template, expression, value)


def _consequences(template: Template, expression: str, value: str) -> Iterator[tuple[str, str]]:
    """An ARN tells the resource's name too, and where the stack is."""
    yield expression, value
    name = expression.partition(".")[0]
    kind = template.dialect.resource_type(name)
    if kind is None or not value.startswith("arn:"):
        return
    yield name, value if kind.arn_by == "Ref" else name_of(value)
    yield "AWS::Partition", value.split(":")[1]
    if region := value.split(":")[_REGIONAL]:
        yield "AWS::Region", region
