"""Actions that no service has."""

from collections.abc import Iterator
from functools import lru_cache

from trailmin.policy import glob
from trailmin.policy.document import Statement
from trailmin.policy.lint.finding import Finding, error
from trailmin.policy.lint.rule import LintCatalog, Subject, at, each_statement, elements
from trailmin.policy.match import action_pattern

_ACTION = error("Invalid action")
_SERVICE = error("Invalid service in action")


def _known(subject: Subject, statement: Statement) -> Iterator[Finding]:
    if subject.catalog is None:
        return
    for element, index, text in elements(statement, "Action", "NotAction"):
        prefix, colon, _ = text.lower().partition(":")
        if not colon:
            continue
        names = _names(subject.catalog, prefix)
        if not names:
            yield at(statement, _SERVICE, f"the service {prefix:.80} does not exist", element, index)
        elif text.lower() not in names and not any(glob.matches(action_pattern(text), name) for name in names):
            yield at(statement, _ACTION, f"the action {text:.120} does not exist", element, index)


@lru_cache(maxsize=1 << 10)
def _names(catalog: LintCatalog, prefix: str) -> frozenset[str]:
    """The names of a service's actions, in lower case; none of a service that the catalog does not have."""
    return frozenset(action.full_name.lower() for action in catalog.actions(prefix))


RULES = (each_statement(_known),)
