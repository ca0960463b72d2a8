"""Policies on resources in templates: documents of their own, properties of the resource, and permissions of functions.

Source: CloudFormation Template Reference, the resource types named here; Lambda API Reference, AddPermission.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trailmin.current.iac.cloudformation.cuts import resource_cut
from trailmin.current.iac.cloudformation.resource_types import RESOURCE_TYPES, ResourceType, name_of
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.places import Cut, PolicyPlace, ResourcePlace
from trailmin.current.iac.spelling import SpelledItem
from trailmin.current.iac.statements import Element, StatementPlace
from trailmin.current.iac.tree import SourceNode
from trailmin.current.model import PolicyKind
from trailmin.current.resource_statements import permission_statement, principal_kind, with_api, with_resource
from trailmin.policy import VERSION_2012
from trailmin.policy import PolicyKind as Grammar

PERMISSION = "AWS::Lambda::Permission"

PERMISSION_CONDITIONS = {
    "SourceArn": ("ArnLike", "aws:SourceArn"),
    "SourceAccount": ("StringEquals", "aws:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}
"""Property to the condition that Lambda makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """Where a resource type has the policy, and on what that is."""

    service: str
    document: str
    """Property with the document."""
    targets: tuple[str, ...] = ()
    """Properties that name the resources; none where it is the resource's own."""
    target_type: str
    """The type of what the policy is on."""


_TYPES = {
    "AWS::S3::BucketPolicy": _Type(
        service="s3", document="PolicyDocument", targets=("Bucket",), target_type="AWS::S3::Bucket"
    ),
    "AWS::SQS::QueuePolicy": _Type(
        service="sqs", document="PolicyDocument", targets=("Queues",), target_type="AWS::SQS::Queue"
    ),
    "AWS::SQS::QueueInlinePolicy": _Type(
        service="sqs", document="PolicyDocument", targets=("Queue",), target_type="AWS::SQS::Queue"
    ),
    "AWS::SNS::TopicPolicy": _Type(
        service="sns", document="PolicyDocument", targets=("Topics",), target_type="AWS::SNS::Topic"
    ),
    "AWS::SNS::TopicInlinePolicy": _Type(
        service="sns", document="PolicyDocument", targets=("TopicArn",), target_type="AWS::SNS::Topic"
    ),
    "AWS::KMS::Key": _Type(service="kms", document="KeyPolicy", target_type="AWS::KMS::Key"),
    "AWS::SecretsManager::ResourcePolicy": _Type(
        service="secretsmanager",
        document="ResourcePolicy",
        targets=("SecretId",),
        target_type="AWS::SecretsManager::Secret",
    ),
    "AWS::ECR::Repository": _Type(service="ecr", document="RepositoryPolicyText", target_type="AWS::ECR::Repository"),
    "AWS::Events::EventBus": _Type(service="events", document="Policy", target_type="AWS::Events::EventBus"),
    "AWS::ApiGateway::RestApi": _Type(service="apigateway", document="Policy", target_type="AWS::ApiGateway::RestApi"),
}


def resource_places_of(template: Template) -> Iterator[ResourcePlace]:
    """Yield the policies on resources that a template has, in its order; a document once for each of its resources.

    What cannot be read is noted in the template, and left alone.
    """
    for name, properties in template.of_type(PERMISSION):
        arn, place = _function_arn(template, properties), _permission(template, name, properties)
        if arn is not None and place is not None:
            yield ResourcePlace(service="lambda", resource=arn, policy=_on(place, arn))
    for kind, known in _TYPES.items():
        for name, properties in template.of_type(kind):
            if properties.get(known.document) is not None:
                yield from _documents(template, name, properties, known)
    for name, properties in template.of_type("AWS::Events::EventBusPolicy"):
        yield from _of_bus(template, name, properties)


def _documents(template: Template, name: str, properties: SourceNode, known: _Type) -> Iterator[ResourcePlace]:
    member = properties.member(known.document)
    if member is None:
        return
    is_own = not known.targets
    found = template.policy(
        member.value,
        address=f"Resources/{name}/Properties/{known.document}",
        kind=PolicyKind.INLINE,
        name=name,
        cut=Cut(chain=((properties, member),)) if is_own else resource_cut(template, name),
    )
    if isinstance(found, str):
        template.notes.append(found)
        return
    place = replace(found, grammar=Grammar.RESOURCE)
    kind = RESOURCE_TYPES[known.target_type]
    arns = [template.dialect.arn_of(name, kind)] if is_own else _targets(template, properties, known, kind)
    for arn in arns:
        yield ResourcePlace(service=known.service, resource=arn, policy=_complete(place, known.service, arn))


