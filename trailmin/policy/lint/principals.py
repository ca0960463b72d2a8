"""Principals that are too many, or none at all."""

import re
from collections.abc import Iterator

from trailmin.policy.document import Principals, Statement
from trailmin.policy.lint.finding import Check, Finding, error, general_warning, security_warning
from trailmin.policy.lint.rule import Subject, at, condition_path, each_statement
from trailmin.policy.parse import PolicyKind

_FORMAT = error("Invalid principal format")
_WILDCARD = error("Unsupported wildcard in principal")
_SERVICE = error("Invalid service principal format")
_FEDERATED = error("Federated principal not supported")
_NOT_PRINCIPAL = security_warning("Allow with NotPrincipal")
_SOURCE = security_warning("Restrict access to service principal")
_SERVICE_KEY = error("Unsupported condition key for service principal")
_ROLE_ID = general_warning("Invalid role reference")
_USER_ID = general_warning("Invalid user reference")

_OF_ORGANIZATIONS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
"""IAM User Guide, global condition keys: included only if the principal is a member of an organization."""
_SOURCES = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
_SERVICE_NAME = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|amazonaws\.eu)|\*")
_ARN = re.compile(r"arn:[a-z-]+:(iam|sts|cloudfront)::[^:]*:.+", re.DOTALL)


def _allow_with_not_principal(_: Subject, statement: Statement) -> Iterator[Finding]:
    if statement.is_allow and statement.not_principals:
        yield at(statement, _NOT_PRINCIPAL, "allows everybody else, anonymous callers too", "NotPrincipal")


def _names(_: Subject, statement: Statement) -> Iterator[Finding]:
    for element, groups in (("Principal", statement.principals), ("NotPrincipal", statement.not_principals)):
        for group in groups:
            for index, value in enumerate(group.values):
                for check, message in _problems(group, value):
                    yield at(statement, check, message, element, group.kind, index)


def _problems(group: Principals, value: str) -> Iterator[tuple[Check, str]]:
    if value == "*":
        return
    if group.kind == "Service":
        if not _SERVICE_NAME.fullmatch(value):
            yield _SERVICE, f"{value:.80} is not a service's name such as ec2.amazonaws.com"
    elif group.kind == "AWS":
        yield from _aws_problems(value)


def _aws_problems(value: str) -> Iterator[tuple[Check, str]]:
    if re.fullmatch("AROA[A-Z0-9]+", value):
        yield _ROLE_ID, f"{value} is the id of a role, perhaps of one that is gone: use its ARN"
    elif re.fullmatch("AIDA[A-Z0-9]+", value):
        yield _USER_ID, f"{value} is the id of a user, perhaps of one that is gone: use its ARN"
    elif "*" in value or "?" in value:
        yield _WILDCARD, "a principal is named in full: use aws:PrincipalArn for patterns"
    elif not re.fullmatch(r"\d{12}", value) and not _ARN.fullmatch(value):
        yield _FORMAT, f"{value:.80} is neither an account nor an ARN"


def _federated(subject: Subject, statement: Statement) -> Iterator[Finding]:
    for group in statement.principals:
        if subject.kind is PolicyKind.RESOURCE and group.kind == "Federated":
            yield at(statement, _FEDERATED, "identity providers stand in trust policies only", "Principal", "Federated")


def _service_source(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if subject.kind is not PolicyKind.RESOURCE or not statement.is_allow:
        return
    keys = {condition.key.lower() for condition in statement.conditions}
    if any(group.kind == "Service" for group in statement.principals) and not keys & _SOURCES:
        message = "anybody can make the service call: add aws:SourceArn or aws:SourceAccount"
        yield at(statement, _SOURCE, message, "Principal", "Service")


def _keys_of_services(_: Subject, statement: Statement) -> Iterator[Finding]:
    if not any(group.kind == "Service" for group in statement.principals):
        return
    for condition in statement.conditions:
        key = condition.key.lower()
        if key in _OF_ORGANIZATIONS or key.startswith("aws:principaltag/"):
            message = f"a service that calls has no {condition.key:.80}"
            yield at(statement, _SERVICE_KEY, message, *condition_path(condition))


RULES = tuple(map(each_statement, (_allow_with_not_principal, _names, _federated, _service_source, _keys_of_services)))
