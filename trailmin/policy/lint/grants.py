"""Wide grants of the two actions that hand out permissions: iam:PassRole and iam:CreateServiceLinkedRole."""

from collections.abc import Iterator
from dataclasses import dataclass

from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Check, Finding, general_warning, security_warning
from trailmin.policy.lint.rule import Subject, at, each_statement
from trailmin.policy.selection import statement_actions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """AWS's six checks on one action."""

    action: str
    narrowing_key: str
    """With a condition on this key a wide resource is fine."""
    not_resource: Check
    star_action_not_resource: Check
    not_action_not_resource: Check
    star_resource: Check
    star_action_resource: Check
    not_action_star_resource: Check


_PASS_ROLE = _Family(
    action="iam:passrole",
    narrowing_key="iam:passedtoservice",
    not_resource=security_warning("Pass role with NotResource"),
    star_action_not_resource=security_warning("Pass role with star in action and NotResource"),
    not_action_not_resource=security_warning("Pass role with NotAction and NotResource"),
    star_resource=security_warning("Pass role with star in resource"),
    star_action_resource=security_warning("Pass role with star in action and resource"),
    not_action_star_resource=security_warning("Pass role with star in resource and NotAction"),
)
_SERVICE_LINKED = _Family(
    action="iam:createservicelinkedrole",
    narrowing_key="iam:awsservicename",
    not_resource=general_warning("Create SLR with NotResource"),
    star_action_not_resource=general_warning("Create SLR with star in action and NotResource"),
    not_action_not_resource=general_warning("Create SLR with NotAction and NotResource"),
    star_resource=general_warning("Create SLR with star in resource"),
    star_action_resource=general_warning("Create SLR with star in action and resource"),
    not_action_star_resource=general_warning("Create SLR with star in resource and NotAction"),
)


def _wide(_: Subject, statement: Statement) -> Iterator[Finding]:
    if not statement.is_allow or statement.principals or statement.not_principals:
        return
    keys = {condition.key.lower() for condition in statement.conditions}
    for family in (_PASS_ROLE, _SERVICE_LINKED):
        if not statement_actions(statement).matches(family.action):
            continue
        check = _check(family, statement, is_narrowed=family.narrowing_key in keys)
        if check is not None:
            element = "NotResource" if statement.not_resources else "Resource"
            yield at(statement, check, f"allows {family.action} on more roles than meant, perhaps", element)


def _check(family: _Family, statement: Statement, *, is_narrowed: bool) -> Check | None:
    is_spelled_out = family.action in {text.lower() for text in statement.actions}
    if statement.not_resources:
        wide = (family.not_resource, family.star_action_not_resource, family.not_action_not_resource)
    elif any(map(_is_wide, statement.resources)) and not is_narrowed:
        wide = (family.star_resource, family.star_action_resource, family.not_action_star_resource)
    else:
        return None
    return wide[0] if is_spelled_out else wide[2] if statement.not_actions else wide[1]


def _is_wide(resource: str) -> bool:
    """Whether the pattern fixes nothing of a role's name."""
    return resource == "*" or resource.partition("role/")[2].startswith("*") or resource.endswith((":*", ":role*"))


RULES = (each_statement(_wide),)
