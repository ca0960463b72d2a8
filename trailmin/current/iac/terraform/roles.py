"""Roles, policies and attachments of a module."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.places import AttachmentPlace, Cut, RolePlace
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import (
    Block,
    Expression,
    Listing,
)
from trailmin.current.iac.terraform.instances import Instance, resource_instances
from trailmin.current.iac.terraform.module import Module, ModuleFile
from trailmin.current.iac.terraform.policies import TerraformPolicy, policy_of, policy_place, resource_key
from trailmin.current.iac.terraform.resource_policies import PlacedInModule, resource_policies_of
from trailmin.current.iac.terraform.values import Many, known_value, pattern_of
from trailmin.current.model import PolicyKind
from trailmin.current.source import GeneratedName
from trailmin.policy import PolicyKind as Grammar

ROLE = "aws_iam_role"
_HOLDERS = {"aws_iam_user_policy_attachment": "user", "aws_iam_group_policy_attachment": "group"}
_GENERATED = "terraform-*"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformAttachment:
    """What attaches a managed policy to a role."""

    place: AttachmentPlace
    file: ModuleFile
    block: Block
    resource: str
    role: Expression
    listing: Listing | None = None
    """The list that names the policy or the role, None where the whole resource is the attachment."""
    index: int = 0
    reason: str = ""
    """Why it cannot be taken out."""


@dataclass(slots=True, kw_only=True)
class TerraformRole:
    """A role and what it holds."""

    place: RolePlace
    block: Block | None = None
    file: ModuleFile | None = None
    policies: list[TerraformPolicy] = field(default_factory=list)
    attachments: list[TerraformAttachment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trust: TerraformPolicy | None = None
    exclusive: list[str] = field(default_factory=list)
    """Resources that list all inline policies that it may have; of a permission set its one, where it is not read."""


@dataclass(slots=True, kw_only=True)
class ModuleContents:
    """All that a module says of roles, by address with index."""

    module: Module
    roles: dict[str, TerraformRole] = field(default_factory=dict)
    managed: dict[str, TerraformPolicy] = field(default_factory=dict)
    on_resources: list[PlacedInModule] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    holders: dict[str, list[str]] = field(default_factory=dict)
    """Managed policy to users and groups that hold it too."""

    def alone(self) -> Iterator[TerraformPolicy]:
        """Yield every policy that is not an inline one of a role: managed ones, on resources, trust policies."""
        yield from self.managed.values()
        yield from (one.policy for one in self.on_resources)
        yield from (role.trust for role in self.roles.values() if role.trust is not None)


def role_contents(module: Module) -> ModuleContents:
    """Return what a module says of roles, and of policies on resources."""
    contents = ModuleContents(module=module)
    for one in instances_in(contents, ROLE):
        contents.roles[one.key] = _role(one)
    for one in instances_in(contents, "aws_iam_policy"):
        if (policy := _policy(contents, one, one.block, PolicyKind.CUSTOMER_MANAGED)) is not None:
            contents.managed[one.key] = policy
    for one in instances_in(contents, ROLE):
        _inside_role(contents, contents.roles[one.key], one)
    for one in instances_in(contents, "aws_iam_role_policy"):
        role = _role_of(contents, one, "role")
        if role is not None and (policy := _policy(contents, one, one.block, PolicyKind.INLINE, role)) is not None:
            role.policies.append(policy)
    _attach(contents)
    contents.on_resources += resource_policies_of(lambda kind: instances_in(contents, kind), contents.notes)
    return contents


def instances_in(contents: ModuleContents, kind: str) -> Iterator[Instance]:
    """Yield the instances of the resources of a type; a note says of which it is not known how many there are."""
    for address, block, file in contents.module.of_type(kind):
        try:
            yield from resource_instances(contents.module, address, block, file)
        except UnreadableError as error:
            note = f"{file.name}: {address} is made in a loop: {error.message}; it is left alone"
            if note not in contents.notes:
                contents.notes.append(note)


# --- roles


def _role(one: Instance) -> TerraformRole:
    module = one.scope.module
    name = one.text("name")
    path = one.text("path") or "/"
    pattern = _name_pattern(one.scope, one.block)
    label = one.block.labels[1]
    account = module.values.get("AWS::AccountId")
    arn = module.values.get(f"{one.key}.arn")
    if arn is None and name is not None and account is not None:
        arn = module.fill("arn:{p}:iam::{a}:role", name) + f"{path}{name}"
    trust = _trust(one)
    place = RolePlace(
        address=one.key,
        logical_id=label if one.key == one.address else one.key.removeprefix(f"{ROLE}."),
        name=name,
        generated_name=None if name is not None else GeneratedName(logical_id=f"{one.key}.name", pattern=pattern),
        account=account,
        arn=arn if arn is not None and "*" not in arn else None,
        path=path,
        trust=trust.place if trust is not None else None,
    )
    return TerraformRole(place=place, block=one.block, file=one.scope.file, trust=trust)


def _name_pattern(scope: Scope, block: Block) -> str:
    """What is known of a name: all of it, or `*` for the rest."""
    if (name := block.get("name")) is not None:
        return pattern_of(scope.value(name))
    if (prefix := block.get("name_prefix")) is not None:
        return f"{pattern_of(scope.value(prefix))}*".replace("**", "*")
    return _GENERATED


def _trust(one: Instance) -> TerraformPolicy | None:
    """The trust policy, as the code has it, else the state; None where it is computed."""
    node = one.block.get("assume_role_policy")
    found = policy_place(one, node, kind=PolicyKind.INLINE, name=one.key, argument="assume_role_policy")
    if isinstance(found, str):
        return None
    place, document = found
    trust = replace(place, grammar=Grammar.TRUST)
    return policy_of(one, trust, document, stays="a role cannot be without a trust policy")


def _inside_role(contents: ModuleContents, role: TerraformRole, one: Instance) -> None:
    for number, block in enumerate(one.block.of_type("inline_policy")):
        if block.get("policy") is not None:
            inner = replace(one, key=f"{one.key}/inline_policy/{number}")
            if (policy := _policy(contents, inner, block, PolicyKind.INLINE, role)) is not None:
                role.policies.append(policy)
    for block in one.block.of_type("dynamic"):
        if block.labels == ("inline_policy",):
            role.notes.append("inline_policy is a dynamic block: it is left alone")
    if (arns := one.block.get("managed_policy_arns")) is not None:
        _attach_listed(contents, role, one, arns, f"{one.key}/managed_policy_arns")


def _role_of(contents: ModuleContents, one: Instance, argument: str) -> TerraformRole | None:
    node = one.block.get(argument)
    return _role_named(contents, one, node) if node is not None else None


def _role_named(contents: ModuleContents, one: Instance, node: Expression) -> TerraformRole:
    """The role that an argument names; one of elsewhere is added by its name."""
    if (key := resource_key(one.scope, node, ROLE)) is not None and key in contents.roles:
        return contents.roles[key]
    value = one.scope.value(node)
    name = contents.module.values.get(f"{one.key}.role") or known_value(value)
    if name is not None:
        for role in contents.roles.values():
            if role.place.name == name:
                return role
    shown = name or one.scope.source(node)
    address = f"role {shown}"
    if address not in contents.roles:
        generated = None if name is not None else GeneratedName(logical_id=shown, pattern=pattern_of(value))
        place = RolePlace(
            address=address,
            logical_id=shown,
            name=name,
            generated_name=generated,
            account=contents.module.values.get("AWS::AccountId"),
        )
        contents.roles[address] = TerraformRole(place=place)
    return contents.roles[address]


# --- policies


def _policy(
    contents: ModuleContents, one: Instance, block: Block, kind: PolicyKind, role: TerraformRole | None = None
) -> TerraformPolicy | None:
    node = block.get("policy")
    if node is None:
        return None
    name = (one.text("name") if block is one.block else None) or _name_pattern(one.scope, block)
    found = policy_place(one, node, kind=kind, name=name)
    if isinstance(found, str):
        (role.notes if role is not None else contents.notes).append(f"{one.scope.file.name}: {found}")
        return None
    place, document = found
    arn = one.scope.attribute(one.address, one.key.removeprefix(one.address), "arn") or "*"
    named = replace(place, arn=arn if kind is PolicyKind.CUSTOMER_MANAGED and "*" not in arn else None)
    return policy_of(one, named, document, block=block)


# --- attachments


def _attach(contents: ModuleContents) -> None:
    for one in instances_in(contents, "aws_iam_role_policy_attachment"):
        role, node, arn = _role_of(contents, one, "role"), one.block.get("role"), one.block.get("policy_arn")
        if role is not None and node is not None and arn is not None:
            place = _attachment(contents, one, arn, one.key)
            role.attachments.append(attachment_of(one, place, node))
    for one in instances_in(contents, "aws_iam_policy_attachment"):
        _attach_shared(contents, one)
    for one in instances_in(contents, "aws_iam_role_policy_attachments_exclusive"):
        role, arns = _role_of(contents, one, "role_name"), one.block.get("policy_arns")
        if role is not None and arns is not None:
            _attach_listed(contents, role, one, arns, f"{one.key}/policy_arns")
    for one in instances_in(contents, "aws_iam_role_policies_exclusive"):
        if (role := _role_of(contents, one, "role_name")) is not None:
            role.exclusive.append(one.address)
    for kind, holder in _HOLDERS.items():
        for one in instances_in(contents, kind):
            arn = one.block.get("policy_arn")
            if arn is not None and (key := resource_key(one.scope, arn, "aws_iam_policy")) is not None:
                contents.holders.setdefault(key, []).append(f"the {holder} of {one.key}")


def _attach_shared(contents: ModuleContents, one: Instance) -> None:
    """`aws_iam_policy_attachment`: one policy, and lists of those that hold it."""
    arn, roles = one.block.get("policy_arn"), one.block.get("roles")
    if arn is None:
        return
    key = resource_key(one.scope, arn, "aws_iam_policy")
    for argument in ("users", "groups"):
        listed = one.block.get(argument)
        if listed is not None and key is not None and one.scope.value(listed) != Many(items=()):
            contents.holders.setdefault(key, []).append(f"the {argument} of {one.key}")
    if not isinstance(roles, Listing):
        if roles is not None:
            contents.notes.append(f"{one.scope.file.name}: the roles of {one.key} are computed; it is left alone")
        return
    for index, node in enumerate(roles.children):
        role = _role_named(contents, one, node)
        place = _attachment(contents, one, arn, f"{one.key}/roles/{index}")
        listing = roles if len(roles.children) > 1 else None
        role.attachments.append(attachment_of(one, place, node, listing=listing, index=index))


def _attach_listed(
    contents: ModuleContents, role: TerraformRole, one: Instance, arns: Expression, address: str
) -> None:
    """A list of policies, of the role or of a resource that names the role."""
    if not isinstance(arns, Listing):
        role.notes.append(f"{address} is computed; it is left alone")
        return
    known = {a.place.policy or a.place.arn for a in role.attachments}
    for index, node in enumerate(arns.children):
        place = _attachment(contents, one, node, f"{address}/{index}")
        if (place.policy or place.arn) in known:
            continue
        name = one.block.get("role_name") or one.block.get("name") or node
        role.attachments.append(attachment_of(one, place, name, listing=arns, index=index))


def attachment_of(
    one: Instance, place: AttachmentPlace, role: Expression, *, listing: Listing | None = None, index: int = 0
) -> TerraformAttachment:
    """Return what an instance attaches to the role that an expression names, by an entry of a list or as a whole."""
    return TerraformAttachment(
        place=place,
        file=one.scope.file,
        block=one.block,
        resource=one.address,
        role=role,
        listing=listing,
        index=index,
        reason=one.loop,
    )


def _attachment(contents: ModuleContents, one: Instance, arn: Expression, address: str) -> AttachmentPlace:
    key = resource_key(one.scope, arn, "aws_iam_policy")
    if key is not None and key in contents.managed:
        return AttachmentPlace(address=address, arn="", policy=key, cut=Cut(is_conditional=one.is_conditional))
    return AttachmentPlace(address=address, arn=pattern_of(one.scope.value(arn)))
