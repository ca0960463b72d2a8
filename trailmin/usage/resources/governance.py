"""Config, Security Hub, Backup, Health, ACM, Identity Center: ARNs with ids where requests have names.

Sources: the request syntax in https://docs.aws.amazon.com/config/latest/APIReference/ and
https://docs.aws.amazon.com/securityhub/1.0/APIReference/; ARN forms of the Service Authorization Reference.
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.by_path import made_under, named
from trailmin.usage.resources.interface import Target, TypeReader

_RECORDER = (
    "configurationrecordername",
    "configurationrecordernames",
    "configurationrecorder.name",
    "configurationrecorder.configurationrecordername",
)

CONFIG_READERS: dict[str, TypeReader] = {
    "aggregationauthorization": named(
        {"AggregatorAccount": ("authorizedaccountid",), "AggregatorRegion": ("authorizedawsregion",)},
        needs=("authorizedaccountid",),
    ),
    "configrule": made_under(
        "configrulename", "configrulenames", "configrule.configrulearn", "configrule.configrulename"
    ),
    "configurationaggregator": made_under("configurationaggregatorname", "configurationaggregatornames"),
    "configurationrecorder": named({"RecorderName": _RECORDER}, whole=("configurationrecorderarn",)),
    "conformancepack": named({"ConformancePackName": ("conformancepackname", "conformancepacknames")}),
    "connector": named({}, whole=("connectorarn",)),
    "organizationconfigrule": made_under("organizationconfigrulename", "organizationconfigrulenames"),
    "organizationconformancepack": made_under("organizationconformancepackname", "organizationconformancepacknames"),
    "remediationconfiguration": made_under("configrulename", "configrulenames"),
    "storedquery": named({"StoredQueryName": ("queryname", "storedquery.queryname")}, whole=("storedquery.queryarn",)),
}
"""A rule's ARN ends in an id such as `config-rule-a1b2c3`, never in its name."""

SECURITY_HUB_READERS: dict[str, TypeReader] = {
    "configuration-policy": named(
        {
            "ConfigurationPolicyId": (
                "identifier",
                "configurationpolicyidentifier",
                "configurationpolicyassociationidentifiers[].configurationpolicyid",
            )
        }
    ),
    "hubv2": named({}),
    "product": named({}, whole=("findings[].productarn", "productarn")),
}

CERTIFICATE_READERS: dict[str, TypeReader] = {"certificate": named({"CertificateId": ("certificatearn",)})}
"""An import without an ARN makes a certificate under an id of ACM's."""

_IN_INSTANCE = {"InstanceId": ("instancearn",)}

IDENTITY_CENTER_READERS: dict[str, TypeReader] = {
    "account": named({"AccountId": ("accountid", "targetid")}, needs=("accountid", "targetid")),
    "application": named(_IN_INSTANCE, whole=("applicationarn",)),
    "permissionset": named(_IN_INSTANCE, whole=("permissionsetarn",)),
    "trustedtokenissuer": named(_IN_INSTANCE, whole=("trustedtokenissuerarn",)),
}


def read_recovery_point(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A recovery point by its ARN; those of some services, such as EBS snapshots, lack the form of the reference."""
    texts = [text for text in call.texts("recoverypointarn") if is_arn(text)]
    is_known = all(target.type_name in target.forms.types_of(text) for text in texts)
    return listed or ([escape_arn(text) for text in texts] if is_known else [UNKNOWN])


BACKUP_READERS: dict[str, TypeReader] = {"recoverypoint": read_recovery_point}


def read_health_event(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Events of AWS Health, whose ARNs in policies leave the region and the event's own id open."""
    texts = call.texts("eventarns") + call.texts("eventarn") + call.texts("filter.eventarns")
    parts = [text.split("/") for text in texts if is_arn(text) and text.count("/") == 3]
    values = [{"Service": escape_arn(part[1]), "EventTypeCode": escape_arn(part[2])} for part in parts]
    return listed or [target.form.fill(call, value) for value in values]


HEALTH_READERS: dict[str, TypeReader] = {"event": read_health_event}
