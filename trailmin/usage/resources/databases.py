"""RDS, ElastiCache and Redshift: names and ids of databases, snapshots and groups; copies name a source and a target.

Source: the request syntax in the services' API references:
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/ https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/
https://docs.aws.amazon.com/redshift/latest/APIReference/ https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/
https://docs.aws.amazon.com/redshift-data/latest/APIReference/
"""

from collections.abc import Sequence

from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import by_operation, joined, made_under, named
from trailmin.usage.resources.interface import Target, TypeReader

_TAGGING = ("AddTagsToResource", "CreateTags")


def _sourced(source: TypeReader, made: TypeReader) -> TypeReader:
    """What a call reads and what it makes of it; tags at creation go to what is made."""
    both = joined(source, made)

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        return (made if target.action.endswith(_TAGGING) else both)(call, target, listed)

    return read


def _but_green(reader: TypeReader) -> TypeReader:
    """Any of the type, where a blue-green deployment makes or removes them under names of its own."""

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        is_inside = "BlueGreen" in target.operation and target.action != f"rds:{target.operation}"
        return [target.form.fill(call)] if is_inside else reader(call, target, listed)

    return read


def _copied(placeholder: str, source: str, target: str, *others: str) -> TypeReader:
    """What a copy reads and what it makes; other calls name it by `others`."""
    return _sourced(named({placeholder: (source,)}), named({placeholder: (target, *others)}))


RDS_READERS: dict[str, TypeReader] = {
    "auto-backup": made_under("dbinstanceautomatedbackupsarn"),
    "cev": named({"Engine": ("engine",), "EngineVersion": ("engineversion",)}, needs=("engineversion",)),
    "cluster": _but_green(
        _sourced(
            joined(
                named({"DbClusterInstanceName": ("sourcedbclusteridentifier",)}),
                named({}, whole=("sourcearn", "source", "replicationsourceidentifier")),
            ),
            named(
                {
                    "DbClusterInstanceName": (
                        "dbclusteridentifier",
                        "dbclusteridentifiers",
                        "targetdbclusteridentifier",
                        "resourceidentifier",
                    )
                }
            ),
        )
    ),
    "cluster-pg": _copied(
        "ClusterParameterGroupName",
        "sourcedbclusterparametergroupidentifier",
        "targetdbclusterparametergroupidentifier",
        "dbclusterparametergroupname",
    ),
    "cluster-snapshot": by_operation(
        {
            "RestoreDBClusterFromSnapshot": named({"ClusterSnapshotName": ("snapshotidentifier",)}),
            "DeleteDBCluster": named({"ClusterSnapshotName": ("finaldbsnapshotidentifier",)}),
        },
        joined(
            _copied(
                "ClusterSnapshotName",
                "sourcedbclustersnapshotidentifier",
                "targetdbclustersnapshotidentifier",
                "dbclustersnapshotidentifier",
            ),
            named({}, whole=("sourcearn",)),
        ),
    ),
    "db": _but_green(
        _sourced(
            joined(
                named({"DbInstanceName": ("sourcedbinstanceidentifier",)}),
                named({}, whole=("source", "sourcearn", "sourcedbinstancearn")),
            ),
            named(
                {
                    "DbInstanceName": (
                        "dbinstanceidentifier",
                        "dbinstanceidentifiers",
                        "targetdbinstanceidentifier",
                        "resourceidentifier",
                    )
                }
            ),
        )
    ),
    "deployment": named({"BlueGreenDeploymentIdentifier": ("bluegreendeploymentidentifier",)}),
    "global-cluster": named({"GlobalCluster": ("globalclusteridentifier",)}),
    "integration": by_operation(
        {"CreateIntegration": lambda call, target, _listed: [target.form.fill(call)]},
        named({"IntegrationIdentifier": ("integrationidentifier",)}),
    ),
    "og": _copied("OptionGroupName", "sourceoptiongroupidentifier", "targetoptiongroupidentifier", "optiongroupname"),
    "pg": _copied(
        "ParameterGroupName",
        "sourcedbparametergroupidentifier",
        "targetdbparametergroupidentifier",
        "dbparametergroupname",
        "dbinstanceparametergroupname",
    ),
    "proxy": made_under("dbproxyname"),
    "proxy-endpoint": made_under("dbproxyendpointname"),
    "secgrp": named({"SecurityGroupName": ("dbsecuritygroupname", "dbsecuritygroups")}),
    "shardgrp": made_under("dbshardgroupidentifier"),
    "snapshot": by_operation(
        {
            # A cluster's snapshot goes by its name, an instance's by its ARN.
            "RestoreDBClusterFromSnapshot": named({}, whole=("snapshotidentifier",)),
            **dict.fromkeys(
                ("DeleteDBInstance", "DeleteTenantDatabase"), named({"SnapshotName": ("finaldbsnapshotidentifier",)})
            ),
        },
        joined(
            _copied("SnapshotName", "sourcedbsnapshotidentifier", "targetdbsnapshotidentifier", "dbsnapshotidentifier"),
            named({}, whole=("sourcearn",)),
        ),
    ),
    "target-group": made_under("targetgroupname"),
    "tenant-database": made_under("tenantdbname"),
}
"""Of proxies, shard groups and tenant databases the ARN has an id that the service gave them."""

