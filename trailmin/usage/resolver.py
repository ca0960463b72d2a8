"""One event → the IAM actions and ARNs that it was authorised with, and how that ended."""

import re
from functools import lru_cache

from trailmin.catalog import Catalog, NoPermission, OperationRule, Unmapped
from trailmin.trail.event import Event
from trailmin.usage.arn_form import ServiceForms
from trailmin.usage.authorization import Authorization, Basis, Outcome, Resolution
from trailmin.usage.call import read_call
from trailmin.usage.denial import read_denial
from trailmin.usage.outcome import is_api_call, outcome_of
from trailmin.usage.plan import S3_NOT_FOUND, OperationPlan
from trailmin.usage.resources import EVERYTHING

Plan = OperationPlan | NoPermission | Unmapped
_DATE_SUFFIX = re.compile(r"(?<=[A-Za-z])20\d\d_?[01]\d_?[0-3]\d(?:v\d+)?$")
_MAX_PLANS = 50_000
_MAX_RECALLED = 8_192
_RECALLED_SIZE = 1_024
"""Characters of a request that is worth keeping: agents repeat short ones, and memory stays below some 20 MB."""
_NOT_A_CALL = Resolution(outcome=Outcome.NOT_AN_API_CALL, authorizations=(), unmapped=None)
_FREE = Resolution(outcome=Outcome.NO_PERMISSION_NEEDED, authorizations=(), unmapped=None)


class Resolver:
    """Resolves events by plans that are compiled from the catalog, one per event source and event name."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._plans: dict[tuple[str, str], Plan] = {}
        self._forms: dict[str, ServiceForms] = {}
        self._recent: dict[tuple[str | None, ...], tuple[Authorization, ...]] = {}
        self._of_code = lru_cache(maxsize=1024)(catalog.outcome_of_error)

    def resolve(self, event: Event) -> Resolution:
        """What the event was authorised with.

        Total: every event has a resolution, whatever its parameters hold. Actions are spelled as the catalog spells
        them, resources are pattern texts of legal types for their action: what the record tells is escaped (`${*}`),
        what it does not tell is `*` in its segment, or `*` alone. An operation that is not known has its reason in
        `unmapped` and at most guesses, which are never evidence.
        """
        if not is_api_call(event):
            return _NOT_A_CALL
        plan = self._plan(event.source, event.name)
        if isinstance(plan, NoPermission):
            return _FREE
        outcome = outcome_of(event, self._of_code)
        if outcome is Outcome.DENIED:
            named = self._named_by_denial(event)
            if named is not None:
                return Resolution(outcome=outcome, authorizations=(named,), unmapped=None)
        if isinstance(plan, Unmapped):
            return Resolution(outcome=outcome, authorizations=(), unmapped=plan.reason)
        return self._by_plan(event, plan, outcome)

    def _plan(self, source: str, name: str) -> Plan:
        plan = self._plans.get((source, name))
        if plan is None:
            rule = self._catalog.operation(source, name)
            if isinstance(rule, OperationRule):
                plan = OperationPlan(self._catalog, rule, _DATE_SUFFIX.sub("", name), self._forms)
            else:
                plan = rule
            # Names come from the log: a hostile one must not fill the memory.
            if len(self._plans) < _MAX_PLANS:
                self._plans[source, name] = plan
        return plan

    def _by_plan(self, event: Event, plan: OperationPlan, outcome: Outcome) -> Resolution:
        if not plan.needs_call:
            return _resolution(plan, outcome, plan.authorizations(None))
        authorizations = self._recalled(event, plan)
        if plan.list_bucket is not None and event.error_code in S3_NOT_FOUND:
            # A 404 comes after authorization, under whatever of its names the record has it.
            outcome = Outcome.ALLOWED
            authorizations = (*authorizations, _list_bucket(plan.list_bucket(read_call(event))))
        return _resolution(plan, outcome, authorizations)

    def _recalled(self, event: Event, plan: OperationPlan) -> tuple[Authorization, ...]:
        """What the plan makes of the event; calls that were seen with the very same request are not read again."""
        who = event.principal
        request = (event.request_parameters, event.resources)
        key = (event.source, event.name, event.region, event.account, who.account, who.kind, who.arn, *request)
        found = self._recent.get(key)
        if found is None:
            found = plan.authorizations(read_call(event))
            if sum(len(text) for text in request if text) <= _RECALLED_SIZE:
                if len(self._recent) >= _MAX_RECALLED:
                    self._recent.clear()
                self._recent[key] = found
        return found

    def _named_by_denial(self, event: Event) -> Authorization | None:
        """The action that a denial's message names, on the resource that it names or else that the request does."""
        named = read_denial(event.error_message, self._catalog, self._forms)
        if named is None:
            return None
        resources = (named.resource,) if named.resource else self._resources_of(event, named.action.full_name)
        return Authorization(
            action=named.action.full_name, resources=resources, required=True, basis=Basis.DENIAL_MESSAGE
        )

    def _resources_of(self, event: Event, action: str) -> tuple[str, ...]:
        plan = self._plan(event.source, event.name)
        if not isinstance(plan, OperationPlan):
            return EVERYTHING
        call = read_call(event) if plan.needs_call else None
        same = [one.resources for one in plan.authorizations(call) if one.action == action]
        return same[0] if same else EVERYTHING


def _list_bucket(resources: tuple[str, ...]) -> Authorization:
    """Without `s3:ListBucket`, S3 answers 403 for a key that is not there, never 404.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
    """
    return Authorization(action="s3:ListBucket", resources=resources, required=True, basis=Basis.S3_404)


def _resolution(plan: OperationPlan, outcome: Outcome, authorizations: tuple[Authorization, ...]) -> Resolution:
    unmapped = None
    if plan.is_guess:
        unmapped = "the action is only a guess from the operation's name"
    elif not authorizations:
        unmapped = "the parameters do not tell which of the operation's actions was checked"
    return Resolution(outcome=outcome, authorizations=authorizations, unmapped=unmapped)
