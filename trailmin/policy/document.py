"""The model of a policy document, and how it is printed.

Source of the elements: IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy
language".
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from trailmin.errors import PolicyError

VERSION_2012 = "2012-10-17"
VERSION_2008 = "2008-10-17"
"""What a policy without a Version has; policy variables are plain text in it."""

_BARE = re.compile(r"true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


class Effect(StrEnum):
    """What a statement does with the requests it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition: `operator` over `key`, true when one of `values` satisfies it (none, for a negated operator)."""

    operator: str
    key: str
    values: tuple[str, ...]
    """Numbers and booleans as JSON spells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principals:
    """The principals of one kind in a Principal or NotPrincipal element."""

    kind: str
    """`AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` where the element is the text `"*"`."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. An element that the document does not have is an empty tuple (a Sid: None)."""

    index: int
    """Its place among the policy's statements, from 0."""
    sid: str | None = None
    effect: Effect
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: tuple[Principals, ...] = ()
    not_principals: tuple[Principals, ...] = ()
    conditions: tuple[Condition, ...] = ()
    variables: bool = True
    """Whether `${…}` is a policy variable or an escape: the policy's Version is 2012-10-17."""
    scalars: frozenset[str] = field(default=frozenset(), compare=False)
    """The elements that the source spells as one value, not as a list (`Action`, `Condition/StringLike/aws:userid`)."""
    unquoted: frozenset[str] = field(default=frozenset(), compare=False)
    """The condition values that the source spells as a number or a boolean (`Condition/Bool/aws:SecureTransport/0`)."""

    def __post_init__(self) -> None:
        if bool(self.actions) == bool(self.not_actions):
            raise PolicyError(
                f"Statement[{self.index}] needs either Action or NotAction, with at least one value",
                hint="Name the actions the statement is about.",
            )
        if self.resources and self.not_resources:
            raise PolicyError(
                f"Statement[{self.index}] has both Resource and NotResource", hint="Keep one of the two elements."
            )

    @property
    def is_allow(self) -> bool:
        """Whether the statement allows (and does not deny)."""
        return self.effect is Effect.ALLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy document."""

    version: str | None = VERSION_2012
    id: str | None = None
    statements: tuple[Statement, ...]
    origin: str | None = field(default=None, compare=False)
    """Where it comes from, for messages: a file, or a policy's name."""
    statement_is_list: bool = field(default=True, compare=False)
    """Whether the source has a list of statements, or one statement without a list."""

    def __post_init__(self) -> None:
        for index, statement in enumerate(self.statements):
            if statement.index != index or statement.variables != self.has_variables:
                raise PolicyError(
                    f"Statement[{index}] was made for another place or another Version",
                    hint="Build the policy with `policy_of`.",
                )

    @property
    def has_variables(self) -> bool:
        """Whether `${…}` is a policy variable in this document."""
        return self.version == VERSION_2012


def policy_of(statements: Iterable[Statement], *, version: str | None = VERSION_2012, id: str | None = None) -> Policy:  # noqa: A002
    """A policy of these statements, numbered anew; `version` decides whether `${…}` in them is a variable."""
    variables = version == VERSION_2012
    numbered = tuple(replace(statement, index=index, variables=variables) for index, statement in enumerate(statements))
    return Policy(version=version, id=id, statements=numbered)


def to_json(policy: Policy) -> dict[str, Any]:
    """The document as JSON values, keys in AWS's customary order; lists stay lists, single values single."""
    statements = [statement_to_json(statement) for statement in policy.statements]
    document: dict[str, Any] = {}
    if policy.version is not None:
        document["Version"] = policy.version
    if policy.id is not None:
        document["Id"] = policy.id
    single = not policy.statement_is_list and len(statements) == 1
    document["Statement"] = statements[0] if single else statements
    return document


def statement_to_json(statement: Statement) -> dict[str, Any]:
    """One statement as JSON values."""
    document: dict[str, Any] = {}
    if statement.sid is not None:
        document["Sid"] = statement.sid
    document["Effect"] = statement.effect.value
    for name, principals in (("Principal", statement.principals), ("NotPrincipal", statement.not_principals)):
        if principals:
            document[name] = _principals_to_json(name, principals, statement.scalars)
    for name, values in (
        ("Action", statement.actions),
        ("NotAction", statement.not_actions),
        ("Resource", statement.resources),
        ("NotResource", statement.not_resources),
    ):
        if values:
            document[name] = _scalar_or_list(values, name in statement.scalars)
    if statement.conditions:
        document["Condition"] = conditions_to_json(statement.conditions, statement.scalars, statement.unquoted)
    return document


def conditions_to_json(
    conditions: Iterable[Condition], scalars: frozenset[str] = frozenset(), unquoted: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A Condition element: operator to key to values."""
    element: dict[str, Any] = {}
    for condition in conditions:
        path = f"Condition/{condition.operator}/{condition.key}"
        values = [
            json.loads(value) if f"{path}/{index}" in unquoted and _BARE.fullmatch(value) else value
            for index, value in enumerate(condition.values)
        ]
        single = path in scalars and len(values) == 1
        element.setdefault(condition.operator, {})[condition.key] = values[0] if single else values
    return element


def print_policy(policy: Policy, indent: int | None = 2) -> str:
    """The document as JSON text that ends with a line break; the same policy gives the same text.

    With `indent` None everything stands on one line. Parsing the text gives an equal policy.
    """
    return json.dumps(to_json(policy), indent=indent, ensure_ascii=False) + "\n"


def _principals_to_json(name: str, principals: tuple[Principals, ...], scalars: frozenset[str]) -> object:
    if principals[0].kind == "*":
        return "*"
    return {
        principal.kind: _scalar_or_list(principal.values, f"{name}/{principal.kind}" in scalars)
        for principal in principals
    }


def _scalar_or_list(values: tuple[str, ...], is_scalar: bool) -> str | list[str]:
    return values[0] if is_scalar and len(values) == 1 else list(values)
