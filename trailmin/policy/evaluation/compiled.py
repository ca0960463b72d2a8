"""Policies made ready to decide on many requests, each completely known."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from trailmin.policy.condition import evaluate_condition
from trailmin.policy.document import Condition, Policy, Statement
from trailmin.policy.glob import regex_source
from trailmin.policy.match import NO_RESOURCE, action_pattern
from trailmin.policy.pattern import Pattern, resource_pattern
from trailmin.policy.request import StatementRef
from trailmin.policy.truth import Truth
from trailmin.policy.variables import resolve_pattern

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""Keys in lower case; a key that is not here the request does not have."""
_Test: TypeAlias = Callable[[str], object]
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompiledStatement:
    """A statement ready to be matched."""

    statement: Statement
    ref: StatementRef
    is_allow: bool
    actions: _Test
    actions_wanted: bool
    fixed: _Test
    """Resource patterns without policy variables."""
    variable: tuple[str, ...]
    """Texts of the resource patterns with policy variables."""
    has_universal: bool
    resources_wanted: bool
    conditions: tuple[Condition, ...]

    def mismatch(self, action: str, resource: str, context: Context) -> str | None:
        """The element at which the statement does not match; None where it matches. `action` is in lower case.

        A condition whose value is not of the operator's type does not match.
        """
        if (self.actions(action) is not None) != self.actions_wanted:
            return "Action" if self.actions_wanted else "NotAction"
        if self._is_among(resource, context) != self.resources_wanted:
            return "Resource" if self.resources_wanted else "NotResource"
        for condition in self.conditions:
            found = evaluate_condition(
                condition, lambda key: context.get(key.lower(), ()), variables=self.statement.variables
            )
            if found is not Truth.TRUE:
                return f"Condition.{condition.operator}.{condition.key}"
        return None

    def _is_among(self, resource: str, context: Context) -> bool:
        if resource == NO_RESOURCE:
            return self.has_universal
        if self.fixed(resource) is not None:
            return True
        for text in self.variable:
            resolved = resolve_pattern(text, lambda key: context.get(key.lower(), ()))
            if resolved.text is not None and resolved.is_complete:
                pattern = resource_pattern(resolved.text)
                if re.compile(regex_source(pattern.tokens), re.DOTALL).fullmatch(resource):
                    return True
        return False

    @lru_cache(maxsize=1 << 12)  # noqa: B019 (bounded)
    def matched_by(self, action: str, resource: str) -> str:
        """The patterns that matched, for people: `Action s3:Get*, Resource arn:aws:s3:::b/*`."""
        statement = self.statement
        parts = [_first("Action", statement.actions, lambda text: _matches(action_pattern(text), action))]
        parts += ["NotAction"] if statement.not_actions else []
        if resource != NO_RESOURCE:
            parts.append(
                _first(
                    "Resource",
                    statement.resources,
                    lambda text: _matches(resource_pattern(text, variables=statement.variables), resource),
                )
            )
        parts += ["NotResource"] if statement.not_resources else []
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPolicy:
    """A policy ready to decide: Denies first."""

    denies: tuple[CompiledStatement, ...]
    allows: tuple[CompiledStatement, ...]
    policy: Policy = field(repr=False)

    def denied_by(self, action: str, resource: str, context: Context) -> CompiledStatement | None:
        """The first Deny that matches; `action` is in lower case."""
        return next((one for one in self.denies if one.mismatch(action, resource, context) is None), None)

    def allowed_by(self, action: str, resource: str, context: Context) -> CompiledStatement | None:
        """The first Allow that matches; Denies are not looked at."""
        return next((one for one in self.allows if one.mismatch(action, resource, context) is None), None)


def compile_policy(policy: Policy, *, place: int = 0) -> CompiledPolicy:
    """A policy made ready for many requests; `place` is its place among others, for references."""
    compiled = [_compiled(statement, policy, place) for statement in policy.statements]
    return CompiledPolicy(
        denies=tuple(one for one in compiled if not one.is_allow),
        allows=tuple(one for one in compiled if one.is_allow),
        policy=policy,
    )


def _compiled(statement: Statement, policy: Policy, place: int) -> CompiledStatement:
    texts = statement.resources or statement.not_resources
    patterns = {text: resource_pattern(text, variables=statement.variables) for text in texts}
    fixed = [pattern for pattern in patterns.values() if not pattern.variables]
    is_everything = not texts
    return CompiledStatement(
        statement=statement,
        ref=StatementRef(policy=place, origin=policy.origin, statement=statement.index, sid=statement.sid),
        is_allow=statement.is_allow,
        actions=_any_of([action_pattern(text) for text in statement.actions or statement.not_actions]),
        actions_wanted=bool(statement.actions),
        fixed=_any_of(fixed),
        variable=tuple(text for text, pattern in patterns.items() if pattern.variables),
        has_universal=any(pattern.is_universal for pattern in fixed),
        resources_wanted=bool(statement.resources) and not is_everything,
        conditions=statement.conditions,
    )


def _any_of(patterns: Sequence[Pattern]) -> _Test:
    if not patterns:
        return _NEVER.fullmatch
    literals = frozenset("".join(pattern.tokens) for pattern in patterns if pattern.is_literal)
    wild = [regex_source(pattern.tokens) for pattern in patterns if not pattern.is_literal]
    expression = re.compile("|".join(f"(?:{source})" for source in wild), re.DOTALL) if wild else _NEVER

    def test(text: str) -> object:
        return text if text in literals else expression.fullmatch(text)

    return test


def _first(element: str, texts: Sequence[str], matches: Callable[[str], bool]) -> str:
    found = next((text for text in texts if matches(text)), texts[0] if texts else None)
    return f"{element} {found}" if found is not None else ""


def _matches(pattern: Pattern, text: str) -> bool:
    return re.compile(regex_source(pattern.tokens), re.DOTALL).fullmatch(text) is not None
