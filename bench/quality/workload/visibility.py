"""What a trail shows: of a call, and of any use of an action on a resource that there could have been.

Written from the CloudTrail pages of each service's guide. Where a page does not say whether an action is logged it is
`unclear` here and counts as not observable.
"""

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

Json = dict[str, Any]
Shown = Literal["management", "data", "unclear"]

_READS = re.compile(r"(Get|List|Head|Query|Scan|Batch(Get|Check)|ConditionCheck|PartiQLSelect|Receive|Search)")

_DATA: dict[str, tuple[str, ...]] = {
    "AWS::S3::Object": tuple(
        f"s3:{name}"
        for name in [
            "AbortMultipartUpload",
            "BypassGovernanceRetention",
            "Delete*Object*",
            "Get*Object*",
            "ListBucket",
            "ListBucketVersions",
            "ListMultipartUploadParts",
            "ListBucketMultipartUploads",
            "ListObject*",
            "Put*Object*",
            "RestoreObject",
            "UpdateObject*",
            "DeleteObject*",
        ]
    ),
    "AWS::DynamoDB::Table": tuple(
        f"dynamodb:{name}"
        for name in ["*Item", "BatchGetItem", "BatchWriteItem", "PartiQL*", "Query", "Scan", "SearchVectors"]
    ),
    "AWS::DynamoDB::Stream": ("dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "AWS::SQS::Queue": tuple(
        f"sqs:{name}"
        for name in [
            "ChangeMessageVisibility",
            "DeleteMessage",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListDeadLetterSourceQueues",
            "ListQueueTags",
            "ListQueues",
            "ReceiveMessage",
            "SendMessage",
        ]
    ),
    "AWS::SNS::Topic": ("sns:Publish",),
    "AWS::Lambda::Function": ("lambda:InvokeFunction",),
    "AWS::CloudWatch::Metric": tuple(
        f"cloudwatch:{name}"
        for name in ["GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics", "PutMetricData"]
    ),
}

_NOT_DATA = [
    "s3:GetBucketObjectLockConfiguration",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutAccessPointConfigurationForObjectLambda",
    "s3:GetAccessPointConfigurationForObjectLambda",
    "s3:GetAccessPointForObjectLambda",
    "s3:DeleteAccessPointForObjectLambda",
    "s3:DeleteAccessPointPolicyForObjectLambda",
    "s3:GetAccessPointPolicyForObjectLambda",
    "s3:PutAccessPointPolicyForObjectLambda",
    "s3:GetAccessPointPolicyStatusForObjectLambda",
]

