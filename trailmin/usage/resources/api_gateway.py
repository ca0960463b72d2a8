"""API Gateway: the resource is the path of the request.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import ServiceForms, escape_arn
from trailmin.usage.call import UNKNOWN, Call

EVERYTHING = (UNKNOWN,)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\+?\}")


def path_resources(call: Call, paths: Sequence[str], forms: ServiceForms, legal: frozenset[str]) -> tuple[str, ...]:
    """The ARNs of the request paths whose placeholders the parameters name best; unknown placeholders are `*`.

    `legal` are the action's resource types; `*` alone where the reference has none for the path.
    """
    known = {re.sub(r"[^a-z0-9]", "", name): value for name, value in call.parameters.items() if isinstance(value, str)}
    fillings = [(_missing(path, known), _fill(path, known)) for path in paths]
    least = min(missing for missing, _ in fillings)
    base = f"arn:{call.partition}:apigateway:{call.region}::"
    arns = {base + filled for missing, filled in fillings if missing == least}
    return tuple(sorted(arn for arn in arns if legal & forms.types_of(arn))) or EVERYTHING


def _names(path: str) -> list[str]:
    return [re.sub(r"[^a-z0-9]", "", name.lower()) for name in _PLACEHOLDER.findall(path)]


def _missing(path: str, known: dict[str, str]) -> int:
    return sum(not _value(name, known) for name in _names(path))


def _fill(path: str, known: dict[str, str]) -> str:
    names = iter(_names(path.partition("?")[0]))
    return _PLACEHOLDER.sub(lambda _match: _value(next(names), known) or UNKNOWN, path.partition("?")[0])


def _value(name: str, known: dict[str, str]) -> str | None:
    value = known.get(name) or known.get(name + "id") or known.get(name + "name")
    return escape_arn(value) if value else None
