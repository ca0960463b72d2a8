"""Reading a policy document: strict, with the place of every mistake."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trailmin.errors import PolicyError
from trailmin.policy.document import VERSION_2008, VERSION_2012, Condition, Effect, Policy, Principals, Statement
from trailmin.policy.json_text import (
    JsonMember,
    JsonNode,
    JsonNumber,
    format_path,
    from_object,
    line_and_column,
    read_json,
)
from trailmin.policy.match import is_action_pattern
from trailmin.policy.pattern import is_policy_character


class PolicyKind(StrEnum):
    """What a document is attached to, which decides the elements it may have."""

    IDENTITY = "identity"
    """Identity policies, permissions boundaries and session policies: no Principal."""
    TRUST = "trust"
    """A role's trust policy: a Principal, no Resource."""
    RESOURCE = "resource"
    """A policy on a resource: a Principal and a Resource."""
    SCP = "scp"
    """A service control policy: no Principal."""
    RCP = "rcp"
    """A resource control policy: the Principal `*` and a Resource."""


_WITHOUT_PRINCIPAL = frozenset({PolicyKind.IDENTITY, PolicyKind.SCP})


_POLICY_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_SID = re.compile(r"[0-9A-Za-z]*")
_HINT = "See the IAM User Guide, 'IAM JSON policy element reference'."

_Path = tuple[str | int, ...]


def parse_policy(
    source: str | Mapping[str, Any], *, kind: PolicyKind | str = PolicyKind.IDENTITY, origin: str | None = None
) -> Policy:
    """The policy in a JSON text, or in the object that `json.loads` makes of one.

    Args:
        source: the document. A text's errors also tell line and column.
        kind: what the document is attached to.
        origin: where the document comes from, put before every message.

    Raises:
        PolicyError: not strict JSON, or not a policy of this kind; the message has the path (`Statement[1].Effect`).
    """
    try:
        root = read_json(source) if isinstance(source, str) else from_object(source)
    except PolicyError as error:
        raise PolicyError(_prefixed(origin, error.message), hint=error.hint) from error
    text = source if isinstance(source, str) else None
    return _Parser(text=text, kind=PolicyKind(kind), origin=origin).policy(root)


def guess_kind(source: str | Mapping[str, Any]) -> PolicyKind:
    """What a document seems to be attached to, by the elements of its statements.

    Raises:
        PolicyError: a text is not strict JSON.
    """
    return kind_of(read_json(source) if isinstance(source, str) else from_object(source))


def kind_of(root: JsonNode) -> PolicyKind:
    """What a document that was read seems to be attached to, by the elements of its statements."""
    member = root.member("Statement")
    nodes = () if member is None else member.value.items or (member.value,)
    names = {found.name for node in nodes for found in node.members}
    if not names & {"Principal", "NotPrincipal"}:
        return PolicyKind.IDENTITY
    return PolicyKind.RESOURCE if names & {"Resource", "NotResource"} else PolicyKind.TRUST


