"""The condition operators, each a comparison of one value in the policy with one value of the request.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators". A comparison raises ValueError where a value is
not of the operator's type: the outcome is then unknown.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any

from trailmin.policy import glob
from trailmin.policy.pattern import Pattern, glob_pattern, resource_pattern

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?")
_EPOCH = re.compile(r"-?\d{1,12}(\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A condition operator, taken apart."""

    quantifier: str | None
    """`forallvalues`, `foranyvalue`, or None."""
    base: str
    """In lower case, without the negation: `stringequals` for StringNotEquals."""
    negated: bool
    if_exists: bool

    @property
    def is_null_check(self) -> bool:
        """Whether it asks for the presence of a key rather than for its value."""
        return self.base == "null"

    @property
    def takes_patterns(self) -> bool:
        """Whether `*` and `?` in the policy's value are wildcards."""
        return self.base in {"stringlike", "arnlike"}

    def compare(self, wanted: str, found: str, *, variables: bool) -> bool:
        """Whether `found`, of the request, satisfies `wanted`, of the policy; the negation is left to the caller.

        For operators that take patterns, `wanted` is policy text (with escapes where `variables`), otherwise a value.
        """
        if self.base == "stringlike":
            return glob.matches(glob_pattern(wanted, variables=variables), found)
        if self.base == "arnlike":
            return _arn_matches(resource_pattern(wanted, variables=variables), found)
        return _COMPARISONS[self.base](wanted, found)


@lru_cache(maxsize=1024)
def operator_of(name: str) -> Operator | None:
    """The operator with this name, in any case; None for one that IAM's documentation does not have."""
    quantifier, colon, rest = name.lower().rpartition(":")
    if colon and quantifier not in {"forallvalues", "foranyvalue"}:
        return None
    if_exists = rest.endswith("ifexists")
    rest = rest.removesuffix("ifexists")
    if rest == "null":
        plain = not if_exists and not colon
        return Operator(quantifier=None, base=rest, negated=False, if_exists=False) if plain else None
    base = _NEGATIONS.get(rest, rest)
    base = "arnlike" if base == "arnequals" else base
    if base not in _COMPARISONS and base not in {"stringlike", "arnlike"}:
        return None
    return Operator(quantifier=quantifier or None, base=base, negated=rest in _NEGATIONS, if_exists=if_exists)


def _arn_matches(pattern: Pattern, found: str) -> bool:
    return found.startswith("arn:") and glob.matches(pattern, found)


def _equal_ignoring_case(wanted: str, found: str) -> bool:
    return wanted.lower() == found.lower()


def _bool_equal(wanted: str, found: str) -> bool:
    if found.lower() not in {"true", "false"}:
        raise ValueError("not a boolean")
    return wanted.lower() == found.lower()


def _binary_equal(wanted: str, found: str) -> bool:
    return base64.b64decode(wanted, validate=True) == base64.b64decode(found, validate=True)


def _ip_matches(wanted: str, found: str) -> bool:
    return ip_address(found) in ip_network(wanted, strict=False)


def number(text: str) -> Decimal:
    """The number in a text; ValueError where it is none."""
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError("not a number")
    try:
        return Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError("not a number") from error


def date(text: str) -> datetime:
    """The moment in a text, ISO 8601 or seconds since 1970; ValueError where it is none."""
    try:
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(float(text), UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("not a date") from error


def _ordered(parse: Callable[[str], Any], relation: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    def compare(wanted: str, found: str) -> bool:
        return relation(parse(found), parse(wanted))

    return compare


_RELATIONS = {"equals": eq, "lessthan": lt, "lessthanequals": le, "greaterthan": gt, "greaterthanequals": ge}
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": eq,
    "stringequalsignorecase": _equal_ignoring_case,
    "bool": _bool_equal,
    "binaryequals": _binary_equal,
    "ipaddress": _ip_matches,
    **{f"numeric{name}": _ordered(number, relation) for name, relation in _RELATIONS.items()},
    **{f"date{name}": _ordered(date, relation) for name, relation in _RELATIONS.items()},
}
_NEGATIONS = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}
