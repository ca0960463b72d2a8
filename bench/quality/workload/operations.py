"""The generator's own table of API operations: parameters, what CloudTrail writes, and what IAM checks.

Texts are templates over a call's arguments, `{account}` and `{region}` always among them. Written from AWS's
documentation (Service Authorization Reference; the CloudTrail pages of each service's guide), not from any program.
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

S3_OBJECT = "AWS::S3::Object"
TABLE = "AWS::DynamoDB::Table"
QUEUE = "AWS::SQS::Queue"
TOPIC = "AWS::SNS::Topic"
FUNCTION = "AWS::Lambda::Function"
METRIC = "AWS::CloudWatch::Metric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the table."""

    source: str
    """The label of the event source, such as `s3`."""
    name: str
    """`eventName`."""
    read_only: bool
    needs: tuple[tuple[str, str], ...]
    """Actions and the resources that they are checked on."""
    parameters: Json | None = None
    listed: tuple[tuple[str | None, str], ...] = ()
    """Type and ARN of what the record lists in `resources`."""
    data_type: str | None = None
    """Of a data event."""
    data_arn: str = ""
    """What a data event's selector looks at."""
    is_logged: bool = True
    passes: tuple[str, str] | None = None
    """The role that is passed, and the service it is passed to."""
    invoked_by: str | None = None
    """The service that calls with the role's credentials."""
    region: str = "{region}"


_BUCKET = "arn:aws:s3:::{bucket}"
_OBJECT = "arn:aws:s3:::{bucket}/{key}"
_TABLE = "arn:aws:dynamodb:{region}:{account}:table/{table}"
_QUEUE = "arn:aws:sqs:{region}:{account}:{queue}"
_TOPIC = "arn:aws:sns:{region}:{account}:{topic}"
_SECRET = "arn:aws:secretsmanager:{region}:{account}:secret:{secret}-{suffix}"
_FUNCTION = "arn:aws:lambda:{region}:{account}:function:{function}"
_GROUP = "arn:aws:logs:{region}:{account}:log-group:{group}:*"
_STREAM = "arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"
_KEY = "arn:aws:kms:{region}:{account}:key/{kms}"
_PARAMETER = "arn:aws:ssm:{region}:{account}:parameter/{parameter}"
_STACK = "arn:aws:cloudformation:{region}:{account}:stack/{stack}/{stack_id}"
_REPOSITORY = "arn:aws:ecr:{region}:{account}:repository/{repository}"
_SERVICE = "arn:aws:ecs:{region}:{account}:service/{cluster}/{service}"
_ROLE = "arn:aws:iam::{account}:role/{passed}"


def _object(name: str, action: str, *, read: bool, more: Json | None = None, **other: Any) -> Operation:
    parameters = {
        "bucketName": "{bucket}",
        "Host": "{bucket}.s3.{region}.amazonaws.com",
        "key": "{key}",
        **(more or {}),
    }
    listed = ((S3_OBJECT, _OBJECT), ("AWS::S3::Bucket", _BUCKET))
    return Operation(
        source="s3",
        name=name,
        read_only=read,
        needs=((action, _OBJECT),),
        parameters=parameters,
        listed=listed,
        data_type=S3_OBJECT,
        data_arn=_OBJECT,
        **other,
    )


def _item(name: str, *, read: bool, index: bool = False, **more: Any) -> Operation:
    parameters = {"tableName": "{table}", "key": {"pk": "{item}"}, **more} | ({"indexName": "{index}"} if index else {})
    resource = _TABLE + "/index/{index}" if index else _TABLE
    return Operation(
        source="dynamodb",
        name=name,
        read_only=read,
        needs=((f"dynamodb:{name}", resource),),
        parameters=parameters,
        listed=((TABLE, _TABLE),),
        data_type=TABLE,
        data_arn=_TABLE,
    )


