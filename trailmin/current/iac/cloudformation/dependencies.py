"""Which resources depend on which: a policy must not refer to what depends on its role, or the stack has a circle."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from trailmin.current.iac.tree import SourceNode

_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)")
_MADE_BY_SERVERLESS = re.compile(r"[A-Z]\w*(?:LambdaFunction|IamRoleLambdaExecution)|IamRoleLambdaExecution")


def dependents_of(resources: SourceNode | None, address: str) -> frozenset[str]:
    """Return the logical ids of what stands at an address and of all that depends on it, directly or not.

    A text that merely equals a logical id counts as a reference: then a literal is written, which is right as well.
    """
    mentioning: dict[str, set[str]] = defaultdict(set)
    members = (resources.members if resources is not None else None) or ()
    for member in members:
        for name in _mentioned(member.value):
            mentioning[name].add(member.name)
    found: set[str] = set()
    waiting = list(_starts(address, mentioning))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += mentioning.get(name, ())
    return frozenset(found)


def has_circle(resources: SourceNode | None) -> bool:
    """Return whether resources depend on each other in a circle, so that no stack can be made of them."""
    members = (resources.members if resources is not None else None) or ()
    names = {member.name for member in members}
    needs = {member.name: set(_mentioned(member.value)) & names for member in members}
    while ready := {name for name, needed in needs.items() if not needed & needs.keys()}:
        needs = {name: needed for name, needed in needs.items() if name not in ready}
    return bool(needs)


def _starts(address: str, mentioned: Iterable[str]) -> Iterator[str]:
    """The resource that an address is in; of Serverless, its roles and the functions that have them."""
    path = address.partition(": ")[2] or address
    if path.startswith("Resources/"):
        name = path.split("/")[1]
        # SAM's function has a role of this name.
        yield from (name, f"{name}Role")
    else:
        yield from sorted(name for name in mentioned if _MADE_BY_SERVERLESS.fullmatch(name))


def _mentioned(node: SourceNode) -> Iterator[str]:
    for one in node.descendants():
        if one.value is not None:
            yield one.value.partition(".")[0]
            yield from _SUBSTITUTED.findall(one.value)
