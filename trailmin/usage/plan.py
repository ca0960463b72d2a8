"""What the resolver has to do for one operation, compiled once from the catalog's data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from trailmin.catalog import Action, Catalog, OperationAction, OperationRule, Trigger
from trailmin.usage.arn_form import ServiceForms, forms_for
from trailmin.usage.authorization import Authorization, Basis, Outcome, Resolution
from trailmin.usage.call import Call
from trailmin.usage.passed_roles import passed_roles
from trailmin.usage.resources import EVERYTHING, TAGS_AT_CREATION, resources_of
from trailmin.usage.resources.api_gateway import path_resources
from trailmin.usage.resources.generic import makes
from trailmin.usage.trigger import compile_elements, compile_trigger

ResourceReader = Callable[[Call], tuple[str, ...]]
S3_NOT_FOUND = {"NoSuchKey", "NotFound", "404"}
_S3_READS = {"GetObject", "HeadObject"}
_TAGS_OF_ANY_TYPE = "ec2:CreateTags"
"""Requests to EC2 say of which types the resources are that get tags: those that are made, and others with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPlan:
    """One action of an operation: when it applies, what it replaces, and on which resources it is checked."""

    action: str
    applies: Callable[[Call], bool]
    is_conditional: bool
    instead_of: str | None
    required: bool
    basis: Basis
    resources: ResourceReader


class OperationPlan:
    """The authorizations of every call of one operation."""

    def __init__(self, catalog: Catalog, rule: OperationRule, operation: str, forms: dict[str, ServiceForms]) -> None:
        self._forms = forms
        self._catalog = catalog
        self._pass_role = rule.pass_role
        self._is_by_path = bool(rule.http_paths)
        self._actions = tuple(self._plans(rule, operation))
        self.is_guess = rule.basis == "guess"
        self._fixed = self._fixed_authorizations(rule)
        self.list_bucket = self._list_bucket(rule, operation)

    @property
    def needs_call(self) -> bool:
        """Whether the parameters or resources of the event have any say."""
        return self._fixed is None

    @property
    def passes_roles(self) -> bool:
        """Whether calls may hand a role to a service."""
        return bool(self._pass_role)

    def authorizations(self, call: Call | None) -> tuple[Authorization, ...]:
        """What the call was checked for; sorted by action, one per action, basis and passed-to service."""
        if self._fixed is not None or call is None:
            return self._fixed or ()
        if call.probe is not None and self._is_by_path:
            call.probe.admit(path_resources)
        applying = [plan for plan in self._actions if plan.applies(call)]
        replaced = {plan.instead_of for plan in applying if plan.instead_of}
        found = [_authorization(plan, plan.resources(call)) for plan in applying if plan.action not in replaced]
        return merge([*found, *passed_roles(call, self._pass_role)])

    def resolution(self, outcome: Outcome, authorizations: tuple[Authorization, ...]) -> Resolution:
        """The resolution of a call that was checked for these; with none of them, the reason why."""
        unmapped = None
        if self.is_guess:
            unmapped = "the action is only a guess from the operation's name"
        elif not authorizations:
            unmapped = "the parameters do not tell which of the operation's actions was checked"
        return Resolution(outcome=outcome, authorizations=authorizations, unmapped=unmapped)

    def _plans(self, rule: OperationRule, operation: str) -> Iterator[ActionPlan]:
        for part in rule.actions:
            action = self._catalog.action(part.action)
            if action is None:
                continue
            yield ActionPlan(
                action=action.full_name,
                applies=compile_trigger(part.when),
                is_conditional=part.when is not None,
                instead_of=part.instead_of,
                required=part.required,
                basis=_basis(rule, part, operation),
                resources=self._reader(action, part, rule, operation),
            )

    def _reader(self, action: Action, part: OperationAction, rule: OperationRule, operation: str) -> ResourceReader:
        if rule.http_paths and part.when is None:
            forms = forms_for(self._catalog, self._forms, action.prefix)
            legal = frozenset(kind.name.lower() for kind in action.resource_types)
            return lambda call: path_resources(call, rule.http_paths, forms, legal)
        if not action.takes_resources:
            return lambda _call: EVERYTHING
        forms = forms_for(self._catalog, self._forms, action.prefix)
        own = _narrowed(action, part, operation, self._main_types(rule))
        if part.when is None or part.resource_path is None or not _shares_list(part.when, part.resource_path):
            return resources_of(own, forms, operation=operation, rule=part).read
        elements = compile_elements(part.when, part.resource_path)
        reader = resources_of(own, forms, operation=operation, rule=replace(part, resource_path="matching[]"))
        return lambda call: reader.read(replace(call, parameters={"matching": elements(call)}))

    def _main_types(self, rule: OperationRule) -> frozenset[tuple[str, str]]:
        """(prefix, resource type) of what the operation is about: those of its unconditional, required actions."""
        actions = [self._catalog.action(part.action) for part in rule.actions if part.when is None and part.required]
        return frozenset((action.prefix, kind.name) for action in actions if action for kind in action.resource_types)

    def _fixed_authorizations(self, rule: OperationRule) -> tuple[Authorization, ...] | None:
        actions = [self._catalog.action(plan.action) for plan in self._actions]
        depends = any(plan.is_conditional for plan in self._actions) or rule.pass_role or rule.http_paths
        if depends or any(action is not None and action.takes_resources for action in actions):
            return None
        return merge([_authorization(plan, EVERYTHING) for plan in self._actions])

    def _list_bucket(self, rule: OperationRule, operation: str) -> ResourceReader | None:
        action = self._catalog.action("s3:ListBucket")
        is_read = operation in _S3_READS and any(part.action.startswith("s3:GetObject") for part in rule.actions)
        if not is_read or action is None:
            return None
        return resources_of(action, forms_for(self._catalog, self._forms, "s3"), operation=operation).read


