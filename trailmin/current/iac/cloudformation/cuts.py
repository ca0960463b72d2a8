"""How entries of lists and whole resources are taken out of a template."""

from collections.abc import Iterator

from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.places import Cut
from trailmin.current.iac.tree import SourceMember, SourceNode


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
        return Cut(refusal="it stands in a condition", is_conditional=True)
    if member.is_merged or container.is_shared:
        return Cut(refusal="its list is shared by an anchor with other places of the file")
    if container.start != member.value.start:
        return (
            Cut(refusal="its list stands in a condition", is_conditional=True)
            if len(container.items or ()) == 1
            else Cut(chain=((container, index),), is_conditional=True)
        )
    return Cut(chain=((properties, member), (container, index)))


def resource_cut(template: Template, logical_id: str) -> Cut:
    """Return how a resource goes: whole, if nothing else names it."""
    resources = template.root.get("Resources")
    member = template.resources[logical_id]
    is_conditional = member.value.get("Condition") is not None
    if resources is None or member.is_merged or member.value.is_shared:
        refusal = "the resource is shared by an anchor with other places of the file"
    elif len(resources.members or ()) == 1:
        refusal = "it is the only resource of the template"
    elif any(names_resource(node, logical_id) for node in _others(template.root, member)):
        refusal = f"other resources or outputs refer to {logical_id}"
    else:
        return Cut(chain=((resources, member),), is_conditional=is_conditional)
    return Cut(refusal=refusal, is_conditional=is_conditional)


def _others(root: SourceNode, member: SourceMember) -> Iterator[SourceNode]:
    inside = {id(node) for node in member.value.descendants()}
    return (node for node in root.descendants() if id(node) not in inside)


def names_resource(node: SourceNode, logical_id: str) -> bool:
    """Whether a scalar is the logical id, or names it in an expression."""
    value = node.value
    if value is None:
        return False
    return value == logical_id or value.startswith(f"{logical_id}.") or f"${{{logical_id}" in value
