"""Roles and managed policies of a template: `AWS::IAM::*` resources, and what they give each other."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from trailmin.current.iac.cloudformation.cuts import entries_of, entry_cut, names_resource, resource_cut
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.places import AttachmentPlace, Cut, PolicyPlace, RolePlace
from trailmin.current.iac.tree import SourceNode
from trailmin.current.model import PolicyKind

_ROLE = "AWS::IAM::Role"
_MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
_POLICY = "AWS::IAM::Policy"
_ROLE_POLICY = "AWS::IAM::RolePolicy"


def roles_of(template: Template) -> tuple[RolePlace, ...]:
    """Return the `AWS::IAM::Role` resources of a template, with the policies that other resources give them."""
    places = [_role(template, name, properties) for name, properties in template.of_type(_ROLE)]
    given: dict[str, list[PolicyPlace]] = {}
    attached: dict[str, list[AttachmentPlace]] = {}
    for kind in (_POLICY, _ROLE_POLICY):
        for name, properties in template.of_type(kind):
            _give(template, name, properties, given)
    for name, properties in template.of_type(_MANAGED_POLICY):
        for role, place in _holders(template, name, properties):
            attached.setdefault(role, []).append(place)
    known = {place.logical_id for place in places} | {place.name for place in places}
    elsewhere = [
        RolePlace(address=role, logical_id=role, name=role, account=template.account)
        for role in sorted((given.keys() | attached.keys()) - known)
        if role not in template.resources
    ]
    return tuple(with_given(place, given, attached) for place in (*places, *elsewhere))


def with_given(
    place: RolePlace, given: Mapping[str, list[PolicyPlace]], attached: Mapping[str, list[AttachmentPlace]]
) -> RolePlace:
    """Return a role with what other resources give it, by its logical id or its name."""
    keys = dict.fromkeys((place.logical_id, place.name or place.logical_id))
    return replace(
        place,
        policies=(*place.policies, *(p for key in keys for p in given.get(key, ()))),
        attachments=(*place.attachments, *(a for key in keys for a in attached.get(key, ()))),
    )


def managed_policies_of(template: Template) -> tuple[PolicyPlace, ...]:
    """Return the `AWS::IAM::ManagedPolicy` resources of a template."""
    places: list[PolicyPlace] = []
    for name, properties in template.of_type(_MANAGED_POLICY):
        physical = template.dialect.values.get(name)
        found = template.policy(
            properties.get("PolicyDocument"),
            address=f"Resources/{name}",
            kind=PolicyKind.CUSTOMER_MANAGED,
            name=template.known_text(properties.get("ManagedPolicyName")) or _last(physical) or name,
            cut=resource_cut(template, name),
        )
        if isinstance(found, str):
            template.notes.append(found)
        else:
            places.append(replace(found, arn=physical, refusal=_held_by_others(template, name, properties)))
    return tuple(places)


def _role(template: Template, logical_id: str, properties: SourceNode) -> RolePlace:
    base = f"Resources/{logical_id}/Properties"
    path = template.known_text(properties.get("Path")) or "/"
    name, generated = template.name_of_role(logical_id, properties.get("RoleName"))
    notes: list[str] = []
    policies: list[PolicyPlace] = []
    for address, cut, item in entries_of(template, properties, "Policies", base, notes):
        found = template.policy(
            item.get("PolicyDocument"),
            address=address,
            kind=PolicyKind.INLINE,
            name=template.pattern(item.get("PolicyName")) or address.rpartition("/")[2],
            cut=cut,
        )
        if isinstance(found, str):
            notes.append(found)
        else:
            policies.append(found)
    return RolePlace(
        address=f"Resources/{logical_id}",
        logical_id=logical_id,
        name=name,
        generated_name=generated,
        account=template.account,
        arn=template.role_arn(name, path),
        path=path,
        trust=template.trust(properties, logical_id),
        boundary=boundary_of(template, properties, base),
        policies=tuple(policies),
        attachments=tuple(attachments_of(template, properties, "ManagedPolicyArns", base, notes)),
        properties=properties,
        notes=tuple(notes),
    )


def attachments_of(
    template: Template, properties: SourceNode, name: str, base: str, notes: list[str]
) -> Iterator[AttachmentPlace]:
    """Yield the managed policies that a list of ARNs attaches."""
    for address, cut, item in entries_of(template, properties, name, base, notes):
        yield attachment(template, item, address, cut)


def boundary_of(template: Template, properties: SourceNode, base: str) -> AttachmentPlace | None:
    """Return the permissions boundary of a role, where the template gives it one."""
    node = properties.get("PermissionsBoundary")
    if node is None:
        return None
    return attachment(template, node, f"{base}/PermissionsBoundary", Cut(refusal="a boundary is never edited"))


def attachment(template: Template, item: SourceNode, address: str, cut: Cut) -> AttachmentPlace:
    """Return the attachment that an ARN, or a reference to a managed policy of the template, makes."""
    target = template.resource_of(item)
    inside = target is not None and template.type_of(target) == _MANAGED_POLICY
    return AttachmentPlace(
        address=address,
        arn=template.pattern(item) or "*",
        policy=f"Resources/{target}" if inside else None,
        cut=cut,
        item=item,
    )


def _give(template: Template, logical_id: str, properties: SourceNode, given: dict[str, list[PolicyPlace]]) -> None:
    """Add a policy resource to the roles that it names."""
    found = template.policy(
        properties.get("PolicyDocument"),
        address=f"Resources/{logical_id}",
        kind=PolicyKind.INLINE,
        name=template.pattern(properties.get("PolicyName")) or logical_id,
        cut=resource_cut(template, logical_id),
    )
    if isinstance(found, str):
        template.notes.append(found)
        return
    refusal = _held_by_others(template, logical_id, properties)
    if refusal is not None:
        found = replace(found, refusal=refusal, cut=replace(found.cut, refusal=refusal))
    for role, _, _, _ in _roles_named(template, properties):
        given.setdefault(role, []).append(found)


def _holders(template: Template, logical_id: str, properties: SourceNode) -> Iterator[tuple[str, AttachmentPlace]]:
    """Yield the roles that a managed policy attaches itself to."""
    for role, address, cut, item in _roles_named(template, properties):
        place = AttachmentPlace(
            address=f"Resources/{logical_id}/Properties/{address}",
            arn=template.dialect.values.get(logical_id, "*"),
            policy=f"Resources/{logical_id}",
            cut=cut,
            item=item,
        )
        yield role, place


def _roles_named(template: Template, properties: SourceNode) -> Iterator[tuple[str, str, Cut, SourceNode]]:
    for name in ("Roles", "RoleName"):
        member = properties.member(name)
        if member is None:
            continue
        try:
            found = list(template.items_of(member.value))
        except UnreadableError as error:
            template.notes.append(f"{name} cannot be read: {error.message}")
            continue
        for container, index, item in found:
            role = template.resource_of(item) or template.known_text(item)
            if role is not None:
                yield role, f"{name}/{index}", entry_cut(properties, member, container, index), item


def _held_by_others(template: Template, logical_id: str, properties: SourceNode) -> str | None:
    """Why a policy cannot change for the roles alone that are known to hold it; None where they are all that do."""
    identities = [
        name for name in ("Users", "Groups") if (node := properties.get(name)) is not None and node.items != ()
    ]
    identities += [
        name
        for kind in ("AWS::IAM::User", "AWS::IAM::Group")
        for name, inside in template.of_type(kind)
        if any(names_resource(node, logical_id) for node in inside.descendants())
    ]
    if identities:
        return f"users or groups hold it too ({', '.join(identities)})"
    try:
        listed = list(template.items_of(properties.get("Roles")))
    except UnreadableError:
        return "which roles hold it is computed"
    known = [address for _, address, _, _ in _roles_named(template, properties) if address.startswith("Roles/")]
    return "a role that is not known holds it too" if len(known) < len(listed) else None


def _last(arn: str | None) -> str | None:
    return arn.rpartition("/")[2] if arn is not None else None
