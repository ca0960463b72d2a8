"""CloudFormation's intrinsic functions as YAML and JSON write them, short or in full."""

from dataclasses import replace

from trailmin.current.iac.tree import SourceNode

_SHORT = {"!Ref": "Ref", "!Condition": "Condition"}


def intrinsic(node: SourceNode) -> tuple[str, SourceNode] | None:
    """Return the name in full and the argument of the intrinsic function that a value is, None where it is none."""
    if node.tag is not None:
        if not node.tag.startswith("!") or node.tag.startswith("!!"):
            return None
        return _SHORT.get(node.tag, f"Fn::{node.tag[1:]}"), replace(node, tag=None)
    if node.members is not None and len(node.members) == 1:
        member = node.members[0]
        if member.name == "Ref" or member.name.startswith("Fn::"):
            return member.name, member.value
    return None