def _queue(name: str, action: str, *, read: bool, data: bool = True, **more: Any) -> Operation:
    parameters = {"queueUrl": "https://sqs.{region}.amazonaws.com/{account}/{queue}"}
    return Operation(
        source="sqs",
        name=name,
        read_only=read,
        needs=((action, _QUEUE),),
        parameters=parameters,
        listed=((QUEUE, _QUEUE),),
        data_type=QUEUE if data else None,
        data_arn=_QUEUE,
        **more,
    )


def _management(source: str, name: str, resource: str, parameters: Json | None = None, **more: Any) -> Operation:
    """A management event whose name is the action's."""
    prefix = {"monitoring": "cloudwatch"}.get(source, source)
    needs = more.pop("needs", ((f"{prefix}:{name}", resource),))
    read_only = more.pop("read_only", name.startswith(("Get", "List", "Describe", "Batch", "Filter")))
    return Operation(source=source, name=name, read_only=read_only, needs=needs, parameters=parameters, **more)


def _lambda(name: str, event_name: str, *, read: bool, **more: Any) -> Operation:
    return Operation(
        source="lambda",
        name=event_name,
        read_only=read,
        needs=((f"lambda:{name}", _FUNCTION),),
        parameters={"functionName": "{function}"},
        **more,
    )


_DDB_QUERY: dict[str, Any] = {"keyConditionExpression": "pk = :pk"}

