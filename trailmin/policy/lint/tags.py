"""Denials by the resource's tag, of actions whose requests do not carry it."""

from collections.abc import Iterator
from functools import lru_cache

from trailmin.policy import glob
from trailmin.policy.document import Condition, Statement
from trailmin.policy.lint.finding import Finding, security_warning
from trailmin.policy.lint.rule import LintCatalog, Subject, at, condition_path, each_statement
from trailmin.policy.match import action_pattern
from trailmin.policy.operators import operator_of

_ACTION = security_warning("Deny with unsupported tag condition key for service")
_NOT_ACTION = security_warning(
    "Deny NotAction with unsupported tag condition key for service",
    code="DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
)

_TAG = "aws:resourcetag/"


def _denied_by_tag(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if statement.is_allow or subject.catalog is None:
        return
    for condition in filter(_needs_the_tag, statement.conditions):
        if statement.not_actions:
            message = f"actions without {condition.key:.80} are not denied: name the actions"
            yield at(statement, _NOT_ACTION, message, *condition_path(condition))
            continue
        lacking = sorted({text.partition(":")[0] for text in statement.actions if not _has_tag(subject.catalog, text)})
        if lacking:
            message = f"requests for actions of {', '.join(lacking):.80} have no {condition.key:.80}: not denied"
            yield at(statement, _ACTION, message, *condition_path(condition))


def _needs_the_tag(condition: Condition) -> bool:
    """Whether the condition is false where the request has no such key."""
    operator = operator_of(condition.operator)
    if operator is None or operator.is_null_check or operator.negated or operator.if_exists:
        return False
    return operator.quantifier != "forallvalues" and condition.key.lower().startswith(_TAG)


@lru_cache(maxsize=1 << 12)
def _has_tag(catalog: LintCatalog, text: str) -> bool:
    """Whether some action that the pattern matches can be restricted by a resource's tag, or none is known."""
    prefix = text.lower().partition(":")[0]
    pattern = action_pattern(text)
    names = [one.full_name for one in catalog.actions(prefix) if glob.matches(pattern, one.full_name.lower())]
    return not names or any(key.lower().startswith(_TAG) for name in names for key in catalog.keys_of_action(name))


RULES = (each_statement(_denied_by_tag),)