_LOGGED = {
    # Lambda developer guide, "Logging AWS Lambda API calls using AWS CloudTrail"; the last two: published records.
    "lambda": [
        "AddLayerVersionPermission",
        "AddPermission",
        "CreateAlias",
        "CreateEventSourceMapping",
        "CreateFunction",
        "CreateFunctionUrlConfig",
        "DeleteAlias",
        "DeleteCodeSigningConfig",
        "DeleteEventSourceMapping",
        "DeleteFunction",
        "DeleteFunctionConcurrency",
        "DeleteFunctionUrlConfig",
        "DeleteProvisionedConcurrencyConfig",
        "GetAlias",
        "GetEventSourceMapping",
        "GetFunction",
        "GetFunctionUrlConfig",
        "GetFunctionConfiguration",
        "GetLayerVersionPolicy",
        "GetPolicy",
        "ListEventSourceMappings",
        "ListFunctions",
        "ListFunctionUrlConfigs",
        "PublishLayerVersion",
        "PublishVersion",
        "PutFunctionConcurrency",
        "PutFunctionCodeSigningConfig",
        "PutFunctionEventInvokeConfig",
        "PutProvisionedConcurrencyConfig",
        "PutRuntimeManagementConfig",
        "RemovePermission",
        "TagResource",
        "UntagResource",
        "UpdateAlias",
        "UpdateCodeSigningConfig",
        "UpdateEventSourceMapping",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "UpdateFunctionEventInvokeConfig",
        "UpdateFunctionUrlConfig",
        "PassCapacityProvider",
        "ListVersionsByFunction",
        "GetFunctionCodeSigningConfig",
    ],
    # CloudWatch Logs user guide, "Logging CloudWatch Logs API and console operations in AWS CloudTrail"; `Unmask` is
    # checked inside listed ones.
    "logs": [
        "AssociateKmsKey",
        "CancelExportTask",
        "CreateDelivery",
        "CreateExportTask",
        "CreateLogAnomalyDetector",
        "CreateLogGroup",
        "CreateLogStream",
        "DeleteAccountPolicy",
        "DeleteDataProtectionPolicy",
        "DeleteDelivery*",
        "DeleteDestination",
        "DeleteIn*",
        "DeleteLogAnomalyDetector",
        "DeleteLogGroup",
        "DeleteLogStream",
        "DeleteMetricFilter",
        "DeleteQueryDefinition",
        "DeleteResourcePolicy",
        "DeleteRetentionPolicy",
        "DeleteSubscriptionFilter",
        "DeleteTransformer",
        "DescribeAccountPolicies",
        "DescribeConfig*",
        "DescribeDeliver*",
        "DescribeDestinations",
        "DescribeExportTasks",
        "DescribeFieldIndexes",
        "DescribeIndexPolicies",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "DescribeMetricFilters",
        "DescribeQ*",
        "DescribeResourcePolicies",
        "DescribeSubscriptionFilters",
        "DisassociateKmsKey",
        "FilterLogEvents",
        "GetDataProtectionPolicy",
        "GetDelivery*",
        "GetIntegration",
        "GetLogAnomalyDetector",
        "GetLogEvents",
        "GetLogGroupFields",
        "GetLogRecord",
        "GetQueryResults",
        "GetTransformer",
        "ListAnomalies",
        "ListIntegrations",
        "ListLogAnomalyDetectors",
        "ListLogGroups",
        "ListLogGroupsForQuery",
        "ListTagsForResource",
        "ListTagsLogGroup",
        "PutAccountPolicy",
        "PutDataProtectionPolicy",
        "PutDelivery*",
        "PutDestination*",
        "PutIndexPolicy",
        "PutIntegration",
        "PutMetricFilter",
        "PutQueryDefinition",
        "PutResourcePolicy",
        "PutRetentionPolicy",
        "PutSubscriptionFilter",
        "PutTransformer",
        "StartLiveTail",
        "StartQuery",
        "StopQuery",
        "TagResource",
        "TestMetricFilter",
        "TestTransformer",
        "UntagResource",
        "UpdateAnomaly",
        "UpdateDelivery*",
        "UpdateLogAnomalyDetector",
        "Unmask",
    ],
    # CloudWatch user guide, "Logging CloudWatch API and console operations with AWS CloudTrail".
    "cloudwatch": [
        "DeleteAlarms",
        "DeleteAnomalyDetector",
        "DeleteDashboards",
        "DeleteInsightRules",
        "DeleteMetricStream",
        "DescribeAlarm*",
        "DescribeAnomalyDetectors",
        "DescribeInsightRules",
        "DisableAlarmActions",
        "DisableInsightRules",
        "EnableAlarmActions",
        "EnableInsightRules",
        "GetDashboard",
        "GetInsightRuleReport",
        "GetMetricStream",
        "ListDashboards",
        "ListManagedInsightRules",
        "ListMetricStreams",
        "ListTagsForResource",
        "PutAnomalyDetector",
        "PutCompositeAlarm",
        "PutDashboard",
        "PutInsightRule",
        "PutManagedInsightRules",
        "PutLogAlarm",
        "PutMetricAlarm",
        "PutMetricStream",
        "SetAlarmState",
        "StartMetricStreams",
        "StopMetricStreams",
        "TagResource",
        "UntagResource",
    ],
}
"""Of services whose guides list the management events: all that are listed."""

