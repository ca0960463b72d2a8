"""Roles and policies of a template: `AWS::IAM::*` resources, and what SAM makes of its functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.functions import intrinsic
from trailmin.current.iac.places import AttachmentPlace, Cut, PolicyPlace, RolePlace
from trailmin.current.iac.spelling import known_text, text_of
from trailmin.current.iac.statements import read_statements, read_value
from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.current.model import PolicyKind
from trailmin.current.source import GeneratedName
from trailmin.policy import VERSION_2012
from trailmin.policy import PolicyKind as Grammar

ROLE = "AWS::IAM::Role"
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
_POLICY = "AWS::IAM::Policy"
_ROLE_POLICY = "AWS::IAM::RolePolicy"


@dataclass(frozen=True, kw_only=True)
class Template:
    """One template."""

    root: SourceNode
    dialect: TemplateDialect
    notes: list[str] = field(default_factory=list)

    @cached_property
    def resources(self) -> Mapping[str, SourceMember]:
        """Its resources by logical id; loops (`Fn::ForEach::…`) are left out."""
        node = self.root.get("Resources")
        members = (node.members if node is not None else None) or ()
        return {m.name: m for m in members if not m.name.startswith("Fn::") and m.value.members is not None}

    def type_of(self, logical_id: str) -> str:
        """The type of a resource."""
        node = self.resources[logical_id].value.get("Type") if logical_id in self.resources else None
        return (node.value or "") if node is not None else ""

    def properties_of(self, logical_id: str) -> SourceNode | None:
        """The properties of a resource, where they are a mapping."""
        node = self.resources[logical_id].value.get("Properties")
        return node if node is not None and node.members is not None and intrinsic(node) is None else None

    def of_type(self, kind: str) -> Iterator[tuple[str, SourceNode]]:
        """Yield logical id and properties of the resources of a type."""
        for name in self.resources:
            if self.type_of(name) == kind and (properties := self.properties_of(name)) is not None:
                yield name, properties

    # --- values

    def known_text(self, node: SourceNode | None) -> str | None:
        """What a value stands for, where all of it is known."""
        if node is None:
            return None
        try:
            return known_text(self.dialect.spellings(node))
        except UnreadableError:
            return None

    def pattern(self, node: SourceNode | None) -> str | None:
        """What a value stands for, unknown parts as `*`; None where there is nothing to tell."""
        if node is None:
            return None
        try:
            texts = {text_of(spelling) for spelling in self.dialect.spellings(node)}
        except UnreadableError:
            return None
        return texts.pop() if len(texts) == 1 else None

    def resource_of(self, node: SourceNode) -> str | None:
        """The logical id of the resource that a value refers to as a whole."""
        found = intrinsic(node)
        if found is None:
            return None
        name, argument = found
        target = argument.value if name in {"Ref", "Fn::Sub"} else None
        if name == "Fn::GetAtt":
            parts = argument.items[0].value if argument.items else (argument.value or "").partition(".")[0]
            target = parts
        target = (target or "").removeprefix("${").removesuffix("}").partition(".")[0]
        return target if target in self.resources else None

    def items_of(self, node: SourceNode | None) -> Iterator[tuple[SourceNode | None, int, SourceNode]]:
        """Yield the values of a list, or the one value, conditions followed: container, index, value."""
        if node is None:
            return
        for branch in self.dialect.branches(node):
            if branch.items is None or branch.tag is not None:
                yield None, 0, branch
                continue
            for index, item in enumerate(branch.items):
                for value in self.dialect.branches(item):
                    yield (branch if value is item else None), index, value

    # --- names

    def name_of_role(self, logical_id: str, node: SourceNode | None) -> tuple[str | None, GeneratedName | None]:
        """Return a role's name, or what is known of it."""
        physical = self.dialect.values.get(logical_id)
        if physical is not None:
            return physical, None
        known = self.known_text(node)
        if known is not None:
            return known, None
        stack = self.dialect.values.get("AWS::StackName")
        return None, GeneratedName(logical_id=logical_id, stack=stack, pattern=self.pattern(node) if node else None)

    def role_arn(self, name: str | None, path: str) -> str | None:
        """Return a role's ARN, where its parts are known."""
        where = self.dialect.deployment
        if name is None or "*" in where.account:
            return None
        partition = "aws" if where.partition == "*" else where.partition
        return f"arn:{partition}:iam::{where.account}:role{path}{name}"

    @property
    def account(self) -> str | None:
        """The account of its stack."""
        return self.dialect.values.get("AWS::AccountId")

    # --- policies

    def policy(
        self,
        document: SourceNode | None,
        *,
        address: str,
        kind: PolicyKind,
        name: str,
        cut: Cut,
        item: SourceNode | None = None,
    ) -> PolicyPlace | str:
        """Return the policy that a document stands for, or why it cannot be read."""
        try:
            return self._policy(document, address=address, kind=kind, name=name, cut=cut, item=item)
        except UnreadableError as error:
            return f"{address} cannot be read: {error.message}"

    def _policy(
        self,
        document: SourceNode | None,
        *,
        address: str,
        kind: PolicyKind,
        name: str,
        cut: Cut,
        item: SourceNode | None,
    ) -> PolicyPlace:
        if document is None:
            raise UnreadableError("it has no document")
        branches = self.dialect.branches(document)
        if len(branches) != 1 or branches[0].members is None or branches[0].get("Statement") is None:
            raise UnreadableError("its document is computed, or depends on a condition that is not known")
        (branch,) = branches
        version, element = branch.get("Version"), branch.get("Statement")
        if element is None:
            raise UnreadableError("it has no Statement")
        return PolicyPlace(
            address=address,
            kind=kind,
            name=name,
            version=str(read_value(version, self.dialect)) if version is not None else None,
            statements=read_statements(element, self.dialect),
            element=element,
            item=item,
            cut=cut,
        )

    def trust(self, properties: SourceNode, logical_id: str) -> PolicyPlace | None:
        """Return a role's trust policy, None where there is none or it is computed."""
        name = "AssumeRolePolicyDocument"
        found = self.policy(
            properties.get(name),
            address=f"Resources/{logical_id}/Properties/{name}",
            kind=PolicyKind.INLINE,
            name=logical_id,
            cut=Cut(refusal="a role cannot be without a trust policy"),
        )
        return None if isinstance(found, str) else replace(found, grammar=Grammar.TRUST)

    def statement(self, node: SourceNode, *, address: str, name: str, cut: Cut) -> PolicyPlace | str:
        """Return the policy on a resource that one statement makes, or why it cannot be read."""
        try:
            statements = read_statements(node, self.dialect)
        except UnreadableError as error:
            return f"{address} cannot be read: {error.message}"
        return PolicyPlace(
            address=address,
            kind=PolicyKind.INLINE,
            name=name,
            grammar=Grammar.RESOURCE,
            version=VERSION_2012,
            statements=statements,
            element=node,
            cut=cut,
        )


