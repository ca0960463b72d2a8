"""Condition keys against the catalog: whether they exist, for which actions, and of which type."""

import re
from collections.abc import Iterator
from functools import lru_cache

from trailmin.policy.context_keys import is_global_key, type_of_global_key
from trailmin.policy.document import Condition, Statement
from trailmin.policy.lint.finding import Check, Finding, error, general_warning, security_warning
from trailmin.policy.lint.rule import KnownConditionKey, LintCatalog, Subject, at, condition_path, each_statement
from trailmin.policy.operators import Operator, operator_of

_SERVICE = error("Invalid service")
_KEY = error("Invalid service condition key")
_ACTION = error("Unsupported action for condition key")
_TYPE = general_warning("Type mismatch")
_STRING_LIKE = security_warning("String like operator with ARN condition keys")

_OTHER_PREFIXES = frozenset(
    {"saml", "identitycenter", "catalog", "cognito-identity-auth", "cognito-identity-unauth", "sso"}
)
"""Prefixes of condition keys that are no IAM service prefix; those of identity providers are their domain names."""
_FAMILIES = {
    "String": ("string", "arn"),
    "ARN": ("arn", "string"),
    "Bool": ("bool", "string"),
    "Numeric": ("numeric",),
    "Date": ("date", "numeric"),
    "IPAddress": ("ipaddress", "notipaddress"),
}
"""The operators that compare values of a type. A string operator compares the texts `true` and `false`, too."""


def _exists(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if subject.catalog is None:
        return
    for condition in statement.conditions:
        prefix, colon, _ = condition.key.lower().partition(":")
        if not colon or prefix == "aws" or is_global_key(condition.key) or not re.fullmatch("[a-z0-9-]+", prefix):
            continue
        if prefix in _OTHER_PREFIXES:
            continue
        if not any(True for _ in subject.catalog.actions(prefix)):
            message = f"the service {prefix:.80} does not exist"
            yield at(statement, _SERVICE, message, *condition_path(condition))
        elif _find(subject.catalog, condition.key) is None:
            message = f"the service {prefix:.80} has no condition key {condition.key:.80}"
            yield at(statement, _KEY, message, *condition_path(condition))


def _supported(subject: Subject, statement: Statement) -> Iterator[Finding]:
    """Actions without wildcards only, as Access Analyzer does."""
    if subject.catalog is None:
        return
    plain = [text for text in statement.actions if not re.search(r"[*?]", text)]
    for condition in statement.conditions:
        if condition.key.lower().startswith("aws:") or is_global_key(condition.key):
            continue
        if _find(subject.catalog, condition.key) is None:
            continue
        found = [text for text in plain if _lacks(subject.catalog, text, condition.key)]
        if found:
            message = f"requests for {', '.join(found):.120} never have {condition.key:.80}"
            yield at(statement, _ACTION, message, *condition_path(condition))


def _lacks(catalog: LintCatalog, action: str, key: str) -> bool:
    """Whether an action is known, and known to come without the key."""
    keys = catalog.keys_of_action(action)
    return bool(keys) and not any(key_pattern(name).fullmatch(key) for name in keys)


def _typed(subject: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        operator, kind = operator_of(condition.operator), _type_of(subject.catalog, condition.key)
        if operator is None or kind is None or operator.is_null_check:
            continue
        for check, message in _mismatches(operator, kind, condition):
            yield at(statement, check, message, *condition_path(condition))


def _mismatches(operator: Operator, kind: str, condition: Condition) -> Iterator[tuple[Check, str]]:
    if kind == "ARN" and operator.base == "stringlike":
        yield _STRING_LIKE, f"{condition.key:.80} is an ARN: its `*` crosses segments, use ArnLike"
    elif not operator.base.startswith(_FAMILIES.get(kind, ("",))):
        yield _TYPE, f"{condition.key:.80} is of the type {kind}, which {condition.operator:.80} does not compare"


def _type_of(catalog: LintCatalog | None, key: str) -> str | None:
    if key.lower().startswith("aws:") or is_global_key(key):
        return type_of_global_key(key)
    found = _find(catalog, key) if catalog is not None else None
    return found.type.removeprefix("ArrayOf") if found else None


@lru_cache(maxsize=1 << 12)
def _find(catalog: LintCatalog, key: str) -> KnownConditionKey | None:
    """The condition key of a service, whatever its letter case."""
    known = catalog.condition_keys(key.lower().partition(":")[0])
    return next((one for one in known if key_pattern(one.name).fullmatch(key)), None)


@lru_cache(maxsize=1 << 13)
def key_pattern(name: str) -> re.Pattern[str]:
    """What a key of AWS's reference matches, placeholders (`${TagKey}`, `<key>`, `/tag-key`) filled in."""
    parts = re.split(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$", name)
    return re.compile(".+".join(map(re.escape, parts)), re.IGNORECASE | re.DOTALL)


RULES = tuple(map(each_statement, (_exists, _supported, _typed)))
