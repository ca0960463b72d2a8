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