def _prefixed(origin: str | None, message: str) -> str:
    return f"{origin}: {message}" if origin else message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parser:
    text: str | None
    kind: PolicyKind
    origin: str | None

    def policy(self, root: JsonNode) -> Policy:
        elements = self._elements(root, (), _POLICY_ELEMENTS)
        version = self._optional_text(elements, "Version", ())
        if version not in {None, VERSION_2008, VERSION_2012}:
            where = elements["Version"].value
            raise self._error(f"must be {VERSION_2012!r} or {VERSION_2008!r}", where, ("Version",))
        if "Statement" not in elements:
            raise self._error("the element Statement is missing", root, ())
        node = elements["Statement"].value
        nodes = (node,) if node.items is None else node.items
        if not nodes:
            raise self._error("has no statements", node, ("Statement",))
        variables = version == VERSION_2012
        statements = tuple(self._statement(item, index, variables=variables) for index, item in enumerate(nodes))
        self._check_sids(statements, nodes)
        return Policy(
            version=version,
            id=self._optional_text(elements, "Id", ()),
            statements=statements,
            origin=self.origin,
            statement_is_list=node.items is not None,
        )

    def _statement(self, node: JsonNode, index: int, *, variables: bool) -> Statement:
        path: _Path = ("Statement", index)
        elements = self._elements(node, path, _STATEMENT_ELEMENTS)
        self._check_combination(elements, node, path)
        styles = _Scalars()
        lists = {
            name: self._texts(elements[name].value, (*path, name), name, styles) if name in elements else ()
            for name in ("Action", "NotAction", "Resource", "NotResource")
        }
        for name in ("Action", "NotAction"):
            self._check_actions(lists[name], elements, path, name)
        return Statement(
            index=index,
            sid=self._optional_text(elements, "Sid", path),
            effect=self._effect(elements, node, path),
            actions=lists["Action"],
            not_actions=lists["NotAction"],
            resources=lists["Resource"],
            not_resources=lists["NotResource"],
            principals=self._principals(elements, "Principal", path, styles),
            not_principals=self._principals(elements, "NotPrincipal", path, styles),
            conditions=self._conditions(elements, path, styles),
            variables=variables,
            scalars=frozenset(styles.paths),
            unquoted=frozenset(styles.unquoted),
        )

    def _elements(self, node: JsonNode, path: _Path, known: tuple[str, ...]) -> dict[str, JsonMember]:
        if not node.is_object:
            raise self._error("must be an object", node, path)
        by_lower = {name.lower(): name for name in known}
        for member in node.members:
            if member.name not in known:
                meant = by_lower.get(member.name.lower())
                what = f"unknown element; did you mean {meant!r}?" if meant else "unknown element"
                raise self._error(what, member.key, (*path, member.name))
        return {member.name: member for member in node.members}

    def _check_combination(self, elements: Mapping[str, JsonMember], node: JsonNode, path: _Path) -> None:
        for name in ("Principal", "Action", "Resource"):
            negated = f"Not{name}"
            if name in elements and negated in elements:
                raise self._error(f"has both {name} and {negated}", node, path)
            has = name in elements or negated in elements
            if has and not self._applies(name):
                found = name if name in elements else negated
                raise self._error(f"a policy of kind {self.kind} cannot have it", elements[found].key, (*path, found))
            if not has and self._applies(name):
                raise self._error(f"needs {name} or {negated}", node, path)

    def _applies(self, name: str) -> bool:
        """Whether statements of this kind have the element, in which case they must."""
        if name == "Principal":
            return self.kind not in _WITHOUT_PRINCIPAL
        return name != "Resource" or self.kind is not PolicyKind.TRUST

    def _effect(self, elements: Mapping[str, JsonMember], node: JsonNode, path: _Path) -> Effect:
        text = self._optional_text(elements, "Effect", path)
        if text is None:
            raise self._error("the element Effect is missing", node, path)
        if text not in {"Allow", "Deny"}:
            raise self._error("must be 'Allow' or 'Deny'", elements["Effect"].value, (*path, "Effect"))
        return Effect(text)

    def _check_actions(
        self, actions: tuple[str, ...], elements: Mapping[str, JsonMember], path: _Path, name: str
    ) -> None:
        for index, action in enumerate(actions):
            if not is_action_pattern(action):
                node = elements[name].value
                where = (node.items or (node,))[index]
                raise self._error(
                    f"{json.dumps(action)[:80]} is not '*' or 'prefix:Name' (no wildcard in the prefix)",
                    where,
                    (*path, name),
                )

    def _check_sids(self, statements: tuple[Statement, ...], nodes: tuple[JsonNode, ...]) -> None:
        seen: set[str] = set()
        for statement, node in zip(statements, nodes, strict=True):
            path: _Path = ("Statement", statement.index, "Sid")
            if not statement.sid:
                continue
            # IAM and Organizations want them unique; other services decide for their own policies.
            if statement.sid in seen and self.kind is not PolicyKind.RESOURCE:
                raise self._error(f"the Sid {json.dumps(statement.sid)[:80]} is used twice", node, path)
            if self.kind is PolicyKind.IDENTITY and not _SID.fullmatch(statement.sid):
                raise self._error("a Sid may hold ASCII letters and digits only", node, path)
            seen.add(statement.sid)

    def _principals(
        self, elements: Mapping[str, JsonMember], name: str, path: _Path, styles: "_Scalars"
    ) -> tuple[Principals, ...]:
        if name not in elements:
            return ()
        node = elements[name].value
        if node.value == "*":
            return (Principals(kind="*", values=("*",)),)
        kinds = self._elements(node, (*path, name), _PRINCIPAL_KINDS)
        if not kinds:
            raise self._error("names no principal", node, (*path, name))
        return tuple(
            Principals(kind=kind, values=self._texts(member.value, (*path, name, kind), f"{name}/{kind}", styles))
            for kind, member in kinds.items()
        )

    def _conditions(self, elements: Mapping[str, JsonMember], path: _Path, styles: "_Scalars") -> tuple[Condition, ...]:
        if "Condition" not in elements:
            return ()
        conditions: list[Condition] = []
        path = (*path, "Condition")
        for operator in self._unique_members(elements["Condition"].value, path):
            for key in self._unique_members(operator.value, (*path, operator.name)):
                style = f"Condition/{operator.name}/{key.name}"
                values = self._texts(key.value, (*path, operator.name, key.name), style, styles, loose=True)
                for index, item in enumerate(key.value.items or (key.value,)):
                    if not isinstance(item.value, str):
                        styles.unquoted.append(f"{style}/{index}")
                conditions.append(Condition(operator=operator.name, key=key.name, values=values))
        return tuple(conditions)

    def _unique_members(self, node: JsonNode, path: _Path) -> tuple[JsonMember, ...]:
        if not node.is_object:
            raise self._error("must be an object", node, path)
        seen: set[str] = set()
        for member in node.members:
            self._check_characters(member.name, member.key, (*path, member.name))
            if member.name.lower() in seen:
                raise self._error("duplicate key, differing in case", member.key, (*path, member.name))
            seen.add(member.name.lower())
        return node.members

    def _texts(
        self, node: JsonNode, path: _Path, style: str, styles: "_Scalars", *, loose: bool = False
    ) -> tuple[str, ...]:
        if node.items is None:
            styles.paths.append(style)
            return (self._text(node, path, loose=loose),)
        if not node.items and not loose:
            raise self._error("is an empty list", node, path)
        return tuple(self._text(item, (*path, index), loose=loose) for index, item in enumerate(node.items))

    def _text(self, node: JsonNode, path: _Path, *, loose: bool = False) -> str:
        """A string; where `loose`, a number or boolean in JSON's spelling too."""
        if loose and isinstance(node.value, bool):
            return "true" if node.value else "false"
        if loose and isinstance(node.value, JsonNumber):
            return node.value.text
        if not isinstance(node.value, str):
            raise self._error("must be a string", node, path)
        self._check_characters(node.value, node, path)
        return node.value

    def _optional_text(self, elements: Mapping[str, JsonMember], name: str, path: _Path) -> str | None:
        return self._text(elements[name].value, (*path, name)) if name in elements else None

    def _check_characters(self, text: str, node: JsonNode, path: _Path) -> None:
        bad = next((char for char in text if not is_policy_character(char)), None)
        if bad is not None:
            raise self._error(f"holds the character U+{ord(bad):04X}, which a policy cannot hold", node, path)

    def _error(self, what: str, node: JsonNode, path: _Path) -> PolicyError:
        message = f"{format_path(path)}: {what}"
        if self.text is not None:
            line, column = line_and_column(self.text, node.start)
            message += f" (line {line}, column {column})"
        return PolicyError(_prefixed(self.origin, message), hint=_HINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scalars:
    """Collects which elements were spelled as a single value, and which condition values without quotes."""

    paths: list[str] = field(default_factory=list)
    unquoted: list[str] = field(default_factory=list)
