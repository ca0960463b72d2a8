"""Conditions against the keys of a request, three-valued.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys".
"""

from collections.abc import Iterable

from trailmin.policy.document import Condition
from trailmin.policy.operators import Operator, operator_of
from trailmin.policy.truth import Truth, all_of, any_of
from trailmin.policy.variables import KeyLookup, resolve_literal, resolve_pattern


def evaluate_condition(condition: Condition, lookup: KeyLookup, *, variables: bool) -> Truth:
    """Whether a condition holds.

    UNKNOWN where it depends on a key that `lookup` does not know, on a value that is not of the operator's type, or on
    an operator that IAM's documentation does not have. `variables` is the statement's.
    """
    operator, found = operator_of(condition.operator), lookup(condition.key)
    if operator is None or found is None:
        return Truth.UNKNOWN
    if operator.is_null_check:
        return any_of(_null_check(wanted, present=bool(found)) for wanted in condition.values)
    if operator.quantifier == "forallvalues":
        # "…or if the context key value resolves to a null dataset, such as an empty string"
        found = tuple(value for value in found if value)
    if not found:
        return _without_the_key(operator)
    outcomes = (_value_outcome(operator, condition.values, value, lookup, variables=variables) for value in found)
    if operator.quantifier == "forallvalues" or (operator.quantifier is None and operator.negated):
        return all_of(outcomes)
    return any_of(outcomes)


def _null_check(wanted: str, *, present: bool) -> Truth:
    if wanted.lower() not in {"true", "false"}:
        return Truth.UNKNOWN
    return Truth.of((wanted.lower() == "true") != present)


def _without_the_key(operator: Operator) -> Truth:
    """A missing key matches nothing: so a negated operator holds, but not for any of no values."""
    if operator.if_exists or operator.quantifier == "forallvalues":
        return Truth.TRUE
    return Truth.of(operator.negated and operator.quantifier is None)


def _value_outcome(
    operator: Operator, wanted: Iterable[str], found: str, lookup: KeyLookup, *, variables: bool
) -> Truth:
    outcome = any_of(_compare(operator, value, found, lookup, variables=variables) for value in wanted)
    return ~outcome if operator.negated else outcome


def _compare(operator: Operator, wanted: str, found: str, lookup: KeyLookup, *, variables: bool) -> Truth:
    if variables:
        resolved = (resolve_pattern if operator.takes_patterns else resolve_literal)(wanted, lookup)
        if resolved.text is None:
            return Truth.FALSE
        if not resolved.is_complete:
            return Truth.UNKNOWN
        wanted = resolved.text
    try:
        return Truth.of(operator.compare(wanted, found, variables=variables))
    except ValueError:
        return Truth.UNKNOWN
