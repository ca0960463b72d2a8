"""Permission sets of a template: `AWS::SSO::PermissionSet`.

Source: CloudFormation template reference, AWS::SSO::PermissionSet: one `InlinePolicy`, `ManagedPolicies` by ARN,
`CustomerManagedPolicyReferences` by name and path.
"""

from collections.abc import Iterator

from trailmin.current.iac.cloudformation.cuts import entries_of
from trailmin.current.iac.cloudformation.roles import attachments_of
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.places import AttachmentPlace, Cut, PolicyPlace, RolePlace
from trailmin.current.iac.tree import SourceNode
from trailmin.current.model import PolicyKind
from trailmin.current.permission_set_files import INLINE_POLICY_NAME, role_name_of
from trailmin.current.source import GeneratedName

PERMISSION_SET = "AWS::SSO::PermissionSet"
INLINE_POLICY = "InlinePolicy"


def permission_sets_of(template: Template) -> tuple[RolePlace, ...]:
    """Return the permission sets of a template, each as the roles that are made from it."""
    return tuple(_permission_set(template, name, properties) for name, properties in template.of_type(PERMISSION_SET))


def _permission_set(template: Template, logical_id: str, properties: SourceNode) -> RolePlace:
    base = f"Resources/{logical_id}/Properties"
    notes: list[str] = []
    name = template.known_text(properties.get("Name"))
    pattern = template.pattern(properties.get("Name")) or "*"
    if name is None:
        notes.append("the permission set's name is not known")
    return RolePlace(
        address=f"Resources/{logical_id}",
        logical_id=logical_id,
        name=role_name_of(name) if name is not None else None,
        generated_name=None
        if name is not None
        else GeneratedName(logical_id=logical_id, pattern=role_name_of(pattern)),
        policies=tuple(_inline(template, properties, base, notes)),
        attachments=(
            *attachments_of(template, properties, "ManagedPolicies", base, notes),
            *_references(template, properties, base, notes),
        ),
        boundary=_boundary(template, properties, base),
        properties=properties,
        notes=tuple(notes),
        is_set=True,
    )


def _inline(template: Template, properties: SourceNode, base: str, notes: list[str]) -> Iterator[PolicyPlace]:
    member = properties.member(INLINE_POLICY)
    if member is None:
        return
    found = template.policy(
        member.value,
        address=f"{base}/{INLINE_POLICY}",
        kind=PolicyKind.INLINE,
        name=INLINE_POLICY_NAME,
        cut=Cut(refusal="it is shared by an anchor with other places of the file")
        if member.is_merged
        else Cut(chain=((properties, member),)),
    )
    if isinstance(found, str):
        notes.append(found)
    else:
        yield found


def _references(template: Template, properties: SourceNode, base: str, notes: list[str]) -> Iterator[AttachmentPlace]:
    for address, cut, item in entries_of(template, properties, "CustomerManagedPolicyReferences", base, notes):
        yield AttachmentPlace(address=address, arn=_arn_of(template, item), cut=cut, item=item)


def _arn_of(template: Template, reference: SourceNode) -> str:
    """What stands for a policy of this name in any account."""
    path = template.pattern(reference.get("Path")) or "/"
    return f"arn:*:iam::*:policy{path}{template.pattern(reference.get('Name')) or '*'}"


def _boundary(template: Template, properties: SourceNode, base: str) -> AttachmentPlace | None:
    node = properties.get("PermissionsBoundary")
    if node is None:
        return None
    reference = node.get("CustomerManagedPolicyReference")
    arn = _arn_of(template, reference) if reference is not None else template.pattern(node.get("ManagedPolicyArn"))
    cut = Cut(refusal="a boundary is never edited")
    return AttachmentPlace(address=f"{base}/PermissionsBoundary", arn=arn or "*", cut=cut)
