"""RDS, ElastiCache and Redshift: names and ids of databases, snapshots and groups; copies name a source and a target.

Source: the request syntax in the services' API references:
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/ https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/
https://docs.aws.amazon.com/redshift/latest/APIReference/ https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/
https://docs.aws.amazon.com/redshift-data/latest/APIReference/
"""

from trailmin.usage.resources.by_path import by_operation, joined, made_under, named
from trailmin.usage.resources.interface import TypeReader


def _copied(placeholder: str, source: str, target: str, *others: str) -> TypeReader:
    """What a copy reads and what it makes; other calls name it by `others`."""
    return joined(named({placeholder: (source,)}), named({placeholder: (target,)}), named({placeholder: others}))


RDS_READERS: dict[str, TypeReader] = {
    "auto-backup": made_under("dbinstanceautomatedbackupsarn"),
    "cev": named({"Engine": ("engine",), "EngineVersion": ("engineversion",)}, needs=("engineversion",)),
    "cluster": joined(
        named({"DbClusterInstanceName": ("dbclusteridentifier", "dbclusteridentifiers", "resourceidentifier")}),
        named({"DbClusterInstanceName": ("sourcedbclusteridentifier",)}),
        named({"DbClusterInstanceName": ("targetdbclusteridentifier",)}),
        named({}, whole=("sourcearn", "source", "replicationsourceidentifier", "dbclusterorinstancearn")),
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
    "db": joined(
        named({"DbInstanceName": ("dbinstanceidentifier", "dbinstanceidentifiers", "targetdbinstanceidentifier")}),
        named({"DbInstanceName": ("sourcedbinstanceidentifier",)}),
        named({}, whole=("source", "sourcearn", "sourcedbinstancearn", "resourceidentifier")),
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
