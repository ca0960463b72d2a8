"""Policy variables that IAM does not take as such."""

import re
from collections.abc import Iterator

from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Check, Finding, error
from trailmin.policy.lint.rule import Subject, at, each_statement, elements
from trailmin.policy.operators import operator_of

_VERSION = error("Variable unsupported in version")
_EMPTY = error("Empty variable")
_BRACE = error("Missing brace in variable")
_QUOTE = error("Missing quote in variable")
_SPACE = error("Unsupported space in variable")
_OPERATOR = error("Invalid variable for operator")

_OPENED = re.compile(r"\$\{([^{}]*)(\}?)")
_TEXTUAL = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnlike", "bool"})


def _written(_: Subject, statement: Statement) -> Iterator[Finding]:
    for element, index, text in elements(statement, "Resource", "NotResource"):
        for check, message in _problems(text, statement):
            yield at(statement, check, message, element, index)
    for condition in statement.conditions:
        path = ("Condition", condition.operator, condition.key)
        operator = operator_of(condition.operator)
        for index, value in enumerate(condition.values):
            for check, message in _problems(value, statement):
                yield at(statement, check, message, *path, index)
            if "${" in value and operator is not None and operator.base not in _TEXTUAL:
                message = f"{condition.operator:.80} takes no policy variables"
                yield at(statement, _OPERATOR, message, *path, index)


def _problems(text: str, statement: Statement) -> Iterator[tuple[Check, str]]:
    for found in _OPENED.finditer(text):
        body, brace = found.groups()
        key, comma, default = body.partition(",")
        if not statement.variables:
            if brace and ":" in body:
                yield _VERSION, "policy variables need Version 2012-10-17"
        elif not brace:
            yield _BRACE, "the variable is not closed by '}'"
        elif not key.strip():
            yield _EMPTY, "the variable names no key"
        elif key != key.strip() or " " in key:
            yield _SPACE, "a variable's key holds no spaces"
        elif comma and not re.fullmatch(r"\s*'[^']*'\s*", default):
            yield _QUOTE, "a default value stands in single quotes"


RULES = (each_statement(_written),)
