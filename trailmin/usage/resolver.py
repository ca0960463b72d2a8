"""One event → the IAM actions and ARNs that it was authorised with, and how that ended."""

import re
from dataclasses import dataclass
from functools import lru_cache

from trailmin.catalog import Catalog, NoPermission, OperationRule, Unmapped
from trailmin.trail.event import PrincipalKind
from trailmin.usage.arn_form import ServiceForms
from trailmin.usage.authorization import Authorization, Basis, Outcome, Resolution
from trailmin.usage.call import decoded, leaves_out_parameters, read_call
from trailmin.usage.compiled_requests import Allowance, CompiledRequests
from trailmin.usage.denial import NamedDenial, read_denial
from trailmin.usage.outcome import is_api_call, outcome_of
from trailmin.usage.plan import S3_NOT_FOUND, OperationPlan
from trailmin.usage.request import DistinctRequest, Request
from trailmin.usage.resources import EVERYTHING

_DATE_SUFFIX = re.compile(r"(?<=[A-Za-z])20\d\d_?[01]\d_?[0-3]\d(?:v\d+)?$")
_MAX_PLANS = 50_000
_MAX_REMEMBERED = 16_384
_MAX_OF_PLAN = 4_096
_REMEMBERED_SIZE = 1_024
"""Characters of a request that is worth keeping: agents repeat short ones, and memory stays below some 30 MB."""
_NOT_A_CALL = Resolution(outcome=Outcome.NOT_AN_API_CALL, authorizations=(), unmapped=None)
_LEFT_OUT = "the record leaves out the parameters for their size: what else was checked is not known"
_FREE = Resolution(outcome=Outcome.NO_PERMISSION_NEEDED, authorizations=(), unmapped=None)

_RequestKey = tuple[str | None, ...]


class _Plan:
    """What to do for one event source and name, and the answers that were given lately."""

    __slots__ = ("answers", "compiled", "free", "operation", "rule")

    def __init__(self, rule: OperationPlan | NoPermission | Unmapped, allowance: Allowance) -> None:
        self.rule = rule
        self.operation = rule if isinstance(rule, OperationPlan) else None
        self.answers: dict[_RequestKey, Resolution] = {}
        self.free = _resolution_without_request(rule)
        """Of every allowed call, where its request has no say."""
        reads_request = self.operation is not None and self.operation.needs_call
        self.compiled = CompiledRequests(rule, allowance) if isinstance(rule, OperationPlan) and reads_request else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeCalls:
    """Shortcuts to the resolutions of calls that have all in common but parameters and resources."""

    always: Resolution | None
    """Of each of them, where neither has a say."""
    compiled: CompiledRequests | None
    """Knows the templates of their requests; None where each is to be resolved by itself."""


