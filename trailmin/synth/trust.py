"""What a trust policy says of who may use a role."""

from trailmin.policy import Policy, Statement, action_matches

_ASSUME = "sts:AssumeRole"


def may_assume(trust: Policy, service: str) -> bool:
    """Whether a trust policy may let a service principal assume the role; conditions and Deny are not looked at."""
    return any(s.is_allow and _names(s, service) and _allows_assuming(s) for s in trust.statements)


def _names(statement: Statement, service: str) -> bool:
    if statement.not_principals:
        return True
    return any(
        principals.kind == "*" or "*" in principals.values
        or (principals.kind == "Service" and service in principals.values)
        for principals in statement.principals
    )  # fmt: skip


def _allows_assuming(statement: Statement) -> bool:
    if statement.not_actions:
        return not any(action_matches(pattern, _ASSUME) for pattern in statement.not_actions)
    return any(action_matches(pattern, _ASSUME) for pattern in statement.actions)
