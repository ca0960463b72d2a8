"""Policies on resources in a module: resources of their own, arguments of the resource, and permissions of functions.

Source: registry documentation of hashicorp/aws, "Argument Reference" of each resource; Lambda API Reference,
AddPermission; EventBridge API Reference, PutPermission.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.places import PolicyPlace, ResourcePlace
from trailmin.current.iac.spelling import SpelledItem, text_of
from trailmin.current.iac.statements import Element
from trailmin.current.iac.terraform.hcl_tree import Expression
from trailmin.current.iac.terraform.instances import Instance
from trailmin.current.iac.terraform.policies import TerraformPolicy, policy_of, policy_place, resource_key
from trailmin.current.iac.terraform.resource_types import TERRAFORM_TYPES
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.iac.terraform.values import known_value, pattern_of
from trailmin.current.iac.tree import SourceNode
from trailmin.current.model import PolicyKind
from trailmin.current.resource_statements import permission_statement, principal_kind, with_api, with_resource
from trailmin.policy import VERSION_2012
from trailmin.policy import PolicyKind as Grammar

PERMISSION = "aws_lambda_permission"
BUS_PERMISSION = "aws_cloudwatch_event_permission"

PERMISSION_CONDITIONS = {
    "source_arn": ("ArnLike", "aws:SourceArn"),
    "source_account": ("StringEquals", "aws:SourceAccount"),
    "principal_org_id": ("StringEquals", "aws:PrincipalOrgID"),
    "event_source_token": ("StringEquals", "lambda:EventSourceToken"),
    "function_url_auth_type": ("StringEquals", "lambda:FunctionUrlAuthType"),
}
"""Argument to the condition that Lambda makes of it."""

_STAYS = "Terraform leaves a policy in place when this argument goes: take it off the resource"
_NO_ROLE = "it names an account or everybody, and can name no role: use aws_cloudwatch_event_bus_policy"
_API_FORM = "arn:{p}:execute-api:{r}:{a}:{n}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """Where a resource type has the policy, and on what that is."""

    service: str
    form: str
    """Of the ARN of what it is on."""
    target: str = ""
    """Argument that names it; none where the policy is the resource's own."""
    target_type: str = ""
    default: str | None = None
    """Name of what it is on where the argument is missing."""


def _on(service: str, target: str, target_type: str, default: str | None = None) -> _Type:
    form = TERRAFORM_TYPES[target_type].arn
    return _Type(service=service, form=form, target=target, target_type=target_type, default=default)


def _own(service: str, target_type: str) -> _Type:
    return _Type(service=service, form=TERRAFORM_TYPES[target_type].arn, target_type=target_type)


_TYPES = {
    "aws_s3_bucket_policy": _on("s3", "bucket", "aws_s3_bucket"),
    "aws_s3_bucket": _own("s3", "aws_s3_bucket"),
    "aws_sqs_queue_policy": _on("sqs", "queue_url", "aws_sqs_queue"),
    "aws_sqs_queue": _own("sqs", "aws_sqs_queue"),
    "aws_sns_topic_policy": _on("sns", "arn", "aws_sns_topic"),
    "aws_sns_topic": _own("sns", "aws_sns_topic"),
    "aws_kms_key_policy": _on("kms", "key_id", "aws_kms_key"),
    "aws_kms_key": _own("kms", "aws_kms_key"),
    "aws_secretsmanager_secret_policy": _on("secretsmanager", "secret_arn", "aws_secretsmanager_secret"),
    "aws_secretsmanager_secret": _own("secretsmanager", "aws_secretsmanager_secret"),
    "aws_ecr_repository_policy": _on("ecr", "repository", "aws_ecr_repository"),
    "aws_cloudwatch_event_bus_policy": _on("events", "event_bus_name", "aws_cloudwatch_event_bus", "default"),
    "aws_api_gateway_rest_api_policy": _Type(service="apigateway", form=_API_FORM, target="rest_api_id"),
    "aws_api_gateway_rest_api": _Type(service="apigateway", form=_API_FORM),
}

