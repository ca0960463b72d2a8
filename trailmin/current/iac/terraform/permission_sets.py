"""Permission sets of a module: `aws_ssoadmin_permission_set`, its inline policy, and what attaches managed ones.

Source: registry documentation of hashicorp/aws, resources `aws_ssoadmin_*`.
"""

from collections.abc import Callable
from dataclasses import replace

from trailmin.current.iac.places import AttachmentPlace, RolePlace
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Block
from trailmin.current.iac.terraform.instances import Instance
from trailmin.current.iac.terraform.policies import policy_of, policy_place, resource_key
from trailmin.current.iac.terraform.roles import ModuleContents, TerraformRole, attachment_of, instances_in
from trailmin.current.iac.terraform.values import pattern_of
from trailmin.current.model import PolicyKind
from trailmin.current.permission_set_files import INLINE_POLICY_NAME, role_name_of
from trailmin.current.source import GeneratedName

PERMISSION_SET = "aws_ssoadmin_permission_set"
INLINE_POLICY = f"{PERMISSION_SET}_inline_policy"
_MANAGED = "aws_ssoadmin_managed_policy_attachment"
_CUSTOMER_MANAGED = "aws_ssoadmin_customer_managed_policy_attachment"
_BOUNDARY = "aws_ssoadmin_permissions_boundary_attachment"
_REFERENCE = "customer_managed_policy_reference"


def add_permission_sets(contents: ModuleContents) -> None:
    """Add a module's permission sets to its roles, each as the roles that are made from it."""
    for one in instances_in(contents, PERMISSION_SET):
        contents.roles[one.key] = _permission_set(one)
    for kind, add in _PARTS.items():
        for one in instances_in(contents, kind):
            if (role := _set_of(contents, one)) is not None:
                add(role, one)


def _permission_set(one: Instance) -> TerraformRole:
    name, node = one.text("name"), one.block.get("name")
    pattern = pattern_of(one.scope.value(node)) if node is not None else "*"
    place = RolePlace(
        address=one.key,
        logical_id=one.key.removeprefix(f"{PERMISSION_SET}."),
        name=role_name_of(name) if name is not None else None,
        generated_name=None
        if name is not None
        else GeneratedName(logical_id=f"{one.key}.name", pattern=role_name_of(pattern)),
        is_set=True,
    )
    notes = [] if name is not None else [f"{one.scope.file.name}: the name of {one.key} is not known"]
    return TerraformRole(place=place, block=one.block, file=one.scope.file, notes=notes)


def _set_of(contents: ModuleContents, one: Instance) -> TerraformRole | None:
    """The permission set that a resource is about; one of elsewhere is left alone, with a note."""
    node = one.block.get("permission_set_arn")
    key = resource_key(one.scope, node, PERMISSION_SET) if node is not None else None
    if key is not None and key in contents.roles:
        return contents.roles[key]
    contents.notes.append(f"{one.scope.file.name}: the permission set of {one.key} is not in the module")
    return None


def _add_inline(role: TerraformRole, one: Instance) -> None:
    node = one.block.get("inline_policy")
    found = policy_place(one, node, kind=PolicyKind.INLINE, name=INLINE_POLICY_NAME, argument="inline_policy")
    if isinstance(found, str):
        role.notes.append(f"{one.scope.file.name}: {found}")
        role.exclusive.append(one.address)
        return
    role.policies.append(policy_of(one, *found))


def _add_managed(role: TerraformRole, one: Instance) -> None:
    node = one.block.get("managed_policy_arn")
    _attach(role, one, pattern_of(one.scope.value(node)) if node is not None else "*")


def _add_reference(role: TerraformRole, one: Instance) -> None:
    for block in one.block.of_type(_REFERENCE):
        _attach(role, one, _arn_of(one.scope, block))


def _attach(role: TerraformRole, one: Instance, arn: str) -> None:
    node = one.block.get("permission_set_arn")
    if node is not None:
        role.attachments.append(attachment_of(one, AttachmentPlace(address=one.key, arn=arn), node))


def _add_boundary(role: TerraformRole, one: Instance) -> None:
    for block in one.block.of_type("permissions_boundary"):
        node, references = block.get("managed_policy_arn"), block.of_type(_REFERENCE)
        arn = pattern_of(one.scope.value(node)) if node is not None else _arn_of(one.scope, references[0])
        role.place = replace(role.place, boundary=AttachmentPlace(address=one.key, arn=arn))


def _arn_of(scope: Scope, reference: Block) -> str:
    """What stands for a policy of this name in any account."""
    name, path = reference.get("name"), reference.get("path")
    return (
        f"arn:*:iam::*:policy{pattern_of(scope.value(path)) if path is not None else '/'}"
        f"{pattern_of(scope.value(name)) if name is not None else '*'}"
    )


_PARTS: dict[str, Callable[[TerraformRole, Instance], None]] = {
    INLINE_POLICY: _add_inline,
    _MANAGED: _add_managed,
    _CUSTOMER_MANAGED: _add_reference,
    _BOUNDARY: _add_boundary,
}
