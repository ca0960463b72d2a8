"""Condition values that must name something of AWS's, and wildcards where they match too much."""

import re
from collections.abc import Iterator

from trailmin.policy.document import Condition, Statement
from trailmin.policy.lint.finding import Check, Finding, error
from trailmin.policy.lint.places import is_region
from trailmin.policy.lint.rule import Subject, at, condition_path, each_statement
from trailmin.policy.operators import operator_of

_REGION = error("Invalid Region")
_KMS_KEY = error("Invalid kms key value")
_DATA_TYPE = error("Invalid condition data type")
_WILDCARD = error("Wildcard usage too permissive")
_VARIABLE = error("Variable usage too permissive")

_REGION_KEYS = frozenset({"aws:requestedregion", "ec2:region"})
_KMS_KEYS = frozenset(
    f"{service}:x-amz-server-side-encryption-aws-kms-key-id" for service in ("s3", "s3express")
)  # fmt: skip
_KMS_KEY_ARN = re.compile(r"arn:[^:]+:kms:[^:]+:[^:]+:key/.+", re.DOTALL)
_SENSITIVE = frozenset(
    f"aws:{name}".lower()
    for name in (
        "PrincipalAccount", "PrincipalOrgID", "ResourceAccount", "ResourceOrgID", "SourceAccount", "SourceOrgID",
        "SourceVpc", "SourceVpce", "VpceAccount", "VpceOrgID",
    )
)  # fmt: skip
"""IAM User Guide, "AWS global condition context keys", section "Sensitive condition keys"."""
_VARIABLE_NAME = re.compile(r"\$\{([^{},]*)[^{}]*\}")
_WILD = re.compile(r"[*?]")
_ESCAPE = re.compile(r"\$\{[*?$]\}")


def _named(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        for index, value in enumerate(condition.values):
            for check, message in _problems(condition.key.lower(), value):
                yield at(statement, check, message, *condition_path(condition), index)


def _problems(key: str, value: str) -> Iterator[tuple[Check, str]]:
    if _WILD.search(value) or "${" in value or value in {"true", "false"}:
        return
    if key in _REGION_KEYS and not is_region(value):
        yield _REGION, f"the Region {value:.40} does not exist"
    if key in _KMS_KEYS and not _KMS_KEY_ARN.fullmatch(value):
        yield _KMS_KEY, f"{value:.80} is not the ARN of a KMS key"


def _mixed(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        kinds = {_json_type(statement, condition, index) for index in range(len(condition.values))}
        if len(kinds) > 1:
            message = f"the values of {condition.key:.80} are {' and '.join(sorted(kinds))}: use one JSON type"
            yield at(statement, _DATA_TYPE, message, *condition_path(condition))


def _json_type(statement: Statement, condition: Condition, index: int) -> str:
    if f"Condition/{condition.operator}/{condition.key}/{index}" not in statement.unquoted:
        return "strings"
    return "booleans" if condition.values[index] in {"true", "false"} else "numbers"


def _permissive(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        operator, key = operator_of(condition.operator), condition.key.lower()
        for index, value in enumerate(condition.values):
            path = (*condition_path(condition), index)
            if operator is not None and operator.takes_patterns and _is_too_wide(key, _without_variables(value)):
                message = f"a wildcard for {condition.key:.80} lets in whoever is named to match it"
                yield at(statement, _WILDCARD, message, *path)
            if statement.variables and _has_free_variable(key, value):
                message = f"the caller may decide what a variable for {condition.key:.80} says"
                yield at(statement, _VARIABLE, message, *path)


def _is_too_wide(key: str, value: str) -> bool:
    if key == "aws:userid":
        return _leaves_open(value, re.compile(r"[*?]"))
    return key in _SENSITIVE and bool(_WILD.search(value))


def _without_variables(value: str) -> str:
    return _VARIABLE_NAME.sub("", _ESCAPE.sub("", value))


def _has_free_variable(key: str, value: str) -> bool:
    """Whether a value holds a variable that can say anything, not one of the very kind that the key is of."""
    written = _ESCAPE.sub("", value)
    if key == "aws:userid":
        return _leaves_open(_VARIABLE_NAME.sub("$", written), re.compile(r"\$"))
    names = [found[1].strip().lower() for found in _VARIABLE_NAME.finditer(written)]
    return key in _SENSITIVE and any(name not in _SENSITIVE for name in names)


def _leaves_open(value: str, mark: re.Pattern[str]) -> bool:
    """Whether the unique id before the colon of `aws:userid` is open in part: `AROA*`, or all of it without a colon.

    `AROAEXAMPLE:*` and `*:session` are what AWS's page takes.
    """
    unique_id, colon, _ = value.partition(":")
    return bool(mark.search(unique_id)) and not (colon and mark.fullmatch(unique_id))


RULES = tuple(map(each_statement, (_named, _mixed, _permissive)))
