"""What stands in a template beside the places that were to change: an edit must leave all of it as it was."""

from collections.abc import Collection, Hashable, Iterable

from trailmin.current.iac.cloudformation.contents import TemplateContents
from trailmin.current.iac.tree import SourceNode

_Path = tuple[str, ...]


def beside(contents: Iterable[TemplateContents], addresses: Collection[str]) -> Hashable:
    """Return all values of a file but those of the resources, or parts of a service, that addresses are in.

    An anchor that goes, or a line too many, may change what stands elsewhere: two such values tell.

    Args:
        contents: Of the file, in its order.
        addresses: Of policies, attachments and roles.
    """
    paths = [_place(address) for address in addresses]
    found: list[Hashable] = []
    for one in contents:
        root, whole = one.template.root, one.template.dialect.whole
        found.append(_value(root, paths))
        if whole is not root:
            # A service, whose template is what stands under `resources`.
            found.append(_value(whole, [*paths, ("resources",)]))
    return tuple(found)


def _place(address: str) -> _Path:
    """The resource, or function, that an address is in; of what a service provides, all."""
    steps = (address.partition(": ")[2] or address).split("/")
    return tuple(steps[:1] if steps[0] == "provider" else steps[:2])


def _value(node: SourceNode, paths: Collection[_Path]) -> Hashable:
    if node.items is not None:
        return (node.tag, tuple(_value(item, ()) for item in node.items))
    if node.members is None:
        return (node.tag, node.value)
    members = [
        (member.name, _value(member.value, [path[1:] for path in paths if path[:1] == (member.name,)]))
        for member in node.members
        if (member.name,) not in paths
    ]
    return (node.tag, tuple(members))