def roles_of(template: Template) -> tuple[RolePlace, ...]:
    """Return the `AWS::IAM::Role` resources of a template, with the policies that other resources give them."""
    places = [_role(template, name, properties) for name, properties in template.of_type(ROLE)]
    given: dict[str, list[PolicyPlace]] = {}
    attached: dict[str, list[AttachmentPlace]] = {}
    for kind in (_POLICY, _ROLE_POLICY):
        for name, properties in template.of_type(kind):
            _give(template, name, properties, given)
    for name, properties in template.of_type(MANAGED_POLICY):
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
    for name, properties in template.of_type(MANAGED_POLICY):
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
            places.append(replace(found, arn=physical))
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
    inside = target is not None and template.type_of(target) == MANAGED_POLICY
    return AttachmentPlace(
        address=address,
        arn=template.pattern(item) or "*",
        policy=f"Resources/{target}" if inside else None,
        cut=cut,
        item=item,
    )


def entries_of(
    template: Template, properties: SourceNode, name: str, base: str, notes: list[str]
) -> Iterator[tuple[str, Cut, SourceNode]]:
    """Yield address, way out and value of each entry of a list among a resource's properties."""
    member = properties.member(name)
    if member is None:
        return
    try:
        found = list(template.items_of(member.value))
    except UnreadableError as error:
        notes.append(f"{base}/{name} cannot be read: {error.message}")
        return
    for number, (container, index, item) in enumerate(found):
        cut = entry_cut(properties, member, container, index)
        yield f"{base}/{name}/{number}", cut, item


def entry_cut(properties: SourceNode, member: SourceMember, container: SourceNode | None, index: int) -> Cut:
    """Return how an entry of a list among properties is taken out; the list goes with its last entry."""
    if container is None:
        return Cut(refusal="it stands in a condition")
    if member.is_merged or container.is_shared:
        return Cut(refusal="its list is shared by an anchor with other places of the file")
    if container.start != member.value.start:
        return (
            Cut(refusal="its list stands in a condition")
            if len(container.items or ()) == 1
            else Cut(chain=((container, index),))
        )
    return Cut(chain=((properties, member), (container, index)))


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


def resource_cut(template: Template, logical_id: str) -> Cut:
    """Return how a resource goes: whole, if nothing else names it."""
    resources = template.root.get("Resources")
    member = template.resources[logical_id]
    if resources is None or member.is_merged or member.value.is_shared:
        return Cut(refusal="the resource is shared by an anchor with other places of the file")
    if len(resources.members or ()) == 1:
        return Cut(refusal="it is the only resource of the template")
    if any(_names(node, logical_id) for node in _others(template.root, member)):
        return Cut(refusal=f"other resources or outputs refer to {logical_id}")
    return Cut(chain=((resources, member),))


def _others(root: SourceNode, member: SourceMember) -> Iterator[SourceNode]:
    inside = {id(node) for node in member.value.descendants()}
    return (node for node in root.descendants() if id(node) not in inside)


def _names(node: SourceNode, logical_id: str) -> bool:
    """Whether a scalar is the logical id, or names it in an expression."""
    value = node.value
    if value is None:
        return False
    return value == logical_id or value.startswith(f"{logical_id}.") or f"${{{logical_id}" in value


def _last(arn: str | None) -> str | None:
    return arn.rpartition("/")[2] if arn is not None else None
