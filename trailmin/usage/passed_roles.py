"""`iam:PassRole`: roles that a call hands to a service, named by its parameters.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from trailmin.catalog import PassedRole
from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.authorization import Authorization, Basis
from trailmin.usage.call import Call, values_at
from trailmin.usage.resources.identity import at_unknown_path
from trailmin.usage.trigger import compile_elements, compile_trigger

PASS_ROLE = "iam:PassRole"  # noqa: S105 (an action)

_KNOWN_PARTITIONS = {"aws", "aws-us-gov"}
"""Where service principals are those of the table; in China EC2's is `ec2.amazonaws.com.cn`."""

_ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.")
_ROLE_IN_TEXT = re.compile(
    r"\"\w*role\w*\"\s*:\s*\"(arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+)\"", re.ASCII | re.IGNORECASE
)


def passed_roles(call: Call, parameters: tuple[PassedRole, ...]) -> Iterator[Authorization]:
    """One authorization per service that roles are passed to, in the order of the services' names.

    A role that is named without its path may have any. Where what is named holds the role, such as an instance profile,
    any role of the account may be the one that is passed.
    """
    by_service: dict[str | None, set[str]] = {}
    required: set[str | None] = set()
    for parameter in parameters:
        path = parameter.parameter_path.lower()
        if parameter.is_instance_profile:
            roles = [_any_role(call)] if any(values_at(call.parameters, path)) else []
        else:
            roles = [arn for text in _texts(call, parameter) for arn in _role_arns(text, call)]
        service = parameter.service if call.partition in _KNOWN_PARTITIONS else None
        by_service.setdefault(service, set()).update(roles)
        if roles and parameter.required:
            required.add(service)
    for service, arns in sorted(by_service.items(), key=lambda item: item[0] or ""):
        if arns:
            yield Authorization(
                action=PASS_ROLE,
                resources=tuple(sorted(arns)),
                required=service in required,
                basis=Basis.PASSED_ROLE,
                passed_to=service,
            )


_holds = cache(compile_trigger)
_elements = cache(compile_elements)


def _texts(call: Call, parameter: PassedRole) -> list[str]:
    """The values that the parameter gives, of elements for which its trigger holds where that is about elements."""
    path, when = parameter.parameter_path.lower(), parameter.when
    if when is None:
        return call.texts(path)
    start, _, rest = path.rpartition("[].")
    if start and any(other.lower().startswith(f"{start}[].") for other in when.any_of):
        elements = _elements(when, f"{start}[]")(call)
        return replace(call, parameters={"matching": elements}).texts(f"matching[].{rest}")
    return call.texts(path) if _holds(when)(call) else []


def _any_role(call: Call) -> str:
    return f"arn:{call.partition}:iam::{call.account}:role/*"


def _role_arns(text: str, call: Call) -> list[str]:
    if text.startswith("{"):
        # A document: its roles stand in it by their ARNs.
        return [escape_arn(arn) for arn in _ROLE_IN_TEXT.findall(text)]
    if not is_arn(text):
        return at_unknown_path("role", text, call) if not text.startswith("arn:") else []
    return [escape_arn(text)] if _ROLE_ARN.match(text) else []
