"""From a model of the conditions to a concrete request that the evaluator confirms."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from trailmin.errors import PolicyError
from trailmin.policy.document import Policy
from trailmin.policy.evaluate import Decision, DecisionKind, decide
from trailmin.policy.evaluation.principal import Caller, parse_caller, standing
from trailmin.policy.include import Refuted
from trailmin.policy.inclusion.questions import Question
from trailmin.policy.inclusion.search import Model
from trailmin.policy.match import NO_RESOURCE
from trailmin.policy.pattern import ONES, STARS, Pattern, escape_literal, is_variable
from trailmin.policy.request import Request
from trailmin.policy.variables import variable_key

_SOMEBODY = "someone"
_STRANGER = "arn:aws:iam::999999999999:user/someone"


def confirm(
    new: Sequence[Policy], old: Sequence[Policy], action: str, question: Question, model: Model
) -> Refuted | None:
    """A request that `new` allows and `old` does not, as the evaluator sees it; None if none of those tried is one."""
    for principal in _principals(new, old):
        for candidate in _candidates(action, question, model):
            request = _made_by(principal, candidate)
            after = _decide(new, request, principal)
            if after.decision is not DecisionKind.ALLOWED or after.by is None:
                continue
            before = _decide(old, request, principal)
            if before.decision in {DecisionKind.IMPLICITLY_DENIED, DecisionKind.EXPLICITLY_DENIED}:
                return Refuted(witness=request, principal=principal, allowed_by=after.by, denied_by=before.by)
    return None


def _principals(new: Sequence[Policy], old: Sequence[Policy]) -> Iterable[str | None]:
    """Callers to try: whoever the new policies name, and somebody whom nobody names; None without any principals."""
    statements = [found for policy in (*new, *old) for found in policy.statements]
    if not any(found.principals or found.not_principals for found in statements):
        return (None,)
    named = (group for policy in new for found in policy.statements for group in found.principals)
    texts = dict.fromkeys(_caller_text(group.kind, value) for group in named for value in group.values)
    return (*texts, _STRANGER)


def _caller_text(kind: str, value: str) -> str:
    return value if kind in {"AWS", "*"} else f"{kind}:{value}"


def _made_by(principal: str | None, request: Request) -> Request:
    """The request with the condition keys that follow from who calls."""
    caller = _caller(principal)
    return request if caller is None else replace(request, context={**request.context, **caller.context()})


def _caller(principal: str | None) -> Caller | None:
    try:
        return None if principal is None else parse_caller(principal)
    except PolicyError:
        return None


def _decide(policies: Sequence[Policy], request: Request, principal: str | None) -> Decision:
    """The decision of the statements that are about the caller, by their places in the whole policies."""
    if principal is None:
        return decide(policies, request)
    caller = _caller(principal)
    if caller is None:
        return Decision(decision=DecisionKind.UNDETERMINED, by=None)
    return decide([_about(policy, caller) for policy in policies], request)


def _about(policy: Policy, caller: Caller) -> Policy:
    """The policy with the statements that are not about the caller made to match nothing."""
    idle = ("none:None",)
    return replace(
        policy,
        statements=tuple(
            found if standing(found, caller) is not None else replace(found, actions=idle, not_actions=())
            for found in policy.statements
        ),
    )


def _candidates(action: str, question: Question, model: Model) -> Iterator[Request]:
    context = {key: found.values for key, found in model.items() if found.values}
    literal = question.resource if question.resource == NO_RESOURCE else escape_literal(question.resource)
    yield _request(action, literal, context)
    for key, found in model.items():
        for one in sorted(found.variables):
            variable = variable_key(one.text)
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
