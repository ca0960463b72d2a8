"""What a trail shows: of a call, and of any use of an action on a resource that there could have been.

Written from the CloudTrail pages of each service's guide. Where a page does not say whether an action is logged it is
`unclear` here and counts as not observable.
"""

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Literal

Json = dict[str, Any]
Shown = Literal["management", "data", "unclear"]

_READS = re.compile(r"(Get|List|Head|Query|Scan|Batch(Get|Check)|ConditionCheck|PartiQLSelect|Receive|Search)")

_DATA: dict[str, tuple[str, ...]] = {
    "AWS::S3::Object": tuple(
        f"s3:{name}"
        for name in (
            "AbortMultipartUpload", "BypassGovernanceRetention", "Delete*Object*", "Get*Object*", "ListBucket", "ListBucketVersions",
            "ListMultipartUploadParts", "ListObject*", "Put*Object*", "RestoreObject", "UpdateObject*", "DeleteObject*",
        )
    ),
    "AWS::DynamoDB::Table": tuple(
        f"dynamodb:{name}"
        for name in (
            "*Item", "BatchGetItem", "BatchWriteItem", "PartiQL*", "Query", "Scan", "SearchVectors",
        )
    ),
    "AWS::DynamoDB::Stream": ("dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "AWS::SQS::Queue": tuple(
        f"sqs:{name}"
        for name in (
            "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues",
            "ListQueueTags", "ListQueues", "ReceiveMessage", "SendMessage",
        )
    ),
    "AWS::SNS::Topic": ("sns:Publish",),
    "AWS::Lambda::Function": ("lambda:InvokeFunction", "lambda:InvokeAsync"),
    "AWS::CloudWatch::Metric": tuple(
        f"cloudwatch:{name}" for name in ("GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics", "PutMetricData")
    ),
}  # fmt: skip

_NOT_S3_DATA = ("s3:*ObjectLockConfiguration", "s3:*ObjectLambda*", "s3:*ForReplication", "s3:*OwnerOverride*")

_LOGGED_LAMBDA = (
    "AddPermission", "CreateEventSourceMapping", "CreateFunction", "DeleteEventSourceMapping", "DeleteFunction",
    "GetEventSourceMapping", "GetFunction", "GetFunctionConfiguration", "GetPolicy", "ListEventSourceMappings", "ListFunctions",
    "RemovePermission", "UpdateEventSourceMapping", "UpdateFunctionCode", "UpdateFunctionConfiguration",
)  # fmt: skip
"""Source: Lambda developer guide, "Logging AWS Lambda API calls using AWS CloudTrail"."""

_UNCLEAR = (
    "logs:*Import*", "logs:*Integration*", "logs:*LogDelivery", "logs:*LogDeliveries", "logs:*LookupTable*", "logs:*Scheduled*",
    "logs:*Syslog*", "logs:*Pipeline*", "logs:*StorageTier*", "logs:*Entit*", "logs:*Bearer*", "logs:*Integrate*", "logs:Link",
    "logs:Get*Log*", "logs:FilterLogEvents", "logs:*LiveTail", "logs:PutLogEvents", "logs:Unmask", "logs:*TagLogGroup",
    "logs:ListAggregate*", "logs:*DeletionProtection",
    "s3:*Replicat*", "s3:*OwnerOverride*", "s3:AllowVended*", "s3:ListBucketMultipartUploads", "s3:PutAccessPointPublicAccessBlock",
    "dynamodb:*Replica*", "dynamodb:*Witness*", "dynamodb:*AwsBackup*", "dynamodb:InjectError", "dynamodb:*Replication",
    "secretsmanager:BatchGetSecretValue", "kms:SynchronizeMultiRegionKey",
    "ssm:ExecuteAPI", "ssm:*Calendar", "ssm:*Manifest", "ssm:PutConfigurePackageResult", "ssm:RegisterManagedInstance",
    "ssm:*ExecutionPreview", "ssm:*ManagedInstance*", "ssm:DescribeDocumentParameters",
    "ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:GetImageCopyStatus", "ecs:Poll", "ecs:Start*Session",
    "ecs:PutSystemLogEvents", "ecs:AllowVended*", "rds:CrossRegionCommunication", "rds:*Recommendation*", "rds:DownloadComplete*",
    "rds:CopyCustom*", "cloudformation:CreateUploadBucket", "cloudformation:ListAllHookResults", "cloudformation:*agResource",
)  # fmt: skip


def shown_as(action: str) -> tuple[Shown, str | None]:
    """Return how a use of an action shows, with the type of a data event."""
    prefix, _, name = action.partition(":")
    if prefix == "lambda" and name not in _LOGGED_LAMBDA and action not in _DATA["AWS::Lambda::Function"]:
        return "unclear", None
    if prefix == "cloudwatch" and not name.startswith(("Put", "Get", "List", "Describe", "Delete", "Set", "Enable", "Disable")):
        return "unclear", None
    if any(fnmatchcase(action, glob) for glob in _UNCLEAR):
        return "unclear", None
    if any(fnmatchcase(action, glob) for glob in _NOT_S3_DATA):
        return "management", None
    for kind, actions in _DATA.items():
        if any(fnmatchcase(action, glob) for glob in actions):
            return "data", kind
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
