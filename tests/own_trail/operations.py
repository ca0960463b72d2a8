"""Which API operation a request over HTTP is, and with what parameters: by botocore's models of the services.

Source: the protocols of AWS's services, as botocore's `serialize.py` writes them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import botocore.session

from tests.aws_server import Exchange

_SERVICES = {"tagging": "resourcegroupstaggingapi"}
"""Names that requests are signed for to botocore's names, where they differ."""

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as AWS's services understand it."""

    access_key: str
    region: str
    service: str
    """As signed for."""
    operation: str
    parameters: Mapping[str, Any]
    """As CloudTrail writes their names."""


def parse_request(exchange: Exchange) -> Request:
    """Return what a signed request asks for."""
    signed = _CREDENTIAL.search(exchange.headers["authorization"])
    assert signed is not None, exchange.headers
    access_key, region, service = signed.groups()
    operation, parameters = _operation(service, exchange)
    return Request(access_key=access_key, region=region, service=service, operation=operation, parameters=parameters)


def _operation(service: str, exchange: Exchange) -> tuple[str, dict[str, Any]]:
    if target := exchange.headers.get("x-amz-target"):
        return target.rpartition(".")[2], _lowered(json.loads(exchange.content or b"{}"))
    if b"Action=" in exchange.content:
        form = {name: values[0] for name, values in parse_qs(exchange.content.decode()).items()}
        return form["Action"], _lowered({k: v for k, v in form.items() if k not in {"Action", "Version"}})
    return _rest_operation(_SERVICES.get(service, service), exchange)


def _lowered(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name[:1].lower() + name[1:]: value for name, value in parameters.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """How an operation of a REST protocol is told."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: frozenset[str]
    """What must stand in the query."""
    headers: frozenset[str]

    def fits(self, exchange: Exchange, query: Mapping[str, str]) -> bool:
        return self.method == exchange.method and self.query <= query.keys() and self.headers <= exchange.headers.keys()


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    model = botocore.session.get_session().get_service_model(service)
    return tuple(_route(model.operation_model(name)) for name in model.operation_names)


def _route(operation: Any) -> _Route:
    path, _, query = operation.http["requestUri"].partition("?")
    shape = operation.input_shape
    required = [shape.members[name].serialization for name in shape.required_members] if shape else []
    placed = {where: {m["name"] for m in required if m.get("location") == where} for where in ("querystring", "header")}
    # Newer SDKs name the operation as well; it decides nothing.
    named = {name for name, _ in parse_qsl(query, keep_blank_values=True)} - {"x-id"}
    return _Route(
        operation=operation.name,
        method=operation.http["method"],
        path=re.compile("".join(_pattern(path)) + "/?"),
        query=frozenset(named | placed["querystring"]),
        headers=frozenset(name.lower() for name in placed["header"]),
    )


def _pattern(path: str) -> Iterator[str]:
    """`/{Bucket}/{Key+}` as a regular expression with groups."""
    for literal, name, greedy in re.findall(r"([^{]+)|\{(\w+)(\+?)\}", path.rstrip("/") or "/"):
        yield re.escape(literal) if literal else f"(?P<{name}>{'.+' if greedy else '[^/]+'})"


def _rest_operation(service: str, exchange: Exchange) -> tuple[str, dict[str, Any]]:
    """The operation that asks for most of what the request has."""
    parts = urlsplit(exchange.path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    fitting = [
        (len(route.query) + len(route.headers), route.operation, found)
        for route in _routes(service)
        if route.fits(exchange, query) and (found := route.path.fullmatch(unquote(parts.path)))
    ]
    _, operation, found = max(fitting, key=lambda one: one[:2])
    return operation, _lowered(found.groupdict()) | query
