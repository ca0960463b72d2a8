"""The full evaluation logic: what every layer of policies says of one completely known request.

Source: IAM User Guide, "Policy evaluation logic", "Determining whether a request is allowed or denied within an
account" and "Cross-account policy evaluation logic".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from trailmin.policy.arn import Arn
from trailmin.policy.document import Policy, Statement
from trailmin.policy.evaluate import DecisionKind
from trailmin.policy.evaluation.compiled import CompiledPolicy, CompiledStatement, Context, compile_policy
from trailmin.policy.evaluation.principal import Caller, CallerKind, Standing, standing
from trailmin.policy.request import StatementRef


class Layer(StrEnum):
    """A kind of policies that all have their say."""

    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    RESOURCE = "resource policy"
    IDENTITY = "identity policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One action on one resource by a caller, completely known."""

    action: str
    """`s3:GetObject`, in any case."""
    resource: str
    """An ARN, literally; `*` for an action that takes no resource."""
    caller: Caller | None = None
    """None: some role of the resource's account, which no policy names."""
    account: str | None = None
    """The resource's; None: the one in its ARN, or else the caller's."""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The condition keys of the request, names in any case; the request has no others, but for those that follow from
    who calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The policies that apply to a request. None: there is no such layer."""

    identity: Sequence[CompiledPolicy] = ()
    boundary: Sequence[CompiledPolicy] | None = None
    service_control: Sequence[Sequence[CompiledPolicy]] = ()
    """One set of policies for each level, from the root of the organization to the caller's account."""
    resource_control: Sequence[Sequence[CompiledPolicy]] = ()
    """Likewise, to the resource's account."""
    session: Sequence[CompiledPolicy] | None = None
    resource: CompiledPolicy | None = None
    """The policy on the resource: a bucket's, a key's, the trust policy of a role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """A decision with what made it."""

    decision: DecisionKind
    layer: Layer
    """The layer that allowed, or that blocked."""
    by: StatementRef | None
    """The statement that decided; None where no statement of the layer matches."""
    element: str | None
    """What of the statement decided: the patterns that matched; of a denial for want of an Allow, the element at which
    the statement that came nearest fails."""

    @property
    def why(self) -> str:
        """All of it in a sentence."""
        if self.decision is DecisionKind.EXPLICITLY_DENIED:
            return f"{self.layer}: {self.by} denies it ({self.element})"
        if self.decision is DecisionKind.ALLOWED:
            found = f"{self.by} allows it ({self.element})" if self.by else "the root user may do everything"
            return f"{self.layer}: {found}"
        if self.by is None:
            return f"{self.layer}: there is no Allow"
        return f"{self.layer}: no statement allows it; nearest is {self.by}, which fails at {self.element}"


def layers_of(
    *,
    identity: Iterable[Policy] = (),
    boundary: Iterable[Policy] | None = None,
    service_control: Iterable[Iterable[Policy]] = (),
    resource_control: Iterable[Iterable[Policy]] = (),
    session: Policy | None = None,
    resource: Policy | None = None,
) -> Layers:
    """Layers of policies, compiled."""
    return Layers(
        identity=_compiled(identity),
        boundary=None if boundary is None else _compiled(boundary),
        service_control=tuple(map(_compiled, service_control)),
        resource_control=tuple(map(_compiled, resource_control)),
        session=None if session is None else _compiled((session,)),
        resource=None if resource is None else compile_policy(resource),
    )


def evaluate(request: AccessRequest, layers: Layers) -> EvaluationResult:
    """The decision of all layers on a request: `Allowed`, `ExplicitlyDenied` or `ImplicitlyDenied`."""
    return _Evaluation(request, layers).result()


class _Evaluation:
    def __init__(self, request: AccessRequest, layers: Layers) -> None:
        self._layers = layers
        self._action, self._resource = request.action.lower(), request.resource
        self._account = request.account or _account_in(request.resource)
        self._caller = request.caller or Caller(kind=CallerKind.ROLE, name="", account=self._account)
        self._account = self._account or self._caller.account
        self._context: Context = {
            **_account_context(self._account),
            **(request.caller.context() if request.caller else {}),
            **{key.lower(): values for key, values in request.context.items()},
        }

    def result(self) -> EvaluationResult:
        denied = next(self._denials(), None)
        if denied is not None:
            return denied
        for layer, levels in self._organization():
            for policies in levels:
                blocked = self._unless_allowed(layer, policies)
                if blocked is not None:
                    return blocked
        return self._granted()

    def _denials(self) -> Iterator[EvaluationResult]:
        for layer, policies in self._all_policies():
            for policy in policies:
                for statement in policy.denies:
                    if self._matches(layer, statement):
                        yield self._decided(DecisionKind.EXPLICITLY_DENIED, layer, statement)

    def _all_policies(self) -> Iterator[tuple[Layer, Sequence[CompiledPolicy]]]:
        for layer, levels in self._organization():
            for policies in levels:
                yield layer, policies
        if self._layers.resource is not None:
            yield Layer.RESOURCE, (self._layers.resource,)
        if self._caller.is_of_account:
            yield Layer.IDENTITY, self._layers.identity
            yield Layer.BOUNDARY, self._layers.boundary or ()
            yield Layer.SESSION, self._layers.session or ()

    def _organization(self) -> Iterator[tuple[Layer, Sequence[Sequence[CompiledPolicy]]]]:
        """Organization policies, none of which restrict service-linked roles; services have no SCP."""
        if self._caller.is_service_linked:
            return
        yield Layer.RESOURCE_CONTROL, self._layers.resource_control
        if self._caller.is_of_account:
            yield Layer.SERVICE_CONTROL, self._layers.service_control

    def _granted(self) -> EvaluationResult:
        """What is left: an Allow, by the resource policy, by the caller's own policies, or by both."""
        by_resource = self._resource_allow()
        if not self._caller.is_of_account:
            return by_resource[1] if by_resource else self._blocked(Layer.RESOURCE, self._resource_policies())
        is_foreign = self._account != self._caller.account
        if by_resource is None and (is_foreign or self._needs_resource_policy()):
            return self._blocked(Layer.RESOURCE, self._resource_policies())
        if by_resource is None or is_foreign or by_resource[0] is Standing.ACCOUNT:
            return self._by_caller(Layer.IDENTITY)
        if by_resource[0] is Standing.PRINCIPAL and self._caller.kind is CallerKind.ROLE:
            # Granted to the role, not to the session: boundary and session policy limit it.
            return self._limited() or by_resource[1]
        return by_resource[1]

    def _by_caller(self, layer: Layer) -> EvaluationResult:
        if self._caller.kind is CallerKind.ROOT:
            return EvaluationResult(decision=DecisionKind.ALLOWED, layer=layer, by=None, element=None)
        allowed = self._allow(layer, self._layers.identity)
        if allowed is None:
            return self._blocked(layer, self._layers.identity)
        return self._limited() or allowed

    def _limited(self) -> EvaluationResult | None:
        """What the boundary or the session policy blocks."""
        for layer, policies in ((Layer.BOUNDARY, self._layers.boundary), (Layer.SESSION, self._layers.session)):
            if policies is not None:
                blocked = self._unless_allowed(layer, policies)
                if blocked is not None:
                    return blocked
        return None

    def _needs_resource_policy(self) -> bool:
        """Keys and roles: without their own policy's consent nobody has access, not even within the account."""
        arn = Arn.parse(self._resource)
        if arn is None:
            return False
        is_key = arn.service == "kms" and arn.resource.startswith("key/")
        is_assumed = arn.service == "iam" and arn.resource.startswith("role/") and self._action in _TRUST_ACTIONS
        return is_key or is_assumed

    def _resource_policies(self) -> Sequence[CompiledPolicy]:
        return () if self._layers.resource is None else (self._layers.resource,)

    def _resource_allow(self) -> tuple[Standing, EvaluationResult] | None:
        """The Allow of the resource policy that names the caller most closely."""
        found = [
            (named, one)
            for policy in self._resource_policies()
            for one in policy.allows
            if self._matches(Layer.RESOURCE, one) and (named := standing(one.statement, self._caller)) is not None
        ]
        if not found:
            return None
        named, statement = max(found, key=lambda one: _STRENGTH.index(one[0]))
        return named, self._decided(DecisionKind.ALLOWED, Layer.RESOURCE, statement)

    def _unless_allowed(self, layer: Layer, policies: Sequence[CompiledPolicy]) -> EvaluationResult | None:
        return None if self._allow(layer, policies) else self._blocked(layer, policies)

    def _allow(self, layer: Layer, policies: Sequence[CompiledPolicy]) -> EvaluationResult | None:
        for policy in policies:
            found = policy.allowed_by(self._action, self._resource, self._context)
            if found is not None:
                return self._decided(DecisionKind.ALLOWED, layer, found)
        return None

    def _matches(self, layer: Layer, statement: CompiledStatement) -> bool:
        return self._mismatch(layer, statement) is None

    def _mismatch(self, layer: Layer, statement: CompiledStatement) -> str | None:
        if layer is Layer.RESOURCE and not self._is_named(statement.statement):
            return "Principal" if statement.statement.principals else "NotPrincipal"
        return statement.mismatch(self._action, self._resource, self._context)

    def _is_named(self, statement: Statement) -> bool:
        """Whether the Principal or NotPrincipal is about the caller.

        A NotPrincipal with Deny is about every principal that has a permissions boundary, whomever it lists.
        Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
        """
        is_bounded = self._layers.boundary is not None and self._caller.kind in {CallerKind.ROLE, CallerKind.USER}
        if statement.not_principals and not statement.is_allow and is_bounded:
            return True
        return standing(statement, self._caller) is not None

    def _decided(self, decision: DecisionKind, layer: Layer, statement: CompiledStatement) -> EvaluationResult:
        return EvaluationResult(
            decision=decision, layer=layer, by=statement.ref, element=statement.matched_by(self._action, self._resource)
        )

    def _blocked(self, layer: Layer, policies: Sequence[CompiledPolicy]) -> EvaluationResult:
        """The implicit denial of a layer, with the statement that came nearest to allowing."""
        misses: list[tuple[str | None, CompiledStatement | None]] = [
            (element, one)
            for policy in policies
            for one in policy.allows
            if (element := self._mismatch(layer, one)) is not None
        ]
        element, nearest = max(misses, key=lambda miss: _nearness(miss[0]), default=(None, None))
        by = nearest.ref if nearest else None
        return EvaluationResult(decision=DecisionKind.IMPLICITLY_DENIED, layer=layer, by=by, element=element)


_STRENGTH = tuple(Standing)
"""From what needs most besides to what needs nothing: `*` is not limited by a boundary, the ARN of a role is."""
_TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:tagsession",
        "sts:setsourceidentity",
    }
)
_ELEMENTS = ("Action", "NotAction", "Principal", "NotPrincipal", "Resource", "NotResource")


def _nearness(element: str | None) -> int:
    return _ELEMENTS.index(element) if element in _ELEMENTS else len(_ELEMENTS)


def _compiled(policies: Iterable[Policy]) -> tuple[CompiledPolicy, ...]:
    return tuple(compile_policy(policy, place=place) for place, policy in enumerate(policies))


@lru_cache(maxsize=1 << 12)
def _account_in(resource: str) -> str | None:
    arn = Arn.parse(resource)
    return arn.account if arn and arn.account.isdigit() else None


def _account_context(account: str | None) -> dict[str, tuple[str, ...]]:
    return {"aws:resourceaccount": (account,)} if account else {}