def _targets(template: Template, properties: SourceNode, known: _Type, kind: ResourceType) -> list[str]:
    found: list[str] = []
    for property_name in known.targets:
        try:
            nodes = [node for _, _, node in template.items_of(properties.get(property_name))]
        except UnreadableError:
            return []
        found += [_arn(template, node, kind) for node in nodes]
    return found


def _arn(template: Template, node: SourceNode, kind: ResourceType) -> str:
    """The ARN of what a property names, by reference, ARN, name or URL; what is unknown in it is `*`."""
    target = template.resource_of(node)
    own = template.dialect.resource_type(target) if target is not None else None
    if target is not None and own is not None:
        return template.dialect.arn_of(target, own)
    text = template.pattern(node) or "*"
    return text if text.startswith("arn:") else template.dialect.deployment.fill(kind.arn, name_of(text))


def _complete(place: PolicyPlace, service: str, arn: str) -> PolicyPlace:
    """The policy with what its service adds to it."""
    if service == "ecr":
        return _on(place, arn)
    if service == "apigateway":
        return _with_statements(place, lambda json: with_api(json, arn))
    return place


def _on(place: PolicyPlace, arn: str) -> PolicyPlace:
    return _with_statements(place, lambda json: with_resource(json, arn))


def _with_statements(place: PolicyPlace, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> PolicyPlace:
    return replace(place, statements=tuple(replace(one, json=change(one.json)) for one in place.statements))


# --- one statement, made of properties


def _of_bus(template: Template, name: str, properties: SourceNode) -> Iterator[ResourcePlace]:
    """A statement of an event bus's policy, as a document; without one, of its properties it is left alone."""
    address = f"Resources/{name}/Properties/Statement"
    member = properties.member("Statement")
    if member is None:
        template.notes.append(f"Resources/{name} has no Statement; what its properties grant is left alone")
        return
    bus = properties.get("EventBusName")
    arn = (
        template.dialect.deployment.fill(RESOURCE_TYPES["AWS::Events::EventBus"].arn, "default")
        if bus is None
        else _arn(template, bus, RESOURCE_TYPES["AWS::Events::EventBus"])
    )
    found = template.statement(member.value, address=address, name=name, cut=resource_cut(template, name))
    if isinstance(found, str):
        template.notes.append(found)
    else:
        yield ResourcePlace(service="events", resource=arn, policy=found)


def _function_arn(template: Template, properties: SourceNode) -> str | None:
    node = properties.get("FunctionName")
    return _arn(template, node, RESOURCE_TYPES["AWS::Lambda::Function"]) if node is not None else None


def _permission(template: Template, name: str, properties: SourceNode) -> PolicyPlace | None:
    action, principal = (_element(template, properties.get(one)) for one in ("Action", "Principal"))
    if action is None or principal is None:
        template.notes.append(f"Resources/{name} cannot be read: its Action or its Principal is computed")
        return None
    conditions: dict[str, dict[str, str]] = {}
    for one, (operator, key) in PERMISSION_CONDITIONS.items():
        value = template.pattern(properties.get(one))
        # A condition that is not known may hold for anything: it is left out, so that nothing seems tied.
        if value is not None and (operator == "ArnLike" or "*" not in value):
            conditions.setdefault(operator, {})[key] = value
    kind = principal_kind(principal.texts[0])
    statement = StatementPlace(
        node=properties,
        elements={"Action": action, f"Principal/{kind}": principal},
        json=permission_statement(name, action.texts[0], principal.texts[0], conditions),
    )
    return PolicyPlace(
        address=f"Resources/{name}/Properties",
        kind=PolicyKind.INLINE,
        name=name,
        grammar=Grammar.RESOURCE,
        version=VERSION_2012,
        statements=(statement,),
        item=properties,
        is_permission=True,
        cut=resource_cut(template, name),
    )


def _element(template: Template, node: SourceNode | None) -> Element | None:
    """A property that is one text."""
    if node is None:
        return None
    try:
        spellings = template.dialect.spellings(node)
    except UnreadableError:
        return None
    return Element(node=node, items=(SpelledItem(node=node, spellings=spellings),)) if len(spellings) == 1 else None
