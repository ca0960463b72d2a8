"""The values that a condition key can have, one for each way in which the conditions on it can turn out.

The conditions of one family (texts, numbers, dates, addresses, binary) cut the values into cells. A value that is not
of the family's type is a cell as well, in both of the ways in which AWS might take it; and a value of the policy that
holds a policy variable may match any value or none, always the same where text and operator are the same.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from ipaddress import ip_network
from itertools import pairwise

from trailmin.policy import operators
from trailmin.policy.inclusion.budget import Budget, GaveUpError
from trailmin.policy.inclusion.cells import cells, folded_pattern
from trailmin.policy.operators import Operator
from trailmin.policy.pattern import Pattern, glob_pattern, literal_pattern, resource_pattern
from trailmin.policy.request import ConditionAtom
from trailmin.policy.variables import resolve_literal, resolve_pattern

CLASS_CAP = 1_024
"""Classes of the values of one key in one family."""
VARIABLE_CAP = 5
"""Values with policy variables among the conditions on one key."""

_TEXTS = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnlike", "bool"})
_ANY_TEXT = glob_pattern("*", variables=False)
_AN_ARN = glob_pattern("arn:*", variables=False)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class VariableText:
    """Policy text with a policy variable under one operator: ignoring case it matches more values than exactly."""

    base: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One value of a condition, ready to be compared."""

    operator: Operator
    text: str
    """As the operator takes it: policy text for patterns, a plain value otherwise."""
    variables: bool
    variable: "VariableText | None"
    """Where the text holds a policy variable: what is decided as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueClass:
    """Values of a key that no condition on it tells apart."""

    sample: str
    variables: "frozenset[VariableText]"
    """The texts with policy variables that match these values."""
    satisfied: int
    """Bit i is set where a value satisfies condition i, by itself and negation included."""
    is_typed: bool
    """False for a value that is not of the operators' type."""

    @property
    def is_plain(self) -> bool:
        """Whether a request with this value can be written down: of the right type, no policy variable involved."""
        return self.is_typed and not self.variables


def family_of(operator: Operator) -> str:
    """Operators of one family are decided together, those of different ones as if they were about different keys."""
    if operator.base in _TEXTS:
        return "text"
    return next(family for family in ("numeric", "date", "ipaddress", "binary") if operator.base.startswith(family))


def wanted_values(atom: ConditionAtom, operator: Operator) -> tuple[Wanted, ...]:
    """The values of a condition, with those that hold policy variables marked."""
    found: list[Wanted] = []
    for text in sorted(atom.values):
        plain: str = text
        variable: VariableText | None = None
        if atom.variables:
            resolved = (resolve_pattern if operator.takes_patterns else resolve_literal)(text, lambda _: None)
            plain = resolved.text or ""
            variable = None if resolved.is_complete else VariableText(base=operator.base, text=text)
        found.append(Wanted(operator=operator, text=plain, variables=atom.variables, variable=variable))
    return tuple(found)


def value_classes(
    family: str, conditions: Sequence[tuple[Operator, tuple[Wanted, ...]]], budget: Budget
) -> tuple[ValueClass, ...]:
    """The classes of the values of one key, as these conditions of one family see them.

    Raises:
        GaveUpError: there are too many.
    """
    every = [wanted for _, values in conditions for wanted in values]
    known = [wanted for wanted in every if wanted.variable is None]
    variables = sorted({wanted.variable for wanted in every if wanted.variable is not None})
    if len(variables) > VARIABLE_CAP:
        raise GaveUpError
    found: dict[tuple[int, bool], ValueClass] = {}
    for sample in _samples(family, known, budget):
        for chosen in _subsets(variables):
            budget.spend()
            for one in _classes(sample, chosen, conditions):
                found.setdefault((one.satisfied, sample == ""), one)
        if len(found) > CLASS_CAP:
            raise GaveUpError
    return tuple(found.values())


def _classes(
    sample: str, chosen: frozenset[VariableText], conditions: Sequence[tuple[Operator, tuple[Wanted, ...]]]
) -> Iterator[ValueClass]:
    outcomes = [_satisfies(sample, chosen, operator, values) for operator, values in conditions]
    is_typed = None not in outcomes
    # A value of the wrong type matches nothing, or fails the condition altogether: AWS does not say which.
    for when_unknown in (None,) if is_typed else (True, False):
        satisfied = 0
        for bit, ((operator, _), outcome) in enumerate(zip(conditions, outcomes, strict=True)):
            holds = operator.negated and when_unknown if outcome is None else outcome
            satisfied |= bool(holds) << bit
        yield ValueClass(sample=sample, variables=chosen, satisfied=satisfied, is_typed=is_typed)


