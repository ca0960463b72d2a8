"""EC2: the wire form of its parameters, ids by their prefix, types that a launch needs besides those that it names.

CloudTrail logs EC2's parameters as the query protocol has them: `instancesSet.items[].instanceId`, or for newer
operations `DescribeNatGatewaysRequest.NatGatewayId.content`. So values are collected by the name of the innermost
parameter.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.ec2_ids import PREFIXES, type_of_id
from trailmin.usage.resources.generic import makes_own_id, parameter_names
from trailmin.usage.resources.interface import Target

_NOT_RESOURCES = {
    "filterset", "filter", "tagspecificationset", "tagspecification", "tagset", "tag",
    # The groups in a security group's rules are peers of the traffic, not what the call changes.
    "ippermissions",
}  # fmt: skip
_LISTS = {"items", "item", "content"}

_PARAMETERS = {
    "capacity-reservation": (
        "capacityreservationid", "sourcecapacityreservationid", "destinationcapacityreservationid",
    ),
    "coip-pool": ("coippoolid", "poolid"),
    "declarative-policies-report": ("reportid",),
    "dedicated-host": ("hostid",),
    "dhcp-options": ("dhcpoptionsid",),
    "elastic-ip": ("allocationid", "addressallocationid"),
    "group": ("hostresourcegrouparn",),
    "image": ("imageid", "sourceimageid"),
    "image-usage-report": ("reportid",),
    "instance": ("instanceid", "instances"),
    "ipam-scope": ("ipamscopeid", "currentipamscopeid", "destinationipamscopeid"),
    "ipv4pool-ec2": ("ipv4poolid", "publicipv4poolid", "poolid"),
    "ipv6pool-ec2": ("ipv6poolid", "poolid"),
    "key-pair": ("keyname", "keypairname"),
    "launch-template": ("launchtemplateid",),
    "license-configuration": ("licenseconfigurationarn",),
    "natgateway": ("natgatewayid",),
    "network-acl": ("networkaclid",),
    "network-interface": ("networkinterfaceid",),
    "placement-group": ("groupname",),
    "prefix-list": ("prefixlistid",),
    "security-group": ("groupid", "securitygroupid", "securitygroupids", "sourcesecuritygroupid"),
    "snapshot": ("snapshotid", "sourcesnapshotid"),
    "vpc": ("vpcid",),
    "vpc-block-public-access-exclusion": ("exclusionid",),
    "vpc-endpoint": ("vpcendpointid",),
    "vpc-endpoint-service": ("serviceid",),
    "vpc-flow-log": ("flowlogid",),
    "vpc-peering-connection": ("vpcpeeringconnectionid",),
}  # fmt: skip
_SIGNS = {"launch-template": ("launchtemplatename", None), "spot-instances-request": ("markettype", "spot")}
"""Type → a parameter, with its value, that says that there is such a resource, but not which."""
_NAMED_IN_ARNS = {"key-pair", "placement-group"}
_ANY_TYPE = ("resourceid", "gatewayid", "resourceidentifier")
_TAG_CALLS = {"CreateTags", "DeleteTags"}
_ELSEWHERE = {"elastic-inference"}
"""Other services' resources, which EC2's parameters do not name by anything that would identify them."""
_LAUNCHES = {"RunInstances", "CreateFleet", "RequestSpotInstances"}
_FROM_TEMPLATES = {"ec2:RunInstances", "ec2:CreateFleet"}
_TEMPLATE = {"launchtemplateid", "launchtemplatename"}
_NO_LETTER = re.compile(r"[^a-z0-9]")
_NO_THING = re.compile(r"^[A-Z][a-z]+|(?:From|By|With)[A-Z].*")
_PLACEMENT_GROUP_CALLS = {"CreatePlacementGroup", "DeletePlacementGroup"}

ALWAYS = {"ec2:RunInstances": frozenset({"volume"}), "ec2:CreateFleet": frozenset({"volume", "network-interface"})}
"""Types that a launch is checked on though no parameter names them: an instance's root volume.
Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances"""


def read_resource(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Resources of one type by their ids; what the call itself makes has none yet."""
    if listed:
        return listed
    if target.action == "ec2:CreateTags" and target.operation != "CreateTags":
        return _tagged_at_creation(call, target)
    if _is_made_here(target):
        return [target.form.fill(call)] if target.is_needed else []
    if target.type_name in _ELSEWHERE:
        return []
    leaves = _leaves(call)
    found = [_resource(text, call, target) for name in _names(target) for text in leaves.get(name, ())]
    found += [
        _resource(text, call, target)
        for name in _ANY_TYPE
        for text in leaves.get(name, ())
        if type_of_id(text) == target.type_name
    ]
    if target.type_name == "placement-group":
        found += [_resource(text, call, target) for text in call.texts("placement.groupname")]
    if target.operation in _TAG_CALLS and any(type_of_id(text) is None for text in leaves.get("resourceid", ())):
        found.append(UNKNOWN)
    return [arn for arn in found if arn] or _of_unknown_id(call, target, leaves)


