"""The statements of both sides, numbered, and the cells that their actions cut the actions into."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trailmin.policy import glob
from trailmin.policy.document import Policy, Statement
from trailmin.policy.inclusion.budget import Budget
from trailmin.policy.inclusion.cells import cells
from trailmin.policy.inclusion.search import Literal, PrincipalAtom, Term
from trailmin.policy.match import action_pattern
from trailmin.policy.pattern import Pattern, resource_pattern, widest
from trailmin.policy.request import condition_atom


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One statement, as a proof sees it."""

    bit: int
    """Its own bit: rules are told apart by these."""
    is_new: bool
    statement: Statement
    resources: tuple[Pattern, ...]
    """Listed, or with `negated` excepted; none of either: the statement is about everything."""
    negated: bool
    given: Term
    """What else must hold for the statement to match: conditions and principals."""
    meaning: tuple[object, ...]
    """Equal where two rules match the same requests among those with a matching action."""


def rules_of(new: Sequence[Policy], old: Sequence[Policy]) -> tuple[Rule, ...]:
    """The statements of both sides."""
    statements = [
        (is_new, found)
        for is_new, policies in ((True, new), (False, old))
        for policy in policies
        for found in policy.statements
    ]
    return tuple(_rule(1 << at, statement, is_new=is_new) for at, (is_new, statement) in enumerate(statements))


def is_certain(pattern: Pattern) -> bool:
    """Whether it is known what the pattern matches: it has no policy variables and one reading."""
    return widest(pattern).tokens == pattern.tokens


def _rule(bit: int, statement: Statement, *, is_new: bool) -> Rule:
    texts = statement.resources or statement.not_resources
    patterns = tuple(dict.fromkeys(resource_pattern(text, variables=statement.variables) for text in texts))
    negated = not statement.resources
    given = frozenset({*_conditions(statement), *_principals(statement)})
    return Rule(
        bit=bit,
        is_new=is_new,
        statement=statement,
        resources=patterns,
        negated=negated,
        given=given,
        meaning=(negated, frozenset(patterns), given),
    )


def _conditions(statement: Statement) -> Iterator[Literal]:
    for condition in statement.conditions:
        yield condition_atom(condition, variables=statement.variables), True


def _principals(statement: Statement) -> Iterator[Literal]:
    for groups, excepted in ((statement.principals, False), (statement.not_principals, True)):
        if groups:
            named = frozenset((group.kind, _account(group.kind, value)) for group in groups for value in group.values)
            yield PrincipalAtom(principals=named, excepted=excepted), True


def _account(kind: str, value: str) -> str:
    """A principal as it is, an account's root as the account: the two name the same."""
    found = re.fullmatch(r"arn:[^:]+:iam::(\d{12}):root", value) if kind == "AWS" else None
    return found[1] if found else value


@dataclass(slots=True)
class _Service:
    """The action patterns of one service, each with the bits of the rules that have it."""

    literals: dict[str, int] = field(default_factory=dict)
    wild: dict[Pattern, int] = field(default_factory=dict)


class ActionCells:
    """The sets of rules whose Action (or NotAction) can match an action together, over all texts."""

    def __init__(self, rules: Sequence[Rule], wanted: int, budget: Budget) -> None:
        """`wanted`: the bits of the rules that one of must be in a set that matters."""
        self._wanted = wanted
        self._budget = budget
        self._services: dict[str, _Service] = {}
        self._everything = self._negated = 0
        for rule in rules:
            self._negated |= rule.bit if rule.statement.not_actions else 0
            for text in rule.statement.actions or rule.statement.not_actions:
                self._add(text, rule.bit)

    def sets(self) -> Iterator[tuple[int, str]]:
        """Each set of matching rules, as bits, with an action."""
        told: set[int] = set()
        for matched, action in self._every():
            effective = matched ^ self._negated
            if effective & self._wanted and effective not in told:
                told.add(effective)
                yield effective, action

    def _add(self, text: str, bit: int) -> None:
        if text == "*":
            self._everything |= bit
            return
        service = self._services.setdefault(text.partition(":")[0].lower(), _Service())
        if "*" in text or "?" in text:
            pattern = action_pattern(text)
            service.wild[pattern] = service.wild.get(pattern, 0) | bit
        else:
            name = text.lower()
            service.literals[name] = service.literals.get(name, 0) | bit

    def _every(self) -> Iterator[tuple[int, str]]:
        is_everywhere = bool((self._everything ^ self._negated) & self._wanted)
        for name, service in self._services.items():
            for base in self._bases(name, service, is_everywhere=is_everywhere):
                yield from self._cells(base, service)
        if is_everywhere:
            service_name = next(name for name in _UNLISTED if name not in self._services)
            yield self._everything, f"{service_name}:action"

    def _bases(self, name: str, service: _Service, *, is_everywhere: bool) -> list[Pattern]:
        if is_everywhere:
            return [action_pattern(f"{name}:*")]
        literals = [text for text, bits in service.literals.items() if bits & self._wanted]
        wild = [pattern for pattern, bits in service.wild.items() if bits & self._wanted]
        return [*wild, *map(action_pattern, literals)]

    def _cells(self, base: Pattern, service: _Service) -> Iterator[tuple[int, str]]:
        if base.is_literal:
            text = "".join(base.tokens)
            yield self._of_literal(text, service), text
            return
        labels = {**service.wild, **{action_pattern(text): bits for text, bits in service.literals.items()}}
        for cell in cells(base, labels, self._budget):
            yield self._everything | cell.matched, cell.sample

    def _of_literal(self, text: str, service: _Service) -> int:
        matched = self._everything | service.literals.get(text, 0)
        for pattern, bits in service.wild.items():
            if glob.matches(pattern, text):
                matched |= bits
        return matched


_UNLISTED = tuple(f"unlisted{number or ''}" for number in range(10_000))
