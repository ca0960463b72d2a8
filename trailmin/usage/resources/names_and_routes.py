"""Route 53 with its resolver, CloudFront and Cloud Map: ids, never the names that callers give.

Sources: the request syntax in https://docs.aws.amazon.com/Route53/latest/APIReference/,
https://docs.aws.amazon.com/cloudfront/latest/APIReference/ and https://docs.aws.amazon.com/cloud-map/latest/api/
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import made_under, named
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target, TypeReader

_TAGGED = {"healthcheck": "healthcheck", "hostedzone": "hostedzone"}
_ID_OF_SERVICE = {
    "connection-group": re.compile(r"cg_\w+"),
    "distribution-tenant": re.compile(r"dt_\w+"),
    "trust-store": re.compile(r"ts_\w+"),
}


def read_zone(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A hosted zone or health check; SDKs may send a zone's id with its path, `/hostedzone/Z…`."""
    if listed:
        return listed
    if call.text("resourcetype") is not None:
        is_this = call.text("resourcetype") == _TAGGED[target.type_name]
        texts = call.texts("resourceid") + call.texts("resourceids") if is_this else []
    elif target.type_name == "healthcheck":
        texts = call.texts("healthcheckid")
    else:
        texts = call.texts("hostedzoneid") + (call.texts("id") if "HostedZone" in target.operation else [])
    return [target.form.fill(call, {"Id": escape_arn(text.rpartition("/")[2])}) for text in texts]


def read_by_service_id(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """What a parameter may name by id, by name or by ARN: a name tells nothing of the ARN."""
    found = read_generic(call, target, listed)
    names = {target.form.fill(call, {"Id": escape_arn(text)}) for text in call.texts("identifier")}
    shape = _ID_OF_SERVICE[target.type_name]
    return [arn for arn in found if arn not in names or shape.fullmatch(arn.rpartition("/")[2])]


def read_vpc_origin(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """An origin in a VPC: by its id, or those that a distribution refers to."""
    if target.resource_path is not None:
        texts = call.texts(f"{target.resource_path}.vpcoriginid")
        return listed or [target.form.fill(call, {"Id": escape_arn(text)}) for text in texts]
    return _vpc_origin_by_id(call, target, listed)


_vpc_origin_by_id = named({"Id": ("vpcoriginid", "id")})

TAGS_AT_CREATION = {("cloudfront:TagResource", "CreateDistributionWithTags"): frozenset({"distribution"})}

ROUTE53_READERS: dict[str, TypeReader] = {
    "cidrcollection": named({"Id": ("collectionid", "id")}),
    "delegationset": named({"Id": ("delegationsetid", "id")}),
    "healthcheck": read_zone,
    "hostedzone": read_zone,
}

RESOLVER_READERS: dict[str, TypeReader] = {
    "firewall-config": named({}),
    "firewall-rule-group-association": named({"ResourceId": ("firewallrulegroupassociationid",)}),
    "outpost-resolver": named({"ResourceId": ("id",)}),
    "resolver-config": named({}),
    "resolver-dnssec-config": named({}),
}
"""The settings of a VPC have ids of their own, not the VPC's."""

CLOUDFRONT_READERS: dict[str, TypeReader] = {
    "distribution": named(
        {"DistributionId": ("distributionid", "id", "primarydistributionid", "targetdistributionid")},
        whole=("targetresource.distributionid",),
    ),
    "vpcorigin": read_vpc_origin,
    **dict.fromkeys(_ID_OF_SERVICE, read_by_service_id),
}

SERVICE_DISCOVERY_READERS: dict[str, TypeReader] = {
    "namespace": named({"NamespaceId": ("namespaceid", "id")}, needs=("namespaceid", "id")),
    "service": named({"ServiceId": ("serviceid", "id")}, needs=("serviceid", "id")),
}

COST_READERS: dict[str, TypeReader] = {
    "billingview": named({}, whole=("billingviewarn",)),
    "costcategory": made_under("costcategoryarn", "name"),
}
