"""Whether a document has the elements of a policy; the first things to be wrong, so that parsing it fails."""

import re
from collections.abc import Iterator

from trailmin.policy.json_text import JsonMember, JsonNode
from trailmin.policy.lint.finding import Check, Finding, error
from trailmin.policy.parse import PolicyKind

_DATA_TYPE = error("Data type mismatch")
_DUPLICATE = error("Duplicate keys with different case")
_EFFECT = error("Invalid effect")
_ELEMENT = error("Invalid policy element")
_PRINCIPAL_KEY = error("Invalid principal key")
_VERSION = error("Invalid version")
_NO_ACTION = error("Missing action")
_NO_EFFECT = error("Missing effect")
_NO_PRINCIPAL = error("Missing principal")
_NO_RESOURCE = error("Missing resource")
_NO_STATEMENT = error("Missing statement")
_SIDS = error("Unique Sids required")
_COMBINATION = error("Unsupported element combination")
_PRINCIPAL = error("Unsupported principal")
_SCP_PRINCIPAL = error("SCP syntax error principal")
_VARIABLE = error("Variable unsupported in element")
_TRUST_RESOURCE = error("Role trust policy syntax error resource")
_SID = error("Unsupported Sid")

_KNOWN = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_Path = tuple[str | int, ...]


def check_structure(root: JsonNode, kind: PolicyKind) -> Iterator[Finding]:
    """The findings on a document's structure; none means that it can be parsed, or fails in some other way."""
    if not root.is_object:
        yield _found(_DATA_TYPE, (), "the document must be a JSON object")
        return
    for member in root.members:
        if member.name not in {"Version", "Id", "Statement"}:
            yield _found(_ELEMENT, (member.name,), f"the policy element {member.name:.80} is not valid")
    version = root.member("Version")
    if version is not None and version.value.value not in {"2012-10-17", "2008-10-17"}:
        yield _found(_VERSION, ("Version",), "the version must be 2012-10-17 or 2008-10-17")
    statements = root.member("Statement")
    if statements is None or statements.value.items == ():
        yield _found(_NO_STATEMENT, (), "a statement is missing")
        return
    sids: set[object] = set()
    for index, node in enumerate(statements.value.items or (statements.value,)):
        yield from _statement(node, ("Statement", index), kind, sids)


def _statement(node: JsonNode, path: _Path, kind: PolicyKind, sids: set[object]) -> Iterator[Finding]:
    if not node.is_object:
        yield _found(_DATA_TYPE, path, "a statement must be a JSON object")
        return
    members = {member.name: member for member in node.members}
    for name in members.keys() - _KNOWN:
        yield _found(_ELEMENT, (*path, name), f"the policy element {name:.80} is not valid")
    yield from _effect(members, path)
    yield from _combination(members, path, kind)
    yield from _sid(members, path, kind, sids)
    for name in ("Principal", "NotPrincipal"):
        if name in members:
            yield from _principal(members[name].value, (*path, name))
    for name in ("Principal", "NotPrincipal", "Action", "NotAction"):
        if name in members:
            yield from _variable(members[name].value, (*path, name))
    if "Condition" in members:
        yield from _condition(members["Condition"].value, (*path, "Condition"))


def _effect(members: dict[str, JsonMember], path: _Path) -> Iterator[Finding]:
    if "Effect" not in members:
        yield _found(_NO_EFFECT, path, "the element Effect is missing")
    elif members["Effect"].value.value not in {"Allow", "Deny"}:
        yield _found(_EFFECT, (*path, "Effect"), "the effect must be Allow or Deny, in this spelling")


def _combination(members: dict[str, JsonMember], path: _Path, kind: PolicyKind) -> Iterator[Finding]:
    for name, check in (("Action", _NO_ACTION), ("Resource", _NO_RESOURCE), ("Principal", _NO_PRINCIPAL)):
        found = {name, f"Not{name}"} & members.keys()
        if len(found) == 2:
            yield _found(_COMBINATION, path, f"the elements {name} and Not{name} cannot be used together")
        elif not found and _is_needed(name, kind):
            yield _found(check, path, f"the element {name} or Not{name} is missing")
        elif found and name == "Principal" and kind is PolicyKind.IDENTITY:
            yield _found(_PRINCIPAL, (*path, *found), "an identity policy has no Principal")
        elif found and name == "Principal" and kind is PolicyKind.SCP:
            yield _found(_SCP_PRINCIPAL, (*path, *found), "a service control policy has no Principal")
        elif found and name == "Resource" and kind is PolicyKind.TRUST:
            yield _found(_TRUST_RESOURCE, (*path, *found), "a role trust policy has no Resource")


def _is_needed(name: str, kind: PolicyKind) -> bool:
    if name == "Principal":
        return kind not in {PolicyKind.IDENTITY, PolicyKind.SCP}
    return name != "Resource" or kind is not PolicyKind.TRUST


def _sid(members: dict[str, JsonMember], path: _Path, kind: PolicyKind, sids: set[object]) -> Iterator[Finding]:
    sid = members["Sid"].value.value if "Sid" in members else None
    if not isinstance(sid, str) or not sid:
        return
    if sid in sids and kind is not PolicyKind.RESOURCE:
        yield _found(_SIDS, (*path, "Sid"), f"the Sid {sid:.80} is used twice")
    sids.add(sid)
    if kind is PolicyKind.IDENTITY and not re.fullmatch("[0-9A-Za-z]*", sid):
        yield _found(_SID, (*path, "Sid"), "a Sid may hold ASCII letters and digits only")


def _principal(node: JsonNode, path: _Path) -> Iterator[Finding]:
    for member in node.members:
        if member.name not in _PRINCIPAL_KINDS:
            yield _found(_PRINCIPAL_KEY, (*path, member.name), f"the principal key {member.name:.80} is not valid")


def _variable(node: JsonNode, path: _Path) -> Iterator[Finding]:
    """Policy variables outside of Resource and Condition."""
    for member in node.members:
        yield from _variable(member.value, (*path, member.name))
    for index, item in enumerate(node.items or ()):
        yield from _variable(item, (*path, index))
    if isinstance(node.value, str) and "${" in node.value:
        yield _found(_VARIABLE, path, "policy variables stand in Resource and Condition only")


def _condition(node: JsonNode, path: _Path) -> Iterator[Finding]:
    if not node.is_object:
        yield _found(_DATA_TYPE, path, "a condition must be a JSON object")
    for operator in node.members:
        seen: set[str] = set()
        for key in operator.value.members:
            if key.name.lower() in seen:
                message = f"the condition key {key.name:.80} appears more than once, in different letter case"
                yield _found(_DUPLICATE, (*path, operator.name, key.name), message)
            seen.add(key.name.lower())


def _found(check: Check, path: _Path, message: str) -> Finding:
    return Finding(check=check, path=path, message=message)