RDS_DATA_READERS: dict[str, TypeReader] = {"cluster": named({}, whole=("dbclusterorinstancearn",))}

ELASTICACHE_READERS: dict[str, TypeReader] = {
    "globalreplicationgroup": named({"GlobalReplicationGroupId": ("globalreplicationgroupid",)}),
    "replicationgroup": named(
        {"ReplicationGroupId": ("replicationgroupid", "replicationgroupids", "primaryreplicationgroupid")}
    ),
    "serverlesscachesnapshot": by_operation(
        {"DeleteServerlessCache": named({"ServerlessCacheSnapshotName": ("finalsnapshotname",)})},
        joined(
            _copied(
                "ServerlessCacheSnapshotName",
                "sourceserverlesscachesnapshotname",
                "targetserverlesscachesnapshotname",
                "serverlesscachesnapshotname",
            ),
            named({}, whole=("snapshotarnstorestore",)),
        ),
    ),
    "snapshot": by_operation(
        dict.fromkeys(
            ("DeleteCacheCluster", "DeleteReplicationGroup"), named({"SnapshotName": ("finalsnapshotidentifier",)})
        ),
        joined(
            _copied("SnapshotName", "sourcesnapshotname", "targetsnapshotname", "snapshotname"),
            named({}, whole=("snapshotarnstorestore",)),
        ),
    ),
    "user": joined(named({"UserId": ("userid", "userids", "useridstoadd")}), named({"UserId": ("useridstoremove",)})),
    "usergroup": joined(
        named({"UserGroupId": ("usergroupid", "usergroupids", "usergroupidstoadd")}),
        named({"UserGroupId": ("usergroupidstoremove",)}),
    ),
}

_SNAPSHOT_OF_CLUSTER = named(
    {"ClusterName": ("snapshotclusteridentifier", "clusteridentifier"), "SnapshotName": ("snapshotidentifier",)},
    needs=("snapshotidentifier",),
    whole=("snapshotarn",),
)

REDSHIFT_READERS: dict[str, TypeReader] = {
    "datashare": named({}, whole=("datasharearn",)),
    "eventsubscription": named({"EventSubscriptionName": ("subscriptionname",)}),
    "hsmclientcertificate": named({"HSMClientCertificateId": ("hsmclientcertificateidentifier",)}),
    "hsmconfiguration": named({"HSMConfigurationId": ("hsmconfigurationidentifier",)}),
    "integration": made_under("integrationarn"),
    "namespace": named({}, whole=("namespacearn",)),
    "parametergroup": named({"ParameterGroupName": ("parametergroupname",)}),
    "securitygroup": named({"SecurityGroupName": ("clustersecuritygroupname",)}),
    "securitygroupingress-ec2securitygroup": named(
        {"SecurityGroupName": ("clustersecuritygroupname",), "Owner": ("ec2securitygroupownerid",)}
    ),
    "snapshot": by_operation(
        {
            "CopyClusterSnapshot": joined(
                named(
                    {
                        "ClusterName": ("sourcesnapshotclusteridentifier",),
                        "SnapshotName": ("sourcesnapshotidentifier",),
                    }
                ),
                named(
                    {
                        "ClusterName": ("sourcesnapshotclusteridentifier",),
                        "SnapshotName": ("targetsnapshotidentifier",),
                    }
                ),
            ),
            "BatchDeleteClusterSnapshots": named(
                {"ClusterName": ("snapshotclusteridentifier",), "SnapshotName": ("snapshotidentifier",)},
                within="identifiers[]",
            ),
            "BatchModifyClusterSnapshots": named({"SnapshotName": ("snapshotidentifierlist",)}),
            # The snapshot may be of a cluster of another name than the one that is made.
            "RestoreFromClusterSnapshot": named(
                {"ClusterName": ("snapshotclusteridentifier",), "SnapshotName": ("snapshotidentifier",)},
                needs=("snapshotidentifier",),
                whole=("snapshotarn",),
            ),
            "DeleteCluster": named(
                {"ClusterName": ("clusteridentifier",), "SnapshotName": ("finalclustersnapshotidentifier",)}
            ),
        },
        _SNAPSHOT_OF_CLUSTER,
    ),
    "subnetgroup": named({"SubnetGroupName": ("clustersubnetgroupname",)}),
}

