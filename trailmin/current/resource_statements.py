"""What services make of statements in policies on their resources, the same in every source."""

import re
from collections.abc import Mapping
from typing import Any

_SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|\*)")


def permission_statement(
    sid: str, action: str, principal: str, conditions: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return the statement that a permission of a function makes, without its Resource.

    Source: Lambda API Reference, AddPermission.
    """
    kind = principal_kind(principal)
    named: Mapping[str, str] | str = principal if kind == "*" else {kind: principal}
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Principal": named, "Action": action}
    return {**statement, "Condition": conditions} if conditions else statement


def principal_kind(text: str) -> str:
    """Return which kind of principal the one of a permission is.

    >>> principal_kind("s3.amazonaws.com"), principal_kind("444455556666"), principal_kind("*")
    ('Service', 'AWS', '*')
    """
    if text == "*":
        return "*"
    return "Service" if _SERVICE.fullmatch(text) else "AWS"


def with_resource(json: Mapping[str, Any], arn: str) -> Mapping[str, Any]:
    """Return a statement of a policy that need not say on what it is (ECR, Lambda), with the resource's ARN."""
    return json if "Resource" in json else {**json, "Resource": arn}


def with_api(json: Mapping[str, Any], arn: str) -> Mapping[str, Any]:
    """Return a statement in which `execute-api:/stage/…` is spelled with the API's ARN, as API Gateway takes it.

    Source: API Gateway Developer Guide, "API Gateway resource policy examples".
    """
    named = json.get("Resource")
    if named is None:
        return json
    texts = [named] if isinstance(named, str) else named
    full = [f"{arn}{text.removeprefix('execute-api:')}" if text.startswith("execute-api:") else text for text in texts]
    return {**json, "Resource": full[0] if isinstance(named, str) else full}
