"""Requests with their policies as JSON, and the decisions on them: what `trailmin simulate` reads and prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trailmin.errors import PolicyError
from trailmin.policy.document import Policy
from trailmin.policy.evaluation.layers import AccessRequest, EvaluationResult, Layers, evaluate, layers_of
from trailmin.policy.evaluation.principal import Caller, parse_caller
from trailmin.policy.match import is_action_pattern
from trailmin.policy.parse import PolicyKind, guess_kind, parse_policy

_FIELDS = frozenset(
    {
        "id", "principal", "action", "resource", "account", "context",
        "identity", "boundary", "scp", "rcp", "session", "resourcePolicy",
    }
)  # fmt: skip
_HINT = (
    'A case is {"id", "principal", "action", "resource", "account", "context": {}, "identity": [policy…]} and, as '
    'needed, "boundary", "scp", "rcp", "session", "resourcePolicy".'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request with the policies that apply to it."""

    id: str | None
    request: AccessRequest
    layers: Layers

    def evaluate(self) -> EvaluationResult:
        """The decision."""
        return evaluate(self.request, self.layers)


def case_from_json(value: object) -> Case:
    """The case in a JSON object.

    Raises:
        PolicyError: it is not a case; the message has the case's id and the path of what is wrong.
    """
    if not isinstance(value, Mapping):
        raise PolicyError("a case must be a JSON object", hint=_HINT)
    name = str(value["id"]) if value.get("id") is not None else None
    try:
        return _case(name, value)
    except PolicyError as error:
        raise PolicyError(f"case {name!r}: {error.message}" if name else error.message, hint=error.hint) from error


def decision_to_json(case_id: str | None, result: EvaluationResult) -> dict[str, Any]:
    """The line that `trailmin simulate` prints."""
    return {
        "id": case_id,
        "decision": result.decision.value,
        "by": {
            "layer": result.layer.value,
            "policy": result.by.policy if result.by else None,
            "statement": result.by.statement if result.by else None,
            "sid": result.by.sid if result.by else None,
            "element": result.element,
        },
        "why": result.why,
    }


def _case(name: str | None, value: Mapping[str, Any]) -> Case:
    unknown = sorted(str(key) for key in value if key not in _FIELDS)
    if unknown:
        raise PolicyError(f"unknown field {unknown[0]!r:.80}", hint=_HINT)
    action = _text(value, "action")
    if action is None or "*" in action or "?" in action or not is_action_pattern(action):
        raise PolicyError("action: must be one action as 'prefix:Name'", hint=_HINT)
    request = AccessRequest(
        action=action,
        resource=_text(value, "resource") or "*",
        caller=_caller(value.get("principal")),
        account=_text(value, "account"),
        context=_context(value.get("context", {})),
    )
    return Case(id=name, request=request, layers=_layers(value))


def _layers(value: Mapping[str, Any]) -> Layers:
    boundary, session, on_resource = value.get("boundary"), value.get("session"), value.get("resourcePolicy")
    return layers_of(
        identity=_policies(value.get("identity", []), "identity"),
        boundary=None if boundary is None else _policies(boundary, "boundary"),
        service_control=_levels(value.get("scp") or [], "scp"),
        resource_control=_levels(value.get("rcp") or [], "rcp"),
        session=None if session is None else parse_policy(session, origin="session"),
        resource=None if on_resource is None else _resource_policy(on_resource),
    )


def _policies(value: object, path: str) -> list[Policy]:
    if isinstance(value, Mapping):
        return [parse_policy(value, origin=path)]
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise PolicyError(f"{path}: must be a list of policies", hint=_HINT)
    return [parse_policy(_object(item, f"{path}[{at}]"), origin=f"{path}[{at}]") for at, item in enumerate(value)]


def _levels(value: object, path: str) -> list[list[Policy]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise PolicyError(f"{path}: must be a list of levels, each a list of policies", hint=_HINT)
    return [_organization_policies(item, f"{path}[{at}]") for at, item in enumerate(value)]


def _organization_policies(value: object, path: str) -> list[Policy]:
    """Policies of the organization; a resource control policy has a Principal, which is always `*`."""
    items = [value] if isinstance(value, Mapping) else value
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise PolicyError(f"{path}: must be a list of policies", hint=_HINT)
    found = [(f"{path}[{at}]", _object(item, f"{path}[{at}]")) for at, item in enumerate(items)]
    return [parse_policy(item, kind=guess_kind(item), origin=at) for at, item in found]


def _resource_policy(value: object) -> Policy:
    document = _object(value, "resourcePolicy")
    kind = guess_kind(document)
    # A document without a Principal is reported as such.
    kind = PolicyKind.RESOURCE if kind is PolicyKind.IDENTITY else kind
    return parse_policy(document, kind=kind, origin="resourcePolicy")


def _object(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PolicyError(f"{path}: must be a policy document", hint=_HINT)
    return value


def _caller(value: object) -> Caller | None:
    if value is None:
        return None
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, name),) = value.items()
        value = name if kind == "AWS" else f"{kind}:{name}"
    if not isinstance(value, str):
        raise PolicyError("principal: must be a string", hint=_HINT)
    return parse_caller(value)


def _context(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise PolicyError("context: must be an object", hint=_HINT)
    context: dict[str, tuple[str, ...]] = {}
    for key, found in value.items():
        values = found if isinstance(found, list) else [found]
        if str(key).lower() in {name.lower() for name in context}:
            raise PolicyError(f"context: {key!r:.80} stands twice, in different letter case", hint=_HINT)
        context[str(key)] = tuple(_value(one, str(key)) for one in values)
    return context


def _value(value: object, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(f"context.{key:.80}: must be a string, number or boolean, or a list of these", hint=_HINT)


def _text(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise PolicyError(f"{name}: must be a string", hint=_HINT)
    return found
