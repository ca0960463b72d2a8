"""Role trust policies: who may assume the role, by which action, and from where.

Source of what IAM Roles Anywhere needs: "Trust model in AWS Identity and Access Management Roles Anywhere".
"""

import re
from collections.abc import Iterator

from trailmin.policy.document import Condition, Statement
from trailmin.policy.lint.finding import Finding, error, general_warning, security_warning
from trailmin.policy.lint.rule import Subject, at, condition_path, each_statement
from trailmin.policy.operators import operator_of
from trailmin.policy.parse import PolicyKind
from trailmin.policy.selection import statement_actions

_NOT_PRINCIPAL = error(
    "Role trust policy syntax error notprincipal", code="ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL"
)
_STAR = error("Role trust policy unsupported wildcard in principal")
_FEDERATED = error("Invalid federated principal syntax in role trust policy")
_MISMATCH = error("Mismatched action for principal")
_ANYWHERE = error("Missing action for roles anywhere trust policy")
_OIDC = security_warning("Missing condition key for oidc principal")
_REPOSITORY = security_warning("Missing github repo condition key")
_AUDIENCE = security_warning("ForAnyValue with audience claim type", code="FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE")
_BRANCH = general_warning("Specific github repo and branch recommended")

_SAML = re.compile(r"arn:[a-z-]+:iam::\d{12}:saml-provider/.+")
_OIDC_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:oidc-provider/(?P<name>.+)")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[^\s*?]*)?")
_GITHUB = "token.actions.githubusercontent.com"
_COGNITO = "cognito-identity.amazonaws.com"
_ROLES_ANYWHERE = "rolesanywhere.amazonaws.com"
_ANYWHERE_ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
_SINGLE_AUDIENCES = frozenset({f"{_COGNITO}:aud", f"{_GITHUB}:aud", "accounts.google.com:aud", "saml:aud"})


def _elements(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if subject.kind is not PolicyKind.TRUST:
        return
    if statement.not_principals:
        yield at(statement, _NOT_PRINCIPAL, "a role trust policy names who may assume the role", "NotPrincipal")
    if any(group.kind == "*" for group in statement.principals):
        yield at(statement, _STAR, "a role trust policy names who may assume the role", "Principal")


def _providers(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if subject.kind is not PolicyKind.TRUST:
        return
    for index, value in enumerate(_values(statement, "Federated")):
        if not (_SAML.fullmatch(value) or _OIDC_ARN.fullmatch(value) or _DOMAIN.fullmatch(value)):
            message = f"{value:.80} is neither a provider's ARN nor a domain name"
            yield at(statement, _FEDERATED, message, "Principal", "Federated", index)


def _actions(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if subject.kind is not PolicyKind.TRUST:
        return
    federated = _values(statement, "Federated")
    others = [value for group in statement.principals if group.kind != "Federated" for value in group.values]
    misfits = {
        "sts:assumerolewithsaml": others + [value for value in federated if not _SAML.fullmatch(value)],
        "sts:assumerolewithwebidentity": others + [value for value in federated if _SAML.fullmatch(value)],
    }
    for index, action in enumerate(statement.actions):
        found = misfits.get(action.lower(), [])
        if found:
            message = f"{action} is not how {', '.join(found):.120} assumes a role"
            yield at(statement, _MISMATCH, message, "Action", index)
    if statement.is_allow and _ROLES_ANYWHERE in _values(statement, "Service"):
        actions = statement_actions(statement)
        missing = [name for name in _ANYWHERE_ACTIONS if not actions.matches(name.lower())]
        if missing:
            yield at(statement, _ANYWHERE, f"IAM Roles Anywhere needs {', '.join(missing)}, too", "Action")


def _conditions(_: Subject, statement: Statement) -> Iterator[Finding]:
    if not statement.is_allow:
        return
    keys = {condition.key.lower(): condition for condition in statement.conditions}
    for provider in _values(statement, "Federated"):
        found = _OIDC_ARN.fullmatch(provider)
        name = (found["name"] if found else provider).lower()
        if name.startswith("arn:") or name == _COGNITO:
            continue
        if not any(key.startswith(f"{name}:") for key in keys):
            yield at(statement, _OIDC, f"everybody whom {name:.60} knows may", "Principal", "Federated")
        if name == _GITHUB:
            yield from _github(statement, keys.get(f"{_GITHUB}:sub"))


def _github(statement: Statement, subject: Condition | None) -> Iterator[Finding]:
    if subject is None:
        message = f"every repository of GitHub may: add {_GITHUB}:sub"
        yield at(statement, _REPOSITORY, message, "Principal", "Federated")
    elif any(re.fullmatch(r"(repo:)?[^/]*\*.*", value) for value in subject.values):
        yield at(statement, _BRANCH, "name the repository and the branch", *condition_path(subject))


def _audiences(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        operator = operator_of(condition.operator)
        if operator is None or operator.quantifier != "foranyvalue":
            continue
        if condition.key.lower() in _SINGLE_AUDIENCES:
            message = f"{condition.key:.80} has one value: leave out ForAnyValue"
            yield at(statement, _AUDIENCE, message, *condition_path(condition))


def _values(statement: Statement, kind: str) -> list[str]:
    return [value for group in statement.principals if group.kind == kind for value in group.values]


RULES = tuple(map(each_statement, (_elements, _providers, _actions, _conditions, _audiences)))
