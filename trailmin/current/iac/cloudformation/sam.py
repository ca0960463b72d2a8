"""The roles that SAM makes for functions and state machines, and what its `Policies`, events and connectors give them.

Source: AWS SAM developer guide, "AWS::Serverless::Function", "Policy templates", "Connector reference", and
`role_constructor.py` of aws-sam-translator for names: the role of function `F` is `FRole`, entry n of its `Policies`
is the inline policy `FRolePolicy<n>`, without a Version.
"""

from collections.abc import Iterator
from dataclasses import replace

from trailmin.current.iac.cloudformation.cuts import entries_of
from trailmin.current.iac.cloudformation.roles import attachment, boundary_of
from trailmin.current.iac.cloudformation.sam_policies import (
    connector_access,
    connector_statements,
    template_names,
    template_statements,
)
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.functions import intrinsic
from trailmin.current.iac.places import AttachmentPlace, Cut, PolicyPlace, RolePlace
from trailmin.current.iac.spelling import Hole, SpelledItem, Spelling
from trailmin.current.iac.statements import Element, StatementPlace
from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.current.model import PolicyKind
from trailmin.policy import VERSION_2012

FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"
_MANAGED = "arn:*:iam::aws:policy/"
_BY_EVENT = {
    "Kinesis": "service-role/AWSLambdaKinesisExecutionRole",
    "DynamoDB": "service-role/AWSLambdaDynamoDBExecutionRole",
    "SQS": "service-role/AWSLambdaSQSQueueExecutionRole",
    "MSK": "service-role/AWSLambdaMSKExecutionRole",
}
_BY_ITSELF = Cut(refusal="SAM attaches it by itself; give the function a role of its own in its Role property")


def sam_roles(template: Template) -> tuple[RolePlace, ...]:
    """Return the roles that SAM makes, without what connectors give them."""
    return tuple(
        _role(template, name, properties, kind)
        for kind in (FUNCTION, STATE_MACHINE)
        for name, properties in template.of_type(kind)
        if template_property(template, kind, properties, "Role") is None
    )


def template_property(template: Template, kind: str, properties: SourceNode, name: str) -> SourceNode | None:
    """Return a property of a SAM resource, its own or from `Globals`."""
    own = properties.get(name)
    return own if own is not None else template.root.walk("Globals", kind.rpartition("::")[2], name)


def _role(template: Template, logical_id: str, properties: SourceNode, kind: str) -> RolePlace:
    notes: list[str] = []
    role_id = f"{logical_id}Role"
    name, generated = template.name_of_role(role_id, None)
    policies: list[PolicyPlace] = []
    attachments: list[AttachmentPlace] = []
    for found in _entries(template, logical_id, properties, notes):
        (policies if isinstance(found, PolicyPlace) else attachments).append(found)  # type: ignore[arg-type]
    if kind == FUNCTION:
        policies += _dead_letter_policy(template, logical_id, properties)
        attachments += _added(template, logical_id, properties, [a.arn for a in attachments])
    path = template.known_text(template_property(template, kind, properties, "RolePath")) or "/"
    return RolePlace(
        address=f"Resources/{logical_id}",
        logical_id=role_id,
        name=name,
        generated_name=generated,
        account=template.account,
        arn=template.role_arn(name, path),
        path=path,
        trust=template.trust(properties, logical_id),
        boundary=boundary_of(template, properties, f"Resources/{logical_id}/Properties"),
        policies=tuple(policies),
        attachments=tuple(attachments),
        properties=properties,
        notes=tuple(notes),
    )


def _entries(
    template: Template, logical_id: str, properties: SourceNode, notes: list[str]
) -> Iterator[PolicyPlace | AttachmentPlace]:
    member = properties.member("Policies")
    found = entries_of(template, properties, "Policies", f"Resources/{logical_id}/Properties", notes)
    for number, (address, cut, item) in enumerate(found):
        # One value in place of a list goes with its property.
        whole = Cut(chain=((properties, member),)) if member is not None and member.value is item else cut
        place = _entry(template, item, address, f"{logical_id}RolePolicy{number}", whole)
        if isinstance(place, str):
            notes.append(place)
        else:
            yield place


def _entry(
    template: Template, item: SourceNode, address: str, name: str, cut: Cut
) -> PolicyPlace | AttachmentPlace | str:
    if item.members is None or intrinsic(item) is not None:
        place = attachment(template, item, address, cut)
        return place if place.arn.startswith(("arn:", "*")) else replace(place, arn=f"{_MANAGED}{place.arn}")
    if item.get("Statement") is not None:
        return template.policy(item, address=address, kind=PolicyKind.INLINE, name=name, cut=cut, item=item)
    used = item.members[0]
    if used.name not in template_names():
        return f"{address} cannot be read: {used.name} is no policy template of SAM that is known"
    return PolicyPlace(
        address=address,
        kind=PolicyKind.INLINE,
        name=name,
        statements=template_statements(used.name, template_parameters(template, used), template.dialect),
        item=item,
        template=used.name,
        cut=cut,
    )


def template_parameters(template: Template, used: SourceMember) -> dict[str, Spelling]:
    """Return the spellings of a policy template's parameters; one that stands for several texts is unknown."""
    parameters: dict[str, Spelling] = {}
    for member in used.value.members or ():
        texts = template.dialect.spellings(member.value)
        parameters[member.name] = texts[0] if len(texts) == 1 else (Hole(expression=None),)
    return parameters


