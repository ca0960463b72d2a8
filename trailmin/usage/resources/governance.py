"""Config, Security Hub and Backup: resources whose ARNs have an id beside, or instead of, the name in the request.

Sources: the request syntax in https://docs.aws.amazon.com/config/latest/APIReference/ and
https://docs.aws.amazon.com/securityhub/1.0/APIReference/; ARN forms of the Service Authorization Reference.
"""

from trailmin.usage.resources.by_path import made_under, named
from trailmin.usage.resources.interface import TypeReader

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

BACKUP_READERS: dict[str, TypeReader] = {
    "recoverypoint": named({}, whole=("recoverypointarn", "backuparn")),
}
