"""Parameters whose names do not resemble the placeholder that they fill, and actions whose types are alternatives.

Source of each: the operation's request syntax in the service's API reference.
"""

SYNONYMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("chime", "appinstanceuserid"): ("appinstanceuserarn", "chimebearer"),
    ("chime", "appinstancebotid"): ("appinstancebotarn", "chimebearer"),
    ("cloudformation", "stackname"): ("stackname", "stackid"),
    ("cloudtrail", "trailname"): ("trailname", "trailnamelist", "name", "resourceidlist", "resourceid"),
    ("cloudwatch", "alarmname"): ("alarmname", "alarmnames"),
    ("cloudwatch", "insightrulename"): ("rulename", "rulenames"),
    ("ds", "directoryid"): ("directoryid", "directoryids", "resourceid"),
    ("elasticloadbalancing", "loadbalancerid"): ("loadbalancerarn", "loadbalancerarns"),
    ("elasticloadbalancing", "targetgroupid"): ("targetgrouparn", "targetgrouparns"),
    ("elasticmapreduce", "clusterid"): ("clusterid", "jobflowid", "jobflowids"),
    ("events", "rulename"): ("rule", "name"),
    ("events", "eventbusname"): ("eventbusname",),
    ("kinesis", "streamname"): ("streamname", "streamarn"),
    ("rds", "dbclusterinstancename"): ("dbclusteridentifier",),
    ("rds", "clustersnapshotname"): ("dbclustersnapshotidentifier",),
    ("rds", "clusterparametergroupname"): ("dbclusterparametergroupname",),
    ("rds", "dbinstancename"): ("dbinstanceidentifier", "sourcedbinstanceidentifier"),
    ("rds", "parametergroupname"): ("dbparametergroupname",),
    ("rds", "securitygroupname"): ("dbsecuritygroupname",),
    ("rds", "snapshotname"): ("dbsnapshotidentifier",),
    ("rds", "subnetgroupname"): ("dbsubnetgroupname",),
    ("ses", "identityname"): ("emailidentity", "identity", "identities"),
    ("states", "executionid"): ("executionarn",),
    ("states", "statemachinename"): ("statemachinearn", "statemachinename"),
    ("workspaces", "directoryid"): ("directoryid", "directoryids", "resourceid"),
}
"""(service prefix, placeholder in lower case) → parameter names in lower case, the first that is there counts."""

ALTERNATIVES = frozenset({"states:DescribeExecution", "states:ListExecutions"})
"""Actions whose required resource types are alternatives in the service's own rules: one that is named does for all."""

ALTERNATIVE_TYPES: dict[str, tuple[frozenset[str], ...]] = {
    "arc-zonal-shift": (frozenset({"alb", "nlb"}),),
    "bedrock": (
        frozenset({"automated-reasoning-policy", "automated-reasoning-policy-version"}),
        frozenset({"default-prompt-router", "prompt-router"}),
        frozenset(
            {
                "application-inference-profile", "async-invoke", "bedrock-marketplace-model-endpoint", "custom-model",
                "custom-model-deployment", "default-prompt-router", "foundation-model", "imported-model",
                "inference-profile", "project", "prompt-router", "provisioned-model", "system-tool",
            }
        ),
    ),
    "bedrock-agentcore": (frozenset({"runtime", "runtime-endpoint"}), frozenset({"browser", "browser-custom"})),
    "chime": (frozenset({"app-instance-bot", "app-instance-user"}),),
    "clouddirectory": (frozenset({"appliedschema", "developmentschema", "publishedschema"}),),
    "comprehend": (frozenset({"document-classifier-endpoint", "entity-recognizer-endpoint"}),),
    "connect": (
        frozenset({"metric", "qualified-metric"}),
        frozenset(
            {
                "aws-managed-view", "customer-managed-view", "qualified-aws-managed-view",
                "qualified-customer-managed-view",
            }
        ),
    ),
    "elasticloadbalancing": (
        frozenset({"listener/app", "listener/gwy", "listener/net"}),
        frozenset({"listener-rule/app", "listener-rule/net"}),
        frozenset({"loadbalancer/app/", "loadbalancer/gwy/", "loadbalancer/net/"}),
    ),
    "network-security-manager": tuple(
        frozenset({kind, f"{kind}-snapshot"}) for kind in ("deployment", "policy", "rule", "scope", "template")
    ),
    "payment-cryptography": (frozenset({"alias", "key"}),),
    "ram": (frozenset({"customer-managed-permission", "permission"}),),
    "signer": (frozenset({"signing-job", "signing-profile"}),),
    "ssm": (frozenset({"instance", "managed-instance"}),),
}  # fmt: skip
"""Service prefix → groups of resource types, in lower case, that the reference may all call required though one
parameter names one of them: a call that names one needs none of the others.
Source: the service's API reference, where the parameter takes either."""