def _of_unknown_id(call: Call, target: Target, leaves: dict[str, list[str]]) -> list[str]:
    if target.action in _FROM_TEMPLATES and not leaves.keys().isdisjoint(_TEMPLATE):
        # The template may name one of any type.
        return [target.form.fill(call)]
    name, value = _SIGNS.get(target.type_name, ("", None))
    texts = leaves.get(name, ())
    return [target.form.fill(call)] if texts and (value is None or value in texts) else []


def _tagged_at_creation(call: Call, target: Target) -> list[str]:
    """Resources that are made with tags; `CreateTags` is checked on them under their unknown ids."""
    specifications = [value for key, value in _objects(call.parameters) if key.startswith("tagspecification")]
    kinds = {text for value in specifications for key, text in _walk(value, "") if key == "resourcetype"}
    return [target.form.fill(call)] if target.type_name in kinds else []


def _objects(value: Any) -> Iterator[tuple[str, Any]]:
    """Every parameter below a value, by its name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


@cache
def _names(target: Target) -> tuple[str, ...]:
    if target.type_name == "placement-group" and target.operation not in _PLACEMENT_GROUP_CALLS:
        return ("placementgroupname",)
    fixed = _PARAMETERS.get(target.type_name, ())
    if fixed:
        return (*fixed, *(f"{name}s" for name in fixed if not name.endswith("s")))
    return parameter_names(target.form.placeholders[-1], target.type_name, is_last=True)


def _is_made_here(target: Target) -> bool:
    if target.type_name == "instance" and target.operation in _LAUNCHES:
        # A network interface or volume that exists is named in its own parameter.
        return True
    words = _NO_LETTER.sub("", target.type_name)
    thing = _NO_THING.sub("", target.operation).lower()
    # `CreateVpcEndpoint` makes no VPC, `CreateLaunchTemplateVersion` no template.
    goes_on = thing.startswith(words) and thing not in (words, f"{words}s")
    return not goes_on and makes_own_id(target.operation, target.type_name, target.form.placeholders[-1:])


def _resource(text: str, call: Call, target: Target) -> str | None:
    if is_arn(text):
        return escape_arn(text) if target.type_name in target.forms.types_of(text) else None
    kind = type_of_id(text)
    if target.type_name in _NAMED_IN_ARNS:
        return target.form.fill(call, {target.form.placeholders[-1]: escape_arn(text)} if kind is None else {})
    if target.type_name in PREFIXES and kind != target.type_name:
        return None
    return target.form.fill(call, {target.form.placeholders[-1]: escape_arn(text)})


def _leaves(call: Call) -> dict[str, list[str]]:
    """Texts by the name of the innermost parameter that holds them, tags and filters left out."""
    leaves: dict[str, list[str]] = {}
    for name, text in _walk(call.parameters, ""):
        leaves.setdefault(name, []).append(text)
    return leaves


def _walk(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in _NOT_RESOURCES:
                yield from _walk(inner, name if key in _LISTS else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, name)
    elif isinstance(value, str) and value:
        yield name, value
