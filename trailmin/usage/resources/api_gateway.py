"""API Gateway: the resource is the path of the request.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html and, for what
the tag calls and tags at creation are checked on, apigateway-tagging-iam-policy.html beside it.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote, unquote

from trailmin.usage.arn_form import ServiceForms, escape_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.interface import Target

EVERYTHING = (UNKNOWN,)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\+?\}")
_WITH_ACCOUNT = "/domainnameaccessassociations"
"""Of the paths that the verbs are checked on, the only ones whose ARN has an account."""
_TAGGED_AT_CREATION = (
    "CreateApiKey",
    "CreateDomainName",
    "CreateDomainNameAccessAssociation",
    "CreateRestApi",
    "CreateStage",
    "CreateUsagePlan",
    "CreateVpcLink",
    "GenerateClientCertificate",
)

TAGS_AT_CREATION = {
    **{("apigateway:PUT", operation): frozenset({"Tags"}) for operation in _TAGGED_AT_CREATION},
    ("apigateway:UpdateRestApiPolicy", "CreateRestApi"): frozenset({"RestApis"}),
    ("apigateway:AddCertificateToDomain", "CreateDomainName"): frozenset({"DomainName", "DomainNames"}),
    ("apigateway:POST", "CreatePortal"): frozenset({"Tags"}),
    ("apigateway:POST", "CreatePortalProduct"): frozenset({"Tags"}),
}


def path_resources(call: Call, paths: Sequence[str], forms: ServiceForms, legal: frozenset[str]) -> tuple[str, ...]:
    """The ARNs of the request paths whose placeholders the parameters name best; unknown placeholders are `*`.

    `legal` are the action's resource types; `*` alone where the reference has none for the path.
    """
    known = {re.sub(r"[^a-z0-9]", "", name): value for name, value in call.parameters.items() if isinstance(value, str)}
    # Version 2 of the API has its own base path, which its ARNs leave out.
    bare = [path.removeprefix("/v2").partition("?")[0] for path in paths]
    fillings = [(_missing(path, known), _fill(path, known)) for path in bare]
    least = min(missing for missing, _ in fillings)
    arns = {_arn(filled, call) for missing, filled in fillings if missing == least}
    on_path = sorted(arn for arn in arns if legal & forms.types_of(arn))
    return tuple(on_path or _tagged(call, forms, legal)) or EVERYTHING


def _tagged(call: Call, forms: ServiceForms, legal: frozenset[str]) -> list[str]:
    """The resource whose tags the call changes, for a verb that is not checked on /tags."""
    arns = [unquote(text) for text in call.texts("resourcearn")]
    return [escape_arn(arn) for arn in arns if legal & forms.types_of(arn)]


def read_private_domain_name(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The private domain name, by its ARN."""
    arns = [text for text in call.texts("domainnamearn") if target.type_name in target.forms.types_of(text)]
    return [escape_arn(text) for text in arns] or listed


READERS = {"privatedomainname": read_private_domain_name}


def _arn(path: str, call: Call) -> str:
    account = call.account if path.startswith(_WITH_ACCOUNT) else ""
    return f"arn:{call.partition}:apigateway:{call.region}:{account}:{path}"


def _names(path: str) -> list[str]:
    return [re.sub(r"[^a-z0-9]", "", name.lower()) for name in _PLACEHOLDER.findall(path)]


def _missing(path: str, known: dict[str, str]) -> int:
    return sum(not _value(name, known) for name in _names(path))


def _fill(path: str, known: dict[str, str]) -> str:
    names = iter(_names(path))
    # The tags of a resource are below its ARN, which is encoded like any part of a path.
    encode = _encoded if path.startswith("/tags/") else str
    return _PLACEHOLDER.sub(lambda _match: _value(next(names), known, encode) or UNKNOWN, path)


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="")


def _value(name: str, known: dict[str, str], encode: Callable[[str], str] = str) -> str | None:
    value = known.get(name) or known.get(name + "id") or known.get(name + "name")
    return escape_arn(encode(value)) if value else None