OPERATIONS: dict[str, Operation] = {
    # Amazon S3: object calls and listings are data events.
    "s3.GetObject": _object("GetObject", "s3:GetObject", read=True),
    "s3.HeadObject": _object("HeadObject", "s3:GetObject", read=True),
    "s3.PutObject": _object("PutObject", "s3:PutObject", read=False),
    "s3.DeleteObject": _object("DeleteObject", "s3:DeleteObject", read=False),
    "s3.GetObjectTagging": _object("GetObjectTagging", "s3:GetObjectTagging", read=True, more={"tagging": ""}),
    "s3.AbortMultipartUpload": _object("AbortMultipartUpload", "s3:AbortMultipartUpload", read=False),
    "s3.GetMissing": Operation(
        source="s3",
        name="HeadObject",
        read_only=True,
        needs=(("s3:GetObject", _OBJECT), ("s3:ListBucket", _BUCKET)),
        parameters={"bucketName": "{bucket}", "Host": "{bucket}.s3.{region}.amazonaws.com", "key": "{key}"},
        listed=((S3_OBJECT, _OBJECT), ("AWS::S3::Bucket", _BUCKET)),
        data_type=S3_OBJECT,
        data_arn=_OBJECT,
    ),
    "s3.ListObjectsV2": Operation(
        source="s3",
        name="ListObjects",
        read_only=True,
        needs=(("s3:ListBucket", _BUCKET),),
        parameters={"list-type": "2", "bucketName": "{bucket}", "Host": "{bucket}.s3.{region}.amazonaws.com"},
        listed=(("AWS::S3::Bucket", _BUCKET),),
        data_type=S3_OBJECT,
        data_arn=_BUCKET + "/",
    ),
    "s3.ListMultipartUploads": _management(
        "s3", "ListMultipartUploads", _BUCKET, needs=(("s3:ListBucketMultipartUploads", _BUCKET),), is_logged=False
    ),
    "s3.ListBuckets": _management("s3", "ListBuckets", "*", needs=(("s3:ListAllMyBuckets", "*"),)),
    "s3.GetBucketLocation": _management(
        "s3",
        "GetBucketLocation",
        _BUCKET,
        {"bucketName": "{bucket}", "location": ""},
        listed=(("AWS::S3::Bucket", _BUCKET),),
    ),
    # Amazon DynamoDB: item calls are data events.
    "dynamodb.GetItem": _item("GetItem", read=True),
    "dynamodb.PutItem": _item("PutItem", read=False, item=["pk", "body"]),
    "dynamodb.UpdateItem": _item("UpdateItem", read=False, updateExpression="SET #a = :a"),
    "dynamodb.DeleteItem": _item("DeleteItem", read=False),
    "dynamodb.Query": _item("Query", read=True, **_DDB_QUERY),
    "dynamodb.QueryIndex": _item("Query", read=True, index=True, **_DDB_QUERY),
    "dynamodb.Scan": _item("Scan", read=True),
    "dynamodb.DescribeTable": _management(
        "dynamodb", "DescribeTable", _TABLE, {"tableName": "{table}"}, listed=((TABLE, _TABLE),)
    ),
    "dynamodb.ListTables": _management("dynamodb", "ListTables", "*", {"limit": 100}),
    # Amazon SQS and SNS: messages are data events.
    "sqs.SendMessage": _queue("SendMessage", "sqs:SendMessage", read=False),
    "sqs.ReceiveMessage": _queue("ReceiveMessage", "sqs:ReceiveMessage", read=True, invoked_by="lambda.amazonaws.com"),
    "sqs.DeleteMessage": _queue("DeleteMessage", "sqs:DeleteMessage", read=False, invoked_by="lambda.amazonaws.com"),
    "sqs.GetQueueAttributes": _queue("GetQueueAttributes", "sqs:GetQueueAttributes", read=True),
    "sns.Publish": Operation(
        source="sns",
        name="Publish",
        read_only=False,
        needs=(("sns:Publish", _TOPIC),),
        parameters={"topicArn": _TOPIC, "message": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        listed=((TOPIC, _TOPIC),),
        data_type=TOPIC,
        data_arn=_TOPIC,
    ),
    # Amazon CloudWatch: writing log events and metrics.
    "logs.CreateLogStream": _management(
        "logs", "CreateLogStream", _STREAM, {"logGroupName": "{group}", "logStreamName": "{stream}"}
    ),
    "logs.PutLogEvents": _management("logs", "PutLogEvents", _STREAM, is_logged=False, read_only=False),
    "logs.DescribeLogGroups": _management(
        "logs", "DescribeLogGroups", "arn:aws:logs:{region}:{account}:log-group::log-stream:", {}
    ),
    "logs.DescribeLogStreams": _management("logs", "DescribeLogStreams", _GROUP, {"logGroupName": "{group}"}),
    "logs.StartQuery": _management(
        "logs", "StartQuery", _GROUP, {"logGroupNames": ["{group}"], "queryString": "fields @message"}, read_only=True
    ),
    "cloudwatch.PutMetricData": Operation(
        source="monitoring",
        name="PutMetricData",
        read_only=False,
        needs=(("cloudwatch:PutMetricData", "*"),),
        parameters={"namespace": "app"},
        data_type=METRIC,
        data_arn="arn:aws:cloudwatch:{region}:{account}:metric/app",
    ),
    "cloudwatch.DescribeAlarms": _management(
        "monitoring", "DescribeAlarms", "arn:aws:cloudwatch:{region}:{account}:alarm:*", {"maxRecords": 100}
    ),
    "cloudwatch.GetMetricData": Operation(
        source="monitoring",
        name="GetMetricData",
        read_only=True,
        needs=(("cloudwatch:GetMetricData", "*"),),
        parameters={"scanBy": "TimestampDescending"},
        data_type=METRIC,
        data_arn="arn:aws:cloudwatch:{region}:{account}:metric/app",
    ),
    # Keys, secrets, parameters: management events.
    "kms.Decrypt": _management(
        "kms",
        "Decrypt",
        _KEY,
        {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
        read_only=True,
        listed=(("AWS::KMS::Key", _KEY),),
    ),
    "kms.DecryptForS3": _management(
        "kms",
        "Decrypt",
        _KEY,
        {"encryptionContext": {"aws:s3:arn": _BUCKET}},
        read_only=True,
        listed=(("AWS::KMS::Key", _KEY),),
        invoked_by="s3.amazonaws.com",
    ),
    "kms.GenerateDataKeyForS3": _management(
        "kms",
        "GenerateDataKey",
        _KEY,
        {"encryptionContext": {"aws:s3:arn": _BUCKET}, "keySpec": "AES_256"},
        read_only=True,
        listed=(("AWS::KMS::Key", _KEY),),
        invoked_by="s3.amazonaws.com",
    ),
    "secretsmanager.GetSecretValue": _management("secretsmanager", "GetSecretValue", _SECRET, {"secretId": "{secret}"}),
    "secretsmanager.DescribeSecret": _management("secretsmanager", "DescribeSecret", _SECRET, {"secretId": "{secret}"}),
    "ssm.GetParameter": _management(
        "ssm", "GetParameter", _PARAMETER, {"name": "/{parameter}", "withDecryption": True}
    ),
    "ssm.GetParametersByPath": _management(
        "ssm", "GetParametersByPath", _PARAMETER, {"path": "/{parameter}", "recursive": True}
    ),
    "ssm.PutParameter": _management(
        "ssm",
        "PutParameter",
        _PARAMETER,
        {"name": "/{parameter}", "type": "String", "overwrite": True},
        read_only=False,
    ),
    # Deployments.
    "cloudformation.DescribeStacks": _management("cloudformation", "DescribeStacks", _STACK, {"stackName": "{stack}"}),
    "cloudformation.CreateChangeSet": _management(
        "cloudformation",
        "CreateChangeSet",
        _STACK,
        {"stackName": "{stack}", "changeSetName": "release", "capabilities": ["CAPABILITY_IAM"]},
    ),
    "cloudformation.DescribeChangeSet": _management(
        "cloudformation", "DescribeChangeSet", _STACK, {"stackName": "{stack}", "changeSetName": "release"}
    ),
    "cloudformation.ExecuteChangeSet": _management(
        "cloudformation", "ExecuteChangeSet", _STACK, {"stackName": "{stack}", "changeSetName": "release"}
    ),
    "cloudformation.DescribeStackEvents": _management(
        "cloudformation", "DescribeStackEvents", _STACK, {"stackName": "{stack}"}
    ),
    "cloudformation.ContinueUpdateRollback": _management(
        "cloudformation", "ContinueUpdateRollback", _STACK, {"stackName": "{stack}"}
    ),
    "lambda.UpdateFunctionCode": _lambda("UpdateFunctionCode", "UpdateFunctionCode20150331v2", read=False),
    "lambda.UpdateFunctionConfiguration": Operation(
        source="lambda",
        name="UpdateFunctionConfiguration20150331v2",
        read_only=False,
        needs=(("lambda:UpdateFunctionConfiguration", _FUNCTION),),
        parameters={"functionName": "{function}", "role": _ROLE},
        passes=(_ROLE, "lambda.amazonaws.com"),
    ),
    "lambda.GetFunction": _lambda("GetFunction", "GetFunction20150331v2", read=True),
    "lambda.GetFunctionConfiguration": _lambda(
        "GetFunctionConfiguration", "GetFunctionConfiguration20150331v2", read=True
    ),
    "lambda.ListFunctions": _management(
        "lambda", "ListFunctions20150331", "*", {"maxItems": 50}, needs=(("lambda:ListFunctions", "*"),)
    ),
    "lambda.Invoke": _lambda(
        "InvokeFunction", "Invoke", read=False, listed=((FUNCTION, _FUNCTION),), data_type=FUNCTION, data_arn=_FUNCTION
    ),
    "ecr.GetAuthorizationToken": _management("ecr", "GetAuthorizationToken", "*", {}),
    "ecr.InitiateLayerUpload": _management(
        "ecr", "InitiateLayerUpload", _REPOSITORY, {"repositoryName": "{repository}"}, listed=((None, _REPOSITORY),)
    ),
    "ecr.BatchCheckLayerAvailability": _management(
        "ecr",
        "BatchCheckLayerAvailability",
        _REPOSITORY,
        {"repositoryName": "{repository}"},
        listed=((None, _REPOSITORY),),
    ),
    "ecr.UploadLayerPart": _management(
        "ecr", "UploadLayerPart", _REPOSITORY, {"repositoryName": "{repository}"}, listed=((None, _REPOSITORY),)
    ),
    "ecr.CompleteLayerUpload": _management(
        "ecr", "CompleteLayerUpload", _REPOSITORY, {"repositoryName": "{repository}"}, listed=((None, _REPOSITORY),)
    ),
    "ecr.PutImage": _management(
        "ecr",
        "PutImage",
        _REPOSITORY,
        {"repositoryName": "{repository}", "imageTag": "{tag}"},
        listed=((None, _REPOSITORY),),
    ),
    "ecr.BatchGetImage": _management(
        "ecr", "BatchGetImage", _REPOSITORY, {"repositoryName": "{repository}"}, listed=((None, _REPOSITORY),)
    ),
    "ecs.RegisterTaskDefinition": Operation(
        source="ecs",
        name="RegisterTaskDefinition",
        read_only=False,
        needs=(("ecs:RegisterTaskDefinition", "arn:aws:ecs:{region}:{account}:task-definition/{service}:*"),),
        parameters={"family": "{service}", "taskRoleArn": _ROLE, "executionRoleArn": _ROLE, "networkMode": "awsvpc"},
        passes=(_ROLE, "ecs-tasks.amazonaws.com"),
    ),
    "ecs.UpdateService": _management(
        "ecs", "UpdateService", _SERVICE, {"cluster": "{cluster}", "service": "{service}"}
    ),
    "ecs.DescribeServices": _management(
        "ecs", "DescribeServices", _SERVICE, {"cluster": "{cluster}", "services": ["{service}"]}
    ),
    # Databases, jobs, people.
    "rds.CreateDBSnapshot": _management(
        "rds",
        "CreateDBSnapshot",
        "",
        {"dBInstanceIdentifier": "{database}", "dBSnapshotIdentifier": "{snapshot}"},
        needs=(
            ("rds:CreateDBSnapshot", "arn:aws:rds:{region}:{account}:db:{database}"),
            ("rds:CreateDBSnapshot", "arn:aws:rds:{region}:{account}:snapshot:{snapshot}"),
        ),
    ),
    "rds.DescribeDBSnapshots": _management(
        "rds",
        "DescribeDBSnapshots",
        "arn:aws:rds:{region}:{account}:db:{database}",
        {"dBInstanceIdentifier": "{database}"},
    ),
    "rds.DeleteDBSnapshot": _management(
        "rds",
        "DeleteDBSnapshot",
        "arn:aws:rds:{region}:{account}:snapshot:{snapshot}",
        {"dBSnapshotIdentifier": "{snapshot}"},
    ),
    "rds.DescribeDBInstances": _management("rds", "DescribeDBInstances", "arn:aws:rds:{region}:{account}:db:*", {}),
    "ec2.DescribeInstances": _management("ec2", "DescribeInstances", "*", {"instancesSet": {}, "filterSet": {}}),
    "ec2.DescribeSecurityGroups": _management(
        "ec2", "DescribeSecurityGroups", "*", {"securityGroupSet": {}, "filterSet": {}}
    ),
    "sts.GetCallerIdentity": _management("sts", "GetCallerIdentity", "", None, needs=()),
    "iam.ListUsers": _management("iam", "ListUsers", "arn:aws:iam::{account}:user/*", None, region="us-east-1"),
    "iam.GetRole": _management(
        "iam", "GetRole", "arn:aws:iam::{account}:role/{passed}", {"roleName": "{passed}"}, region="us-east-1"
    ),
    "ec2.RunInstances": _management(
        "ec2",
        "RunInstances",
        "arn:aws:ec2:{region}:{account}:instance/*",
        {"instancesSet": {"items": [{"minCount": 1}]}},
        read_only=False,
    ),
}


def operation_named(name: str) -> Operation:
    """Return a row."""
    return OPERATIONS[name]
