"""EKS: clusters by name, what lies in them by name with an id that the service gave, access entries by principal.

Source: the request syntax of https://docs.aws.amazon.com/eks/latest/APIReference/ and the Service Authorization
Reference, list_eks, resource types.
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import by_operation, named
from trailmin.usage.resources.interface import Target, TypeReader

_PRINCIPAL = re.compile(r"arn:[\w-]+:iam::([0-9]{12}):(role|user)/(.+)")
_CLUSTER = ("clustername", "name")


def read_access_entry(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The access entry of a principal; of one with a path, whose name the ARN may have in another form, any name."""
    found = _PRINCIPAL.fullmatch(call.text("principalarn") or "")
    if listed or found is None:
        return listed or named({"ClusterName": ("clustername",)})(call, target, listed)
    account, kind, name = found.groups()
    values = {"IamIdentityType": kind, "IamIdentityAccountID": account}
    if "/" not in name:
        values["IamIdentityName"] = escape_arn(name)
    cluster = call.text("clustername")
    return [target.form.fill(call, values | ({"ClusterName": escape_arn(cluster)} if cluster else {}))]


READERS: dict[str, TypeReader] = {
    "access-entry": read_access_entry,
    "addon": named({"ClusterName": _CLUSTER, "AddonName": ("addonname",)}, needs=("addonname",)),
    "capability": named({"ClusterName": _CLUSTER, "CapabilityName": ("capabilityname",)}, needs=("capabilityname",)),
    "cluster": named({"ClusterName": _CLUSTER}),
    "fargateprofile": named(
        {"ClusterName": _CLUSTER, "FargateProfileName": ("fargateprofilename",)}, needs=("fargateprofilename",)
    ),
    "identityproviderconfig": named(
        {
            "ClusterName": ("clustername",),
            "IdentityProviderType": ("identityproviderconfig.type",),
            "IdentityProviderConfigName": ("identityproviderconfig.name", "oidc.identityproviderconfigname"),
        }
    ),
    "nodegroup": named({"ClusterName": _CLUSTER, "NodegroupName": ("nodegroupname",)}, needs=("nodegroupname",)),
    "podidentityassociation": by_operation(
        {"CreatePodIdentityAssociation": named({"ClusterName": ("clustername",)})},
        named(
            {"ClusterName": ("clustername",), "UUID": ("associationid",)},
            needs=("associationid", "podidentityassociations[].rolearn"),
        ),
    ),
}
"""Calls on a cluster itself have its name as `name`, all others as `clusterName`."""

TAGS_AT_CREATION = {
    ("eks:TagResource", operation): frozenset({kind})
    for operation, kind in {
        "AssociateIdentityProviderConfig": "identityproviderconfig",
        "CreateAccessEntry": "access-entry",
        "CreatePodIdentityAssociation": "podidentityassociation",
    }.items()
}
"""What gets the tags, where the operation's name does not tell it."""