SERVERLESS_READERS: dict[str, TypeReader] = {
    "endpointaccess": made_under("endpointname"),
    "namespace": made_under("namespacename", "namespacearn"),
    "recoverypoint": named({"RecoveryPointId": ("recoverypointid",)}),
    "snapshot": made_under("snapshotname", "snapshotarn"),
    "workgroup": made_under("workgroupname", "workgroupnames"),
}
"""Redshift Serverless: the ARNs have ids that the service gave, the calls names."""

REDSHIFT_DATA_READERS: dict[str, TypeReader] = {
    "cluster": named({"ClusterName": ("clusteridentifier",)}),
    "workgroup": made_under("workgroupname"),
}

EXCLUSIVE = frozenset(
    f"redshift-data:{name}" for name in ("DescribeTable", "ListDatabases", "ListSchemas", "ListTables")
)
"""Actions whose required types are alternatives: a cluster or a serverless workgroup."""

TAGS_AT_CREATION = {
    (f"{service}:{action}", operation): frozenset(kinds)
    for service, action, operation, kinds in (
        # The tags of what goes are kept on its last snapshot.
        ("rds", "AddTagsToResource", "DeleteDBCluster", ("cluster-snapshot",)),
        ("rds", "AddTagsToResource", "DeleteDBInstance", ("snapshot",)),
        ("rds", "AddTagsToResource", "DeleteTenantDatabase", ("snapshot",)),
        ("rds", "AddTagsToResource", "StopDBInstance", ("snapshot",)),
        ("rds", "AddTagsToResource", "CreateDBCluster", ("cluster",)),
        ("rds", "AddTagsToResource", "CreateDBInstance", ("db",)),
        ("rds", "AddTagsToResource", "CreateDBInstanceReadReplica", ("db",)),
        ("rds", "AddTagsToResource", "CreateDBClusterEndpoint", ("cluster-endpoint",)),
        ("rds", "AddTagsToResource", "CreateDBClusterSnapshot", ("cluster-snapshot",)),
        ("rds", "AddTagsToResource", "CreateDBProxy", ("proxy",)),
        ("rds", "AddTagsToResource", "CreateDBProxyEndpoint", ("proxy-endpoint",)),
        ("rds", "AddTagsToResource", "CreateDBShardGroup", ("shardgrp",)),
        ("rds", "AddTagsToResource", "CreateDBSnapshot", ("snapshot",)),
        ("rds", "AddTagsToResource", "CreateBlueGreenDeployment", ("deployment",)),
        ("rds", "AddTagsToResource", "CreateGlobalCluster", ("global-cluster",)),
        ("rds", "AddTagsToResource", "CreateIntegration", ("integration",)),
        ("rds", "AddTagsToResource", "CreateTenantDatabase", ("tenant-database",)),
        ("rds", "AddTagsToResource", "RestoreDBClusterFromS3", ("cluster",)),
        ("rds", "AddTagsToResource", "RestoreDBClusterFromSnapshot", ("cluster",)),
        ("rds", "AddTagsToResource", "RestoreDBClusterToPointInTime", ("cluster",)),
        ("rds", "AddTagsToResource", "RestoreDBInstanceFromDBSnapshot", ("db",)),
        ("rds", "AddTagsToResource", "RestoreDBInstanceFromS3", ("db",)),
        ("rds", "AddTagsToResource", "RestoreDBInstanceToPointInTime", ("db",)),
        ("rds", "AddTagsToResource", "StartDBInstanceAutomatedBackupsReplication", ("auto-backup",)),
        ("elasticache", "AddTagsToResource", "CreateCacheCluster", ("cluster",)),
        ("elasticache", "AddTagsToResource", "CreateGlobalReplicationGroup", ("globalreplicationgroup",)),
        ("elasticache", "AddTagsToResource", "CreateReplicationGroup", ("replicationgroup",)),
        ("elasticache", "AddTagsToResource", "CreateServerlessCache", ("serverlesscache",)),
        ("elasticache", "AddTagsToResource", "CreateServerlessCacheSnapshot", ("serverlesscachesnapshot",)),
        ("elasticache", "AddTagsToResource", "CreateSnapshot", ("snapshot",)),
        ("elasticache", "AddTagsToResource", "CreateUserGroup", ("usergroup",)),
        ("redshift", "CreateTags", "CreateClusterSnapshot", ("snapshot",)),
        ("redshift", "CreateTags", "CreateUsageLimit", ("usagelimit",)),
        ("redshift-serverless", "TagResource", "ConvertRecoveryPointToSnapshot", ("snapshot",)),
        ("redshift-serverless", "TagResource", "CreateSnapshot", ("snapshot",)),
    )
}
"""What gets the tags, where the operation's name does not tell or it is about more than what it makes."""
