"""From a model of the conditions to a concrete request that the evaluator confirms."""

from collections.abc import Iterator, Mapping, Sequence

from trailmin.policy.document import Policy
from trailmin.policy.evaluate import DecisionKind, decide
from trailmin.policy.include import Refuted
from trailmin.policy.inclusion.questions import Question
from trailmin.policy.inclusion.search import Model
from trailmin.policy.match import NO_RESOURCE
from trailmin.policy.pattern import ONES, STARS, Pattern, escape_literal, is_variable
from trailmin.policy.request import Request
from trailmin.policy.variables import variable_key

_SOMEBODY = "someone"


def confirm(
    new: Sequence[Policy], old: Sequence[Policy], action: str, question: Question, model: Model
) -> Refuted | None:
    """A request that `new` allows and `old` does not, as the evaluator sees it; None if none of those tried is one."""
    for request in _candidates(action, question, model):
        after = decide(new, request)
        if after.decision is not DecisionKind.ALLOWED or after.by is None:
            continue
        before = decide(old, request)
        if before.decision in {DecisionKind.IMPLICITLY_DENIED, DecisionKind.EXPLICITLY_DENIED}:
            return Refuted(witness=request, allowed_by=after.by, denied_by=before.by)
    return None


def _candidates(action: str, question: Question, model: Model) -> Iterator[Request]:
    context = {key: found.values for key, found in model.items() if found.values}
    literal = question.resource if question.resource == NO_RESOURCE else escape_literal(question.resource)
    yield _request(action, literal, context)
    for key, found in model.items():
        for text in found.variables:
            variable = variable_key(text)
            if variable is not None and found.values:
                context.setdefault(variable, context[key][:1])
    yield _request(action, literal, context)
    if question.base.variables:
        yield from _filled_in(action, question.base, context)


def _filled_in(action: str, base: Pattern, context: Mapping[str, tuple[str, ...]]) -> Iterator[Request]:
    """Requests for the resource that the Allow's own pattern becomes for somebody."""
    known = dict(context)
    for variable in base.variables:
        key = variable_key(variable)
        if key is not None:
            known.setdefault(key, (_SOMEBODY,))
    for star in ("", "x"):
        yield _request(action, "".join(escape_literal(text) for text in _parts(base, known, star)), known)


def _parts(base: Pattern, known: Mapping[str, tuple[str, ...]], star: str) -> Iterator[str]:
    for token in base.tokens:
        if is_variable(token):
            yield known.get(variable_key(token) or "", ("",))[0]
        elif token in STARS:
            yield star
        else:
            yield "x" if token in ONES else token


def _request(action: str, resource: str, context: Mapping[str, tuple[str, ...]]) -> Request:
    return Request(action=action, resource=resource, context=dict(context), other_keys="absent")