def _satisfies(
    sample: str, chosen: frozenset[VariableText], operator: Operator, values: Iterable[Wanted]
) -> bool | None:
    is_unknown = False
    for wanted in values:
        if wanted.variable is not None:
            matches = wanted.variable in chosen
        else:
            try:
                matches = operator.compare(wanted.text, sample, variables=wanted.variables)
            except ValueError:
                is_unknown = True
                continue
        if matches:
            return not operator.negated
    return None if is_unknown else operator.negated


def _subsets(texts: Sequence[VariableText]) -> Iterator[frozenset[VariableText]]:
    for number in range(1 << len(texts)):
        yield frozenset(text for bit, text in enumerate(texts) if number >> bit & 1)


def _samples(family: str, known: Sequence[Wanted], budget: Budget) -> list[str]:
    makers = {
        "text": lambda: _texts(known, budget),
        "numeric": lambda: _numbers([wanted.text for wanted in known]),
        "date": lambda: _dates([wanted.text for wanted in known]),
        "ipaddress": lambda: _addresses([wanted.text for wanted in known]),
        "binary": lambda: _binaries([wanted.text for wanted in known]),
    }
    samples = makers[family]()
    return list(dict.fromkeys([*samples, ""] if family == "text" else [*samples, "not-of-this-type", ""]))


def _texts(known: Iterable[Wanted], budget: Budget) -> list[str]:
    patterns: dict[Pattern, None] = {literal_pattern(""): None}
    for wanted in known:
        match wanted.operator.base:
            case "stringequals":
                patterns[literal_pattern(wanted.text)] = None
            case "stringlike":
                patterns[glob_pattern(wanted.text, variables=wanted.variables)] = None
            case "arnlike":
                patterns[resource_pattern(wanted.text, variables=wanted.variables)] = None
                patterns[_AN_ARN] = None
            case "bool":
                patterns.update(dict.fromkeys((folded_pattern("true"), folded_pattern("false"))))
            case _:
                patterns[folded_pattern(wanted.text)] = None
    labels = {pattern: 1 << bit for bit, pattern in enumerate(patterns)}
    return [cell.sample for cell in cells(_ANY_TEXT, labels, budget)]


def _numbers(texts: Iterable[str]) -> list[str]:
    points: set[Decimal] = set()
    for text in texts:
        try:
            points.add(operators.number(text))
        except ValueError:
            continue
    with localcontext() as context:
        context.prec = 200
        ordered = sorted(points) or [Decimal(0)]
        between = [(low + high) / 2 for low, high in pairwise(ordered)]
        return [f"{value:f}" for value in (ordered[0] - 1, *ordered, *between, ordered[-1] + 1)]


def _dates(texts: Iterable[str]) -> list[str]:
    points: set[datetime] = set()
    for text in texts:
        try:
            points.add(operators.date(text))
        except ValueError:
            continue
    ordered = sorted(points) or [datetime(2020, 1, 1, tzinfo=UTC)]
    between = [low + (high - low) / 2 for low, high in pairwise(ordered)]
    outside: list[datetime] = []
    for end, step in ((ordered[0], timedelta(days=-1)), (ordered[-1], timedelta(days=1))):
        try:
            outside.append(end + step)
        except OverflowError:
            continue
    return [point.isoformat() for point in (*outside[:1], *ordered, *between, *outside[1:])]


def _addresses(texts: Iterable[str]) -> list[str]:
    """The first address of each interval that the networks' borders make: all addresses of one are alike."""
    starts = {"192.0.2.1", "0.0.0.0", "::", "2001:db8::1"}  # noqa: S104 (an address to compare, not to bind to)
    for text in texts:
        try:
            network = ip_network(text, strict=False)
            starts.add(str(network[0]))
            starts.add(str(network[-1] + 1))
        except ValueError:
            continue
    return sorted(starts)


def _binaries(texts: Iterable[str]) -> list[str]:
    values = {b"", b"other"}
    for text in texts:
        try:
            values.add(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            continue
    longest = max(values, key=len)
    return [base64.b64encode(value).decode() for value in sorted({*values, longest + b"."})]