def _shares_list(trigger: Trigger, path: str) -> bool:
    return path.endswith("[]") and any(other.startswith(f"{path}.") for other in trigger.any_of)


def _narrowed(action: Action, part: OperationAction, operation: str, main_types: frozenset[tuple[str, str]]) -> Action:
    """An additional action, such as tagging at creation, takes the type that is made, else the operation's types."""
    if (part.when is None and part.required) or action.full_name == _TAGS_OF_ANY_TYPE:
        return action
    if part.when is not None:
        told = TAGS_AT_CREATION.get((action.full_name, operation), frozenset())
        kinds = [kind for kind in action.resource_types if (kind.name in told if told else makes(operation, kind.name))]
        made = tuple(replace(kind, required=True) for kind in kinds)
        if made:
            return replace(action, resource_types=made)
    shared = tuple(kind for kind in action.resource_types if (action.prefix, kind.name) in main_types)
    # Tagging is checked on the one thing that gets the tags, any other action on all that its definition demands.
    demands_more = any(kind.required and kind not in shared for kind in action.resource_types)
    is_narrowed = bool(shared) and ("Tagging" in action.access_level or not demands_more)
    return replace(action, resource_types=shared) if is_narrowed else action


def merge(authorizations: list[Authorization]) -> tuple[Authorization, ...]:
    """One authorization per action, basis and passed-to service, their resources united; sorted."""
    if len(authorizations) < 2:
        return tuple(authorizations)
    merged: dict[tuple[str, str, str], Authorization] = {}
    for one in authorizations:
        key = (one.action, one.basis, one.passed_to or "")
        other = merged.get(key)
        if other is not None:
            one = Authorization(  # noqa: PLW2901 (the same one, with more resources)
                action=one.action,
                resources=tuple(sorted({*one.resources, *other.resources})),
                required=one.required or other.required,
                basis=one.basis,
                passed_to=one.passed_to,
            )
        merged[key] = one
    return tuple(merged[key] for key in sorted(merged))


def _authorization(plan: ActionPlan, resources: tuple[str, ...]) -> Authorization:
    return Authorization(action=plan.action, resources=resources, required=plan.required, basis=plan.basis)


def _basis(rule: OperationRule, part: OperationAction, operation: str) -> Basis:
    if rule.basis == "guess":
        return Basis.GUESS
    if part.when is not None and part.instead_of is None:
        return Basis.PARAMETER
    if rule.basis == "same-name" and part.action.partition(":")[2].lower() != operation.lower():
        return Basis.OVERRIDE
    return Basis(rule.basis)