_UNCLEAR = [
    "s3:Replicate*",
    "s3:InitiateReplication",
    "s3:PauseReplication",
    "s3:*ForReplication",
    "s3:*OwnerOverride*",
    "dynamodb:*ForReplication",
    "dynamodb:ReplicateSettings",
    "dynamodb:*AwsBackup*",
    "dynamodb:InjectError",
    "secretsmanager:BatchGetSecretValue",
    "kms:SynchronizeMultiRegionKey",
    "ssm:ExecuteAPI",
    "ssm:*Calendar",
    "ssm:GetManifest",
    "ssm:PutConfigurePackageResult",
    "ssm:RegisterManagedInstance",
    "ssm:*ExecutionPreview",
    "ssm:RequestManagedInstanceRoleToken",
    "ssm:UpdateManagedInstancePublicKey",
    "ssm:DescribeDocumentParameters",
    "ecr:ReplicateImage",
    "ecr:GetImageCopyStatus",
    "ecs:Poll",
    "ecs:StartTelemetrySession",
    "ecs:PutSystemLogEvents",
    "ecs:AllowVended*",
    "ecs:Submit*",
    "rds:CrossRegionCommunication",
    "rds:DescribeRecommendation*",
    "rds:ModifyRecommendation",
    "rds:DownloadComplete*",
    "cloudformation:CreateUploadBucket",
]
"""No operation of the same name, or not said to be logged.

Without an operation of their name, and yet not here: `ecr:BatchImportUpstreamImage`, `rds:CopyCustomDBEngineVersion`
and `cloudformation:ListAllHookResults`. By the Service Authorization Reference (the tables of API operations of
Amazon ECR, Amazon RDS and AWS CloudFormation) they are checked in BatchGetImage and GetDownloadUrlForLayer, in
CopyDBSnapshot and in ListHookResults, which are management events. Nor is `s3:ListBucketMultipartUploads`: it has no
event, and serves uploads, which are data events; it counts as shown by those.
"""


@cache
def shown_as(action: str) -> tuple[Shown, str | None]:
    """Return how a use of an action shows, with the type of a data event."""
    prefix, _, name = action.partition(":")
    if any(fnmatchcase(action, glob) for glob in _UNCLEAR):
        return "unclear", None
    for kind, actions in _DATA.items():
        if any(fnmatchcase(action, glob) for glob in actions) and action not in _NOT_DATA:
            return "data", kind
    if prefix in _LOGGED and not any(fnmatchcase(name, glob) for glob in _LOGGED[prefix]):
        return "unclear", None
    return "management", None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSelection:
    """Which data events of one type a trail has."""

    resource_type: str
    starts_with: tuple[str, ...] = ()
    """Of the resource's ARN; none: all."""
    only_writes: bool = False

    def takes(self, arn: str, *, read_only: bool) -> bool:
        """Whether an event on a resource is logged."""
        if self.only_writes and read_only:
            return False
        return not self.starts_with or arn.startswith(self.starts_with)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """How an account logs."""

    name: str
    data: tuple[DataSelection, ...]
    holes: frozenset[date] = frozenset()
    """Days of which no log object came."""
    are_selectors_known: bool = True
    """Whether the snapshot tells what the trail selects."""

    def shows(self, day: date, data_type: str | None, arn: str, *, read_only: bool) -> bool:
        """Whether a call is in the log."""
        if day in self.holes:
            return False
        return data_type is None or self._takes(data_type, arn, read_only=read_only)

    def would_show(self, action: str, resource: str) -> bool:
        """Whether it is known that any use of an action on a resource shows."""
        shown, data_type = shown_as(action)
        if shown == "management":
            return True
        if shown == "unclear" or not self.are_selectors_known:
            return False
        arn = resource if data_type != "AWS::S3::Object" or "/" in resource else f"{resource}/"
        read_only = _READS.match(action.partition(":")[2]) is not None
        return self._takes(data_type or "", arn, read_only=read_only)

    def selectors(self) -> Json:
        """Return the trail's event selectors as `aws cloudtrail get-event-selectors` prints them."""
        selectors = [{"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
        for one in self.data:
            fields: list[Json] = [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": [one.resource_type]},
            ]
            if one.starts_with:
                fields.append({"Field": "resources.ARN", "StartsWith": list(one.starts_with)})
            if one.only_writes:
                fields.append({"Field": "readOnly", "Equals": ["false"]})
            selectors.append({"Name": one.resource_type, "FieldSelectors": fields})
        return {"AdvancedEventSelectors": selectors}

    def _takes(self, data_type: str, arn: str, *, read_only: bool) -> bool:
        return any(one.resource_type == data_type and one.takes(arn, read_only=read_only) for one in self.data)
