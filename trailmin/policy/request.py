"""A request, as far as it is known, against single statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from trailmin.policy import glob
from trailmin.policy.condition import evaluate_condition
from trailmin.policy.document import Condition, Policy, Statement
from trailmin.policy.match import NO_RESOURCE, action_matches
from trailmin.policy.pattern import Pattern, resource_pattern
from trailmin.policy.truth import Truth
from trailmin.policy.variables import resolve_pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One action on one resource, with the condition keys that are known."""

    action: str
    """`s3:GetObject`, in any case."""
    resource: str
    """An ARN as policy text: `*` and `?` stand for parts that are not known, and the request then for all of its
    possible resources. `NO_RESOURCE` (`*` alone) for an action that takes no resource."""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values of the known keys, names in any case; no values: the request is known not to have the key."""
    other_keys: Literal["unknown", "absent"] = "unknown"
    """What is to be thought of the keys that `context` does not name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "context", {key.lower(): values for key, values in self.context.items()})

    def lookup(self, key: str) -> tuple[str, ...] | None:
        """The values of a key: none where the request does not have it, None where that is not known."""
        return self.context.get(key.lower(), None if self.other_keys == "unknown" else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionAtom:
    """A condition whose outcome is not known. Textually equal ones have the same outcome."""

    operator: str
    key: str
    values: frozenset[str]
    variables: bool
    """The statement's; no matter unless a value holds `${`."""

    @property
    def sort_key(self) -> tuple[str, ...]:
        """Puts atoms into the same order in every run."""
        return ("condition", self.operator, self.key, *sorted(self.values), str(self.variables))

    def __str__(self) -> str:
        return f"{self.operator} {self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceAtom:
    """Whether the resource is among those of some patterns, where that depends on its unknown parts."""

    patterns: frozenset[Pattern]

    @property
    def sort_key(self) -> tuple[str, ...]:
        """Puts atoms into the same order in every run."""
        return ("resource", *sorted(pattern.text for pattern in self.patterns))

    def __str__(self) -> str:
        return "resource " + ", ".join(sorted(pattern.text for pattern in self.patterns))


Atom: TypeAlias = ConditionAtom | ResourceAtom
Term: TypeAlias = frozenset[tuple[Atom, bool]]
"""What must hold (or, with False, not hold) for a statement to match; empty when it matches for certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A statement does not match, whatever the unknown values are."""

    element: str
    """The element at fault: `Action`, `Resource`, `Condition/StringEquals/aws:SourceVpce`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRef:
    """Which statement of which policy."""

    policy: int
    """The place of the policy among those asked."""
    origin: str | None
    statement: int
    sid: str | None

    def __str__(self) -> str:
        name = f"Statement[{self.statement}]" + (f" ({self.sid})" if self.sid else "")
        return f"{name} of {self.origin or f'policy {self.policy}'}"


def reference(policies: Sequence[Policy], policy: int, statement: Statement) -> StatementRef:
    """The reference to a statement of the policy at place `policy`."""
    return StatementRef(policy=policy, origin=policies[policy].origin, statement=statement.index, sid=statement.sid)


def match_statement(statement: Statement, request: Request) -> Term | Mismatch:
    """What it takes for an identity policy's statement to match the request. Principals are not looked at."""
    patterns = statement.actions or statement.not_actions
    if any(action_matches(pattern, request.action) for pattern in patterns) != bool(statement.actions):
        return Mismatch(element="Action" if statement.actions else "NotAction")
    literals: list[tuple[Atom, bool]] = []
    if statement.resources or statement.not_resources:
        found = _match_resource(statement, request)
        if isinstance(found, Mismatch):
            return found
        literals += found
    for condition in statement.conditions:
        match evaluate_condition(condition, request.lookup, variables=statement.variables):
            case Truth.FALSE:
                return Mismatch(element=f"Condition/{condition.operator}/{condition.key}")
            case Truth.UNKNOWN:
                literals.append((condition_atom(condition, variables=statement.variables), True))
            case Truth.TRUE:
                pass
    return frozenset(literals)


def condition_atom(condition: Condition, *, variables: bool) -> ConditionAtom:
    """The condition as an atom: the spelling of names and the order of values do not matter."""
    return ConditionAtom(
        operator=condition.operator.lower(),
        key=condition.key.lower(),
        values=frozenset(condition.values),
        variables=variables and any("${" in value for value in condition.values),
    )


def _match_resource(statement: Statement, request: Request) -> list[tuple[Atom, bool]] | Mismatch:
    element = "Resource" if statement.resources else "NotResource"
    patterns = _resolved(statement, request)
    wanted = bool(statement.resources)
    match _among(patterns, request.resource):
        case bool(among):
            return [] if among == wanted else Mismatch(element=element)
        case possible:
            return [(ResourceAtom(patterns=possible), wanted)]


def _resolved(statement: Statement, request: Request) -> list[Pattern]:
    texts = statement.resources or statement.not_resources
    if not statement.variables:
        return [resource_pattern(text, variables=False) for text in texts]
    resolved = (resolve_pattern(text, request.lookup).text for text in texts)
    return [resource_pattern(text) for text in resolved if text is not None]


def _among(patterns: list[Pattern], resource: str) -> bool | frozenset[Pattern]:
    """Whether the resource is among those of the patterns, or the patterns on which that depends."""
    if resource == NO_RESOURCE:
        return any(pattern.is_universal for pattern in patterns)
    asked = resource_pattern(resource)
    if asked.is_literal:
        text = "".join(asked.tokens)
        if any(glob.matches(pattern, text) for pattern in patterns):
            return True
        possible = frozenset(pattern for pattern in patterns if glob.may_match(pattern, text))
    else:
        if glob.included_in_union(asked, patterns):
            return True
        possible = frozenset(pattern for pattern in patterns if glob.intersects(asked, pattern))
    return possible or False