Instances = Callable[[str], Iterable[Instance]]
"""From a resource type to its instances in a module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedInModule:
    """A policy on a resource, or a part of one, and where it stands."""

    on: ResourcePlace
    policy: TerraformPolicy


def resource_policies_of(instances: Instances, notes: list[str]) -> Iterator[PlacedInModule]:
    """Yield the policies on resources that a module has; what cannot be read is noted and left alone."""
    for one in instances(PERMISSION):
        yield from _checked(one, _permission(one), notes)
    for kind, known in _TYPES.items():
        for one in instances(kind):
            if one.block.get("policy") is not None:
                yield from _checked(one, _document(one, known), notes)
    for one in instances(BUS_PERMISSION):
        yield from _checked(one, _bus_permission(one), notes)


def _checked(one: Instance, found: PlacedInModule | str, notes: list[str]) -> Iterator[PlacedInModule]:
    if isinstance(found, str):
        notes.append(f"{one.scope.file.name}: {found}")
    else:
        yield found


def _document(one: Instance, known: _Type) -> PlacedInModule | str:
    found = policy_place(one, one.block.get("policy"), kind=PolicyKind.INLINE, name=one.key)
    if isinstance(found, str):
        return found
    place, document = found
    arn = _arn(one, known)
    if known.service in {"ecr", "apigateway"}:
        add = with_resource if known.service == "ecr" else with_api
        place = replace(place, statements=tuple(replace(s, json=add(s.json, arn)) for s in place.statements))
    place = replace(place, grammar=Grammar.RESOURCE)
    policy = policy_of(one, place, document, stays="" if known.target else _STAYS)
    return PlacedInModule(on=ResourcePlace(service=known.service, resource=arn, policy=place), policy=policy)


def _arn(one: Instance, known: _Type) -> str:
    """The ARN of what a policy is on; what is unknown in it is `*`."""
    if not known.target:
        index = one.key.removeprefix(one.address)
        own = one.scope.module.values.get(f"{one.key}.id", "*") if known.form == _API_FORM else None
        if own is not None:
            return one.scope.module.fill(known.form, own)
        return one.scope.attribute(one.address, index, "arn") or one.scope.module.fill(known.form, "*")
    node = one.block.get(known.target)
    if node is None:
        return one.scope.module.fill(known.form, known.default or "*")
    return _named(one, node, known.form, known.target_type)


def _named(one: Instance, node: Expression, form: str, kind: str) -> str:
    key = resource_key(one.scope, node, kind) if kind else None
    address = (key or "").partition("[")[0]
    if key is not None and address in one.scope.module.blocks:
        return one.scope.attribute(address, key.removeprefix(address), "arn") or one.scope.module.fill(form, "*")
    text = pattern_of(one.scope.value(node))
    if text.startswith("arn:"):
        return text
    name = text.rpartition("/")[2] if text.startswith("https://") else text
    return one.scope.module.fill(form, name)


# --- one statement, made of arguments


def _permission(one: Instance) -> PlacedInModule | str:
    function = one.block.get("function_name")
    elements = {name: _element(one, one.block.get(name)) for name in ("action", "principal")}
    action, principal = elements["action"], elements["principal"]
    if function is None or action is None or principal is None:
        return f"{one.key} cannot be read: its function_name, action or principal is computed"
    conditions: dict[str, dict[str, str]] = {}
    for argument, (operator, key) in PERMISSION_CONDITIONS.items():
        node = one.block.get(argument)
        value = pattern_of(one.scope.value(node)) if node is not None else None
        # A condition that is not known may hold for anything: it is left out, so that nothing seems tied.
        if value is not None and value != "*" and (operator == "ArnLike" or "*" not in value):
            conditions.setdefault(operator, {})[key] = value
    arn = _named(one, function, TERRAFORM_TYPES["aws_lambda_function"].arn, "aws_lambda_function")
    qualifier = one.text("qualifier")
    arn = f"{arn}:{qualifier}" if qualifier else arn
    json = permission_statement(_sid(one), action.texts[0], principal.texts[0], conditions)
    kind = principal_kind(principal.texts[0])
    named = {"Action": action, f"Principal/{kind}": principal}
    return _made(one, "lambda", arn, with_resource(json, arn), named, refusal=one.loop)


def _bus_permission(one: Instance) -> PlacedInModule | str:
    principal = _element(one, one.block.get("principal"))
    if principal is None:
        return f"{one.key} cannot be read: its principal is computed"
    arn = _arn(one, _on("events", "event_bus_name", "aws_cloudwatch_event_bus", "default"))
    conditions: dict[str, dict[str, str]] = {}
    for block in one.block.of_type("condition"):
        texts = [known_value(one.scope.value(n)) for n in map(block.get, ("type", "key", "value")) if n is not None]
        operator, key, value = (*texts, None, None, None)[:3]
        if operator is None or key is None or value is None:
            return f"{one.key} cannot be read: its condition is computed"
        conditions.setdefault(operator, {})[key] = value
    account = principal.texts[0]
    json = permission_statement(_sid(one), one.text("action") or "events:PutEvents", account, conditions)
    return _made(one, "events", arn, with_resource(json, arn), {"Principal/AWS": principal}, refusal=_NO_ROLE)


def _made(
    one: Instance, service: str, arn: str, json: Mapping[str, Any], elements: Mapping[str, Element], *, refusal: str
) -> PlacedInModule:
    statement = TerraformStatement(node=None, file=one.scope.file, elements=elements, json=json)
    place = PolicyPlace(
        address=one.key,
        kind=PolicyKind.INLINE,
        name=one.key,
        grammar=Grammar.RESOURCE,
        version=VERSION_2012,
        statements=(statement,),
        is_permission=True,
        refusal=refusal or None,
    )
    on = ResourcePlace(service=service, resource=arn, policy=place)
    return PlacedInModule(on=on, policy=policy_of(one, place, None))


def _sid(one: Instance) -> str:
    return one.text("statement_id") or one.block.labels[1]


def _element(one: Instance, node: Expression | None) -> Element | None:
    """An argument that is one text, not wholly unknown."""
    if node is None:
        return None
    try:
        spellings = tuple(one.scope.texts(node))
    except UnreadableError:
        return None
    if len(spellings) != 1 or (text_of(spellings[0]) == "*" and spellings[0] != ("*",)):
        return None
    place = SourceNode(start=node.start, end=node.end, value="")
    return Element(node=place, items=(SpelledItem(node=place, spellings=spellings),))
