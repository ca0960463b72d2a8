"""Service control policies and resource control policies: what AWS Organizations takes, and what blocks too much.

Sources: AWS Organizations User Guide, "SCP syntax", "RCP syntax", "Quotas and service limits" (maximum size of a policy
document), "List of AWS services that support RCPs".
"""

from collections.abc import Iterator

from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Finding, error, general_warning
from trailmin.policy.lint.rule import Rule, StatementRule, Subject, at, condition_path, each_statement, elements
from trailmin.policy.operators import operator_of
from trailmin.policy.parse import PolicyKind
from trailmin.policy.size import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY, policy_size

_SCP_WILDCARD = error("SCP syntax error action wildcard")
_SCP_SIZE = error("Policy size exceeds SCP quota")
_RCP_SIZE = error("Policy size exceeds RCP quota")
_RCP_PRINCIPAL = error("RCP syntax error principal")
_RCP_ALLOW = error("RCP syntax error allow")
_RCP_NOT_ACTION = error("RCP syntax error NotAction", code="RCP_SYNTAX_ERROR_NOTACTION")
_RCP_ACTION = error("RCP syntax error action")
_RCP_OF_PRINCIPAL = general_warning("RCP missing related principal condition key")
_RCP_OF_SERVICE = general_warning("RCP missing related service principal condition key")
_RCP_NULL = general_warning("RCP missing service condition key null check")

_IS_SERVICE = "aws:principalisawsservice"
_PRINCIPAL_KEYS = frozenset(
    f"aws:{name}"
    for name in (
        "principalarn", "principalaccount", "principalorgpaths", "principalorgid", "principaltype", "userid", "username"
    )
)  # fmt: skip
_SOURCE_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})


def _only(kind: PolicyKind, rule: StatementRule) -> Rule:
    """A rule for statements of policies of one kind."""
    checked = each_statement(rule)

    def run(subject: Subject) -> Iterator[Finding]:
        if subject.kind is kind:
            yield from checked(subject)

    return run


def _size(subject: Subject) -> Iterator[Finding]:
    quotas = {
        PolicyKind.SCP: (_SCP_SIZE, SERVICE_CONTROL_POLICY),
        PolicyKind.RCP: (_RCP_SIZE, RESOURCE_CONTROL_POLICY),
    }
    if subject.kind in quotas:
        check, quota = quotas[subject.kind]
        size = policy_size(subject.policy)
        if size > quota.limit:
            yield Finding(check=check, path=(), message=f"{size:,} characters, of at most {quota.limit:,}")


def _scp_wildcards(_: Subject, statement: Statement) -> Iterator[Finding]:
    for element, index, text in elements(statement, "Action", "NotAction"):
        if "*" in text[:-1]:
            message = f"{text:.80}: a service control policy has `*` at the end of an action only"
            yield at(statement, _SCP_WILDCARD, message, element, index)


def _rcp_elements(_: Subject, statement: Statement) -> Iterator[Finding]:
    everybody = [group.kind for group in statement.principals] == ["*"]
    if statement.not_principals or not everybody:
        element = "NotPrincipal" if statement.not_principals else "Principal"
        yield at(statement, _RCP_PRINCIPAL, 'a resource control policy has the Principal "*" only', element)
    if statement.not_actions:
        yield at(statement, _RCP_NOT_ACTION, "a resource control policy has no NotAction", "NotAction")
    if statement.is_allow and (statement.conditions or statement.resources != ("*",)):
        element = "Condition" if statement.conditions else "Resource"
        yield at(statement, _RCP_ALLOW, 'an Allow has the Resource "*" and no Condition here', element)


def _rcp_actions(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if subject.catalog is None:
        return
    reached = subject.catalog.rcp_prefixes()
    for element, index, text in elements(statement, "Action"):
        prefix = text.lower().partition(":")[0]
        # RCPFullAWSAccess, which AWS attaches, is an Allow of "*".
        if prefix not in reached and not (text == "*" and statement.is_allow):
            message = f"resource control policies do not reach {prefix:.60}"
            yield at(statement, _RCP_ACTION, message, element, index)


def _rcp_related(_: Subject, statement: Statement) -> Iterator[Finding]:
    if statement.is_allow:
        return
    for condition in statement.conditions:
        key = condition.key.lower()
        if (key in _PRINCIPAL_KEYS or key.startswith("aws:principaltag/")) and not _asks(statement, "false"):
            message = f"{condition.key:.80} is missing where a service calls: add aws:PrincipalIsAWSService false"
            yield at(statement, _RCP_OF_PRINCIPAL, message, *condition_path(condition))
        if key not in _SOURCE_KEYS or _is_null_check(condition.operator):
            continue
        if not _asks(statement, "true"):
            message = f"{condition.key:.80} is missing where a person calls: add aws:PrincipalIsAWSService true"
            yield at(statement, _RCP_OF_SERVICE, message, *condition_path(condition))
        if not _has_source(statement):
            message = f"{condition.key:.80} may be missing: add Null aws:SourceAccount or aws:SourceArn false"
            yield at(statement, _RCP_NULL, message, *condition_path(condition))


def _asks(statement: Statement, value: str) -> bool:
    """Whether the statement is about calls by services only (`true`), or by others only (`false`)."""
    return any(
        condition.key.lower() == _IS_SERVICE and {one.lower() for one in condition.values} == {value}
        for condition in statement.conditions
    )


def _has_source(statement: Statement) -> bool:
    return any(
        _is_null_check(condition.operator)
        and condition.key.lower() in {"aws:sourceaccount", "aws:sourcearn"}
        and {one.lower() for one in condition.values} == {"false"}
        for condition in statement.conditions
    )


def _is_null_check(name: str) -> bool:
    operator = operator_of(name)
    return operator is not None and operator.is_null_check


RULES: tuple[Rule, ...] = (
    _size,
    _only(PolicyKind.SCP, _scp_wildcards),
    _only(PolicyKind.RCP, _rcp_elements),
    _only(PolicyKind.RCP, _rcp_actions),
    _only(PolicyKind.RCP, _rcp_related),
)
