"""Condition keys that need something beside them: another key, an action, or a service that has them."""

from collections.abc import Iterator

from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Finding, error, general_warning, security_warning
from trailmin.policy.lint.rule import Subject, at, condition_path, each_statement, elements
from trailmin.policy.lint.vpc_endpoint_keys import services_of_key
from trailmin.policy.selection import statement_actions

_PAIR = security_warning("Missing paired condition keys")
_SELECT = security_warning("DynamoDB attributes without select", code="DYNAMODB_ATTRIBUTES_WITHOUT_SELECT")
_ACTION = error("Missing action for condition key")
_SERVICES = general_warning("Use condition key only with supported services")

_PAIRED = {
    "aws:vpcsourceip": ("aws:SourceVpc", frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"})),
    "aws:ec2instancesourceprivateipv4": ("aws:Ec2InstanceSourceVpc", frozenset({"aws:ec2instancesourcevpc"})),
}
"""IAM User Guide, "AWS global condition context keys": a private address alone recurs in other VPCs."""
_SETTERS = {
    "sts:sourceidentity": "sts:SetSourceIdentity",
    "sts:transitivetagkeys": "sts:TagSession",
}
"""IAM User Guide, "IAM and AWS STS condition context keys": a session gets the value by this action only."""
_READS = ("dynamodb:getitem", "dynamodb:batchgetitem", "dynamodb:query", "dynamodb:scan")


def _paired(_: Subject, statement: Statement) -> Iterator[Finding]:
    keys = {condition.key.lower() for condition in statement.conditions}
    for condition in statement.conditions:
        name, related = _PAIRED.get(condition.key.lower(), ("", keys))
        if not keys & related:
            message = f"{condition.key} is ambiguous without {name}"
            yield at(statement, _PAIR, message, *condition_path(condition))


def _selected(_: Subject, statement: Statement) -> Iterator[Finding]:
    """Without a projection a read returns all attributes, and the key is not there to stop it."""
    restricted = [one for one in statement.conditions if one.key.lower() == "dynamodb:attributes"]
    if not restricted or not statement.is_allow or not any(map(statement_actions(statement).matches, _READS)):
        return
    selects = any(
        condition.key.lower() == "dynamodb:select" and condition.values == ("SPECIFIC_ATTRIBUTES",)
        for condition in statement.conditions
    )
    for condition in () if selects else restricted:
        message = "a read without a projection returns all attributes: add dynamodb:Select SPECIFIC_ATTRIBUTES"
        yield at(statement, _SELECT, message, *condition_path(condition))


def _set(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        setter = _SETTERS.get(condition.key.lower())
        if setter is not None and statement.is_allow and not statement_actions(statement).matches(setter.lower()):
            message = f"without {setter} no request may set {condition.key}"
            yield at(statement, _ACTION, message, *condition_path(condition))


def _by_services(_: Subject, statement: Statement) -> Iterator[Finding]:
    for condition in statement.conditions:
        services = services_of_key(condition.key)
        if services is None:
            continue
        prefixes = {text.lower().partition(":")[0] for _, _, text in elements(statement, "Action")}
        if statement.not_actions or not prefixes <= services:
            others = ", ".join(sorted(prefixes - services)) or "services that are not named"
            message = f"{others:.80} may not have {condition.key}"
            yield at(statement, _SERVICES, message, *condition_path(condition))


RULES = tuple(map(each_statement, (_paired, _selected, _set, _by_services)))