def _dead_letter_policy(template: Template, logical_id: str, properties: SourceNode) -> Iterator[PolicyPlace]:
    queue = template_property(template, FUNCTION, properties, "DeadLetterQueue")
    kind, target = (queue.get("Type"), queue.get("TargetArn")) if queue is not None else (None, None)
    if kind is None or target is None:
        return
    action = "sns:Publish" if (kind.value or "").upper() == "SNS" else "sqs:SendMessage"
    item = SpelledItem(node=None, spellings=template.dialect.spellings(target))
    statement = StatementPlace(
        node=None,
        elements={"Resource": Element(node=None, items=(item,))},
        json={"Action": action, "Resource": list(item.texts), "Effect": "Allow"},
    )
    yield PolicyPlace(
        address=f"Resources/{logical_id}/Properties/DeadLetterQueue",
        kind=PolicyKind.INLINE,
        name="DeadLetterQueuePolicy",
        version=VERSION_2012,
        statements=(statement,),
        refusal="SAM makes it from the property DeadLetterQueue",
        cut=Cut(refusal="SAM makes it from the property DeadLetterQueue"),
    )


def _added(template: Template, logical_id: str, properties: SourceNode, given: list[str]) -> Iterator[AttachmentPlace]:
    """Yield the AWS-managed policies that SAM attaches to a function's role by itself."""
    names = ["service-role/AWSLambdaBasicExecutionRole"]
    tracing = template_property(template, FUNCTION, properties, "Tracing")
    if tracing is not None and tracing.value != "Disabled":
        names.append("AWSXrayWriteOnlyAccess")
    if template_property(template, FUNCTION, properties, "VpcConfig") is not None:
        names.append("service-role/AWSLambdaVPCAccessExecutionRole")
    events = properties.get("Events")
    for event in (events.members if events is not None else None) or ():
        kind = event.value.get("Type")
        names += [_BY_EVENT[kind.value]] if kind is not None and kind.value in _BY_EVENT else []
    for name in dict.fromkeys(names):
        if not any(arn.endswith(f"/{name.rpartition('/')[2]}") for arn in given):
            yield AttachmentPlace(
                address=f"Resources/{logical_id}/{name.rpartition('/')[2]}", arn=f"{_MANAGED}{name}", cut=_BY_ITSELF
            )


def connector_policies(template: Template) -> Iterator[tuple[str, PolicyPlace]]:
    """Yield logical ids of roles and the managed policies that connectors give them."""
    for logical_id, source, properties in _connectors(template):
        destinations = properties.get("Destination")
        access = [item.value or "" for item in (_items(properties.get("Permissions")))]
        for number, destination in enumerate(_items(destinations)):
            suffix = str(number) if destinations is not None and destinations.items is not None else ""
            yield from _connector_policy(template, f"{logical_id}{suffix}", source, _id(destination), access)


def _connectors(template: Template) -> Iterator[tuple[str, str | None, SourceNode]]:
    for name, properties in template.of_type("AWS::Serverless::Connector"):
        source = properties.get("Source")
        yield name, _id(source) if source is not None else None, properties
    for name, member in template.resources.items():
        embedded = member.value.get("Connectors")
        for connector in (embedded.members if embedded is not None else None) or ():
            if (inner := connector.value.get("Properties")) is not None:
                yield f"{name}{connector.name}", name, inner


def _connector_policy(
    template: Template, logical_id: str, source: str | None, destination: str | None, access: list[str]
) -> Iterator[tuple[str, PolicyPlace]]:
    if source is None or destination is None:
        template.notes.append(f"connector {logical_id}: what it connects is not named by logical ids; it is left out")
        return
    granted = connector_access(template.type_of(source), template.type_of(destination), access)
    if granted is None:
        return
    holder = source if granted.is_of_source else destination
    properties: dict[str, Spelling] = {
        f"{side}.Arn": (_arn_of(template, name),) for side, name in (("Source", source), ("Destination", destination))
    }
    reason = f"the connector {logical_id} makes it"
    yield (
        _role_of(template, holder),
        PolicyPlace(
            address=f"Resources/{logical_id}Policy",
            kind=PolicyKind.CUSTOMER_MANAGED,
            name=template.dialect.values.get(f"{logical_id}Policy", f"{logical_id}Policy").rpartition("/")[2],
            arn=template.dialect.values.get(f"{logical_id}Policy"),
            version=VERSION_2012,
            statements=connector_statements(granted, properties),
            refusal=reason,
            cut=Cut(refusal=reason),
        ),
    )


def _role_of(template: Template, logical_id: str) -> str:
    """The logical id of the role that a function or state machine has."""
    properties = template.properties_of(logical_id)
    role = next((r for n in ("Role", "RoleArn") if properties and (r := properties.get(n)) is not None), None)
    own = template.resource_of(role) if role is not None else None
    return own or f"{logical_id}Role"


def _arn_of(template: Template, logical_id: str) -> Hole:
    kind = template.dialect.resource_type(logical_id)
    if kind is not None and kind.arn_by == "Ref":
        return template.dialect.reference(logical_id)
    return template.dialect.attribute(f"{logical_id}.Arn")


def _items(node: SourceNode | None) -> tuple[SourceNode, ...]:
    if node is None:
        return ()
    return node.items if node.items is not None else (node,)


def _id(node: SourceNode) -> str | None:
    found = node.get("Id")
    return found.value if found is not None else None