class Resolver:
    """Resolves events by plans that are compiled from the catalog, one per event source and event name."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._plans: dict[tuple[str, str], _Plan] = {}
        self._forms: dict[str, ServiceForms] = {}
        self._remembered = 0
        self._allowance = Allowance()
        self._of_code = lru_cache(maxsize=1024)(catalog.outcome_of_error)
        self._of_message = lru_cache(maxsize=256)(self._read_denial)

    def resolve(self, event: Request) -> Resolution:
        """What the event was authorised with.

        Total: every event has a resolution, whatever its parameters hold. Actions are spelled as the catalog spells
        them, resources are pattern texts of legal types for their action: what the record tells is escaped (`${*}`),
        what it does not tell is `*` in its segment, or `*` alone. An operation that is not known has its reason in
        `unmapped` and at most guesses, which are never evidence.
        """
        if not is_api_call(event):
            return _NOT_A_CALL
        plan = self._plans.get((event.source, event.name)) or self._compile(event.source, event.name)
        if event.error_code is None:
            resolution = plan.free if plan.compiled is None else plan.compiled.resolution_of(event)
            if resolution is not None:
                return resolution
        # All of the event that a resolution depends on; calls that repeat are not read again.
        who = event.principal
        key: _RequestKey = (
            event.error_code,
            event.error_message,
            event.region,
            who.account or event.account,
            who.arn if who.kind is PrincipalKind.USER else None,
            event.request_parameters,
            event.resources,
        )
        found = plan.answers.get(key)
        if found is None:
            found = self._resolve(event, plan)
            self._remember(plan, key, found)
        return found

    def alike(self, call: DistinctRequest) -> "AlikeCalls":
        """What is the same for all calls that differ from one in their parameters and resources only."""
        if not is_api_call(call):
            return AlikeCalls(always=_NOT_A_CALL, compiled=None)
        plan = self._plans.get((call.source, call.name)) or self._compile(call.source, call.name)
        if call.error_code is not None:
            return AlikeCalls(always=None, compiled=None)
        return AlikeCalls(always=plan.free, compiled=plan.compiled)

    def _compile(self, source: str, name: str) -> _Plan:
        rule = self._catalog.operation(source, name)
        if isinstance(rule, OperationRule):
            operation = OperationPlan(self._catalog, rule, _DATE_SUFFIX.sub("", name), self._forms)
            plan = _Plan(operation, self._allowance)
        else:
            plan = _Plan(rule, self._allowance)
        # Names come from the log: a hostile one must not fill the memory.
        if len(self._plans) < _MAX_PLANS:
            self._plans[source, name] = plan
        return plan

    def _remember(self, plan: _Plan, key: _RequestKey, resolution: Resolution) -> None:
        if sum(len(text) for text in key if text) > _REMEMBERED_SIZE:
            return
        if self._remembered >= _MAX_REMEMBERED:
            for each in self._plans.values():
                each.answers.clear()
            self._remembered = 0
        elif len(plan.answers) >= _MAX_OF_PLAN:
            self._remembered -= len(plan.answers)
            plan.answers.clear()
        plan.answers[key] = resolution
        self._remembered += 1

    def _resolve(self, event: Request, plan: _Plan) -> Resolution:
        rule = plan.rule
        if isinstance(rule, NoPermission):
            return _FREE
        outcome = outcome_of(event, self._of_code)
        if outcome is Outcome.DENIED:
            named = self._named_by_denial(event, plan)
            if named is not None:
                return Resolution(outcome=outcome, authorizations=(named,), unmapped=None)
        if isinstance(rule, Unmapped):
            return Resolution(outcome=outcome, authorizations=(), unmapped=rule.reason)
        if rule.list_bucket is not None and event.error_code in S3_NOT_FOUND:
            call = read_call(event)
            authorizations = (*rule.authorizations(call), _list_bucket(rule.list_bucket(call)))
            # A 404 comes after authorization, under whatever of its names the record has it.
            return rule.resolution(Outcome.ALLOWED, authorizations)
        found = rule.resolution(outcome, _authorizations(event, plan, rule))
        return found._replace(unmapped=_LEFT_OUT) if rule.needs_call and _leaves_out_parameters(event) else found

    def _named_by_denial(self, event: Request, plan: _Plan) -> Authorization | None:
        """The action that a denial's message names, on the resource that it names or else that the request does."""
        named = self._of_message(event.error_message)
        if named is None:
            return None
        action = named.action.full_name
        resources = (named.resource,) if named.resource else _resources_of(event, plan, action)
        return Authorization(action=action, resources=resources, required=True, basis=Basis.DENIAL_MESSAGE)

    def _read_denial(self, message: str | None) -> NamedDenial | None:
        return read_denial(message, self._catalog, self._forms)


def _leaves_out_parameters(event: Request) -> bool:
    text = event.request_parameters
    return text is not None and '"omitted"' in text and leaves_out_parameters(decoded(text))


def _authorizations(event: Request, plan: _Plan, rule: OperationPlan) -> tuple[Authorization, ...]:
    compiled = None if plan.compiled is None else plan.compiled.authorizations_of(event)
    if compiled is not None:
        return compiled
    return rule.authorizations(read_call(event) if rule.needs_call else None)


def _resources_of(event: Request, plan: _Plan, action: str) -> tuple[str, ...]:
    if plan.operation is None:
        return EVERYTHING
    found = _authorizations(event, plan, plan.operation)
    return next((one.resources for one in found if one.action == action), EVERYTHING)


def _list_bucket(resources: tuple[str, ...]) -> Authorization:
    """Without `s3:ListBucket`, S3 answers 403 for a key that is not there, never 404.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
    """
    return Authorization(action="s3:ListBucket", resources=resources, required=True, basis=Basis.S3_404)


def _resolution_without_request(rule: OperationPlan | NoPermission | Unmapped) -> Resolution | None:
    if isinstance(rule, NoPermission):
        return _FREE
    if isinstance(rule, Unmapped):
        return Resolution(outcome=Outcome.ALLOWED, authorizations=(), unmapped=rule.reason)
    return None if rule.needs_call else rule.resolution(Outcome.ALLOWED, rule.authorizations(None))
