"""Operators, keys and values of conditions."""

import re
from collections.abc import Iterator
from ipaddress import ip_network

from trailmin.policy import operators
from trailmin.policy.context_keys import is_global_key, is_multivalued, is_single_valued
from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Check, Finding, error, general_warning, security_warning
from trailmin.policy.lint.rule import Subject, at, condition_path, each_statement
from trailmin.policy.operators import Operator, operator_of
from trailmin.policy.parse import PolicyKind

_OPERATOR = error("Invalid condition operator")
_NULL = error("Null with if exists")
_KEY_FORMAT = error("Invalid condition key format")
_GLOBAL_KEY = error("Invalid global condition key")
_QUALIFIER = error("Missing qualifier")
_BOOLEANS = error("Invalid condition multiple Boolean")
_PRIVATE = error("Private IP address")
_NOT_PRIVATE = error("Private NotIpAddress", code="PRIVATE_NOT_IP_ADDRESS")
_TAG_KEY = error("Missing tag key in condition")
_VPC = error("Invalid vpc format")
_VPCE = error("Invalid vpce format")
_DATE_VALUE = general_warning("Invalid date value")
_REPLACED_KEY = error("Unsupported global condition key")
_DEPRECATED = general_warning("Deprecated global condition key")
_WILDCARD = general_warning("Wildcard without like operator")
_BOOLEAN = general_warning("Type mismatch Boolean")
_DATE = general_warning("Type mismatch date")
_NUMBER = general_warning("Type mismatch number")
_BINARY = general_warning("Type mismatch string")
_IP = error("Type mismatch IP range")
_FOR_ALL = security_warning("ForAllValues with single valued key", code="FORALLVALUES_WITH_SINGLE_VALUED_KEY")
_UNTRUSTED = security_warning("Untrustworthy condition key")

_KEY = re.compile(r"[^:\s]+:.+")
_REPLACED = {"aws:arn": "aws:PrincipalArn"}
_TAG_KEYS = frozenset({"aws:principaltag", "aws:requesttag", "aws:resourcetag"})
_NETWORK_IDS = {"aws:sourcevpc": (_VPC, "vpc-"), "aws:sourcevpce": (_VPCE, "vpce-")}
_SPOOFED = frozenset({"aws:referer", "aws:useragent"})
_EPOCH = re.compile(r"\d+(\.\d+)?")
_VALUE_CHECKS = {
    "numeric": (_NUMBER, operators.number),
    "date": (_DATE, operators.date),
    "ipaddress": (_IP, lambda text: ip_network(text, strict=False)),
}


def _operator(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        path = ("Condition", condition.operator)
        if operator_of(condition.operator) is not None:
            continue
        if condition.operator.lower() == "nullifexists":
            yield at(statement, _NULL, "Null asks whether the key exists: IfExists makes no sense", *path)
        else:
            yield at(statement, _OPERATOR, f"the condition operator {condition.operator:.80} does not exist", *path)


def _key(subject: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        for check, message in _key_problems(condition.key, subject.kind):
            yield at(statement, check, message, *condition_path(condition))


def _key_problems(key: str, kind: PolicyKind) -> Iterator[tuple[Check, str]]:
    lowered = key.lower()
    if not _KEY.fullmatch(key):
        yield _KEY_FORMAT, f"the condition key {key:.80} is not 'prefix:name'"
    elif lowered.rstrip("/") in _TAG_KEYS:
        yield _TAG_KEY, f"the condition key {key} must name a tag: {key.rstrip('/')}/tag-key"
    elif lowered in _REPLACED:
        # Identity policies may still have it; a resource's request has a principal and perhaps a source.
        check = _DEPRECATED if kind in {PolicyKind.IDENTITY, PolicyKind.SCP} else _REPLACED_KEY
        yield check, f"use {_REPLACED[lowered]} in place of {key}"
    elif lowered.startswith("aws:") and not is_global_key(lowered):
        yield _GLOBAL_KEY, f"the global condition key {key:.80} does not exist"


def _quantifier(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        operator = operator_of(condition.operator)
        if operator is None or operator.is_null_check:
            continue
        if operator.quantifier == "forallvalues" and is_single_valued(condition.key) and statement.is_allow:
            message = f"{condition.key} has one value: ForAllValues is true as well where it is missing"
            yield at(statement, _FOR_ALL, message, *condition_path(condition))
        if operator.quantifier is None and is_multivalued(condition.key):
            message = f"{condition.key} has several values: add ForAllValues or ForAnyValue"
            yield at(statement, _QUALIFIER, message, *condition_path(condition))


def _values(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        operator = operator_of(condition.operator)
        if operator is None:
            continue
        for index, value in enumerate(condition.values):
            if "${" not in value:
                for check, message in _value_problems(operator, value):
                    yield at(statement, check, message, *condition_path(condition), index)
        if operator.base == "bool" and len({value.lower() for value in condition.values}) > 1:
            message = "with both booleans the condition is true whenever the key exists"
            yield at(statement, _BOOLEANS, message, *condition_path(condition))


def _value_problems(operator: Operator, value: str) -> Iterator[tuple[Check, str]]:
    if operator.base in {"bool", "null"}:
        if value.lower() not in {"true", "false"}:
            yield _BOOLEAN, f"{value:.80} is not true or false"
    elif operator.base in {"stringequals", "stringequalsignorecase"}:
        if "*" in value or "?" in value:
            yield _WILDCARD, f"{value:.80} is taken literally: wildcards need StringLike"
    elif operator.base == "binaryequals":
        if not re.fullmatch(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", value):
            yield _BINARY, f"{value:.80} is not base64"
    else:
        yield from _typed_problems(operator, value)


def _typed_problems(operator: Operator, value: str) -> Iterator[tuple[Check, str]]:
    for family, (check, parse) in _VALUE_CHECKS.items():
        if not operator.base.startswith(family):
            continue
        try:
            parse(value)
        except ValueError:
            yield check, f"{value:.80} is not of the type that the operator compares"
            return
        if family == "date" and _EPOCH.fullmatch(value):
            yield _DATE_VALUE, f"{value:.80}: write the date as YYYY-MM-DD"


def _addresses(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        operator = operator_of(condition.operator)
        if operator is None or operator.base != "ipaddress" or condition.key.lower() != "aws:sourceip":
            continue
        if condition.values and all(map(_is_private, condition.values)):
            check = _NOT_PRIVATE if operator.negated else _PRIVATE
            message = "aws:SourceIp holds public addresses only: use aws:VpcSourceIp"
            yield at(statement, check, message, *condition_path(condition))


def _is_private(text: str) -> bool:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False
    return network.version == 4 and any(network.subnet_of(one) for one in _PRIVATE_NETWORKS)  # type: ignore[arg-type]


_PRIVATE_NETWORKS = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def _network_ids(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        operator, found = operator_of(condition.operator), _NETWORK_IDS.get(condition.key.lower())
        if found is None or operator is None or operator.base not in {"stringequals", "stringequalsignorecase"}:
            continue
        check, prefix = found
        for index, value in enumerate(condition.values):
            if "${" not in value and not re.fullmatch(rf"{prefix}([0-9a-z]{{8}}|[0-9a-z]{{17}})", value):
                yield at(statement, check, f"{value:.60} is no id {prefix}…", *condition_path(condition), index)


def _spoofed(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        if condition.key.lower() in _SPOOFED and statement.is_allow:
            message = f"the caller can make up {condition.key}"
            yield at(statement, _UNTRUSTED, message, *condition_path(condition))


RULES = tuple(map(each_statement, (_operator, _key, _quantifier, _values, _addresses, _network_ids, _spoofed)))
