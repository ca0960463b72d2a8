"""Resource policies whose parts are about different services: one of them is not the service of the resource.

A document does not tell what it is attached to. Where all its ARNs are of one service that is taken for the resource's,
and an action that never applies to it is a mistake; where they are not but all actions are of one service, the ARNs
that none of its resource types has are.
"""

from collections.abc import Iterator

from trailmin.policy.arn import split_segments
from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Finding, error
from trailmin.policy.lint.rule import LintCatalog, Subject, at, elements
from trailmin.policy.parse import PolicyKind

_ACTION = error("Unsupported action in policy")
_ARN = error("Unsupported resource ARN in policy")


def _one_service(subject: Subject) -> Iterator[Finding]:
    if subject.kind is not PolicyKind.RESOURCE or subject.catalog is None:
        return
    statements = subject.policy.statements
    of_arns = {service for one in statements for _, _, service in _arn_services(one)}
    of_actions = {prefix for one in statements for _, _, prefix in _action_prefixes(one)}
    if len(of_arns) == 1:
        yield from _foreign_actions(statements, next(iter(of_arns)), subject.catalog)
    elif len(of_actions) == 1:
        yield from _foreign_arns(statements, next(iter(of_actions)), subject.catalog)


def _foreign_actions(statements: tuple[Statement, ...], service: str, catalog: LintCatalog) -> Iterator[Finding]:
    for statement in statements:
        for element, index, prefix in _action_prefixes(statement):
            if service not in {prefix, *_services_of(catalog, prefix)} and any(True for _ in catalog.actions(prefix)):
                message = f"actions of {prefix:.60} do not apply to resources of {service:.60}"
                yield at(statement, _ACTION, message, element, index)


def _foreign_arns(statements: tuple[Statement, ...], prefix: str, catalog: LintCatalog) -> Iterator[Finding]:
    known = {prefix, *_services_of(catalog, prefix)}
    for statement in statements:
        for element, index, service in _arn_services(statement):
            if service not in known:
                message = f"actions of {prefix:.60} do not apply to resources of {service:.60}"
                yield at(statement, _ARN, message, element, index)


def _arn_services(statement: Statement) -> Iterator[tuple[str, int, str]]:
    for element, index, text in elements(statement, "Resource", "NotResource"):
        segments = split_segments(text)
        if len(segments) == 6 and segments[2].isascii() and segments[2].replace("-", "").isalnum():
            yield element, index, segments[2]


def _action_prefixes(statement: Statement) -> Iterator[tuple[str, int, str]]:
    for element, index, text in elements(statement, "Action", "NotAction"):
        prefix, colon, _ = text.lower().partition(":")
        if colon:
            yield element, index, prefix


def _services_of(catalog: LintCatalog, prefix: str) -> set[str]:
    """The services that the ARNs of a prefix's resource types name."""
    patterns = (text for kind in catalog.resource_types(prefix) for text in kind.arn_patterns)
    return {segments[2] for text in patterns if len(segments := split_segments(text)) == 6}


RULES = (_one_service,)
