"""Elastic Load Balancing: classic load balancers by name; of the newer ones, everything by ARN.

What a call makes lies below what it names: a listener's ARN continues that of its load balancer, a rule's that of its
listener. Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html
and the request syntax of https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.by_path import named
from trailmin.usage.resources.interface import Target, TypeReader

_ARNS = named(
    {},
    whole=(
        "loadbalancerarn",
        "loadbalancerarns",
        "listenerarn",
        "listenerarns",
        "rulearn",
        "rulearns",
        "rulepriorities[].rulearn",
        "targetgrouparn",
        "targetgrouparns",
        "truststorearn",
        "truststorearns",
    ),
)
_KIND = {"network": "net", "gateway": "gwy"}
"""`type` of `CreateLoadBalancer` → how the ARN has it; `application` where the call says nothing."""
_PARENTS = {
    "CreateListener": ("loadbalancerarn", ":loadbalancer/", ":listener/"),
    "CreateRule": ("listenerarn", ":listener/", ":listener-rule/"),
}
_TYPES = (
    "listener-rule/app", "listener-rule/net", "listener/app", "listener/gwy", "listener/net", "loadbalancer/app/",
    "loadbalancer/gwy/", "loadbalancer/net/",
)  # fmt: skip


def read_by_arn(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Load balancers, listeners and rules by their ARNs, or below the ARN of what they are made in."""
    if target.operation == "CreateLoadBalancer":
        return _made_load_balancer(call, target)
    found = listed or _ARNS(call, target, listed)
    return found or [arn for arn in _made_below(call, target) if target.form.match(arn)]


def read_classic(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Classic load balancers by name."""
    if call.text("name") and target.operation == "CreateLoadBalancer":
        return []
    return named({"LoadBalancerName": ("loadbalancername", "loadbalancernames")})(call, target, listed)


def _made_load_balancer(call: Call, target: Target) -> Sequence[str]:
    name = call.text("name")
    kind = _KIND.get((call.text("type") or "").lower(), "app")
    if name is None or target.type_name != f"loadbalancer/{kind}/":
        return []
    return [target.form.fill(call, {"LoadBalancerName": escape_arn(name)})]


def _made_below(call: Call, target: Target) -> Sequence[str]:
    path, kind, made = _PARENTS.get(target.operation, ("", "", ""))
    if not target.action.endswith(":AddTags") or not path:
        return []
    return [f"{escape_arn(text).replace(kind, made, 1)}/{UNKNOWN}" for text in call.texts(path)]


READERS: dict[str, TypeReader] = {
    **dict.fromkeys(_TYPES, read_by_arn),
    "loadbalancer": read_classic,
    "targetgroup": named({"TargetGroupName": ("name",)}, whole=("targetgrouparn", "targetgrouparns")),
    "truststore": named({"TrustStoreName": ("name",)}, whole=("truststorearn", "truststorearns")),
}

EXCLUSIVE = frozenset(
    f"elasticloadbalancing:{name}"
    for name in (
        "AddListenerCertificates", "AddTags", "CreateListener", "CreateLoadBalancer", "CreateRule", "DeleteListener",
        "DeleteLoadBalancer", "DeleteRule", "ModifyListener", "ModifyListenerAttributes",
        "ModifyLoadBalancerAttributes", "ModifyRule", "RemoveListenerCertificates", "RemoveTags", "SetRulePriorities",
    )
)  # fmt: skip
"""Actions whose required types are alternatives: application, network and gateway forms of one thing."""

TAGS_AT_CREATION = {
    ("elasticloadbalancing:AddTags", operation): frozenset(kinds)
    for operation, kinds in {
        "CreateLoadBalancer": ("loadbalancer", "loadbalancer/app/", "loadbalancer/gwy/", "loadbalancer/net/"),
        "CreateListener": ("listener/app", "listener/gwy", "listener/net"),
        "CreateRule": ("listener-rule/app", "listener-rule/net"),
    }.items()
}
"""What is tagged when it is made: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html"""
