"""What `Ref` and `Fn::GetAtt` of a resource return: its ARN's form, and the property that names it.

Source: CloudFormation template reference, "Return values" of each resource type, and the Service Authorization
Reference for the forms of ARNs.
"""

from dataclasses import dataclass

_NAMES_WITH_SLASHES = tuple(f"arn:{{p}}:{service}:" for service in ("logs", "ssm", "secretsmanager", "ecr", "iam"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """What is known of one resource type."""

    arn: str
    """With `{p}`artition, `{r}`egion, `{a}`ccount and `{n}`ame."""
    name_property: str = "Name"
    arn_by: str = "Arn"
    """The attribute that returns the ARN; `Ref` where `Ref` does; empty where nothing does."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Other attributes, in the same form."""

    @property
    def is_named_simply(self) -> bool:
        """Whether its names hold no colon and no slash."""
        return not self.arn.startswith(_NAMES_WITH_SLASHES)


def _type(arn: str, name_property: str = "Name", arn_by: str = "Arn", **attributes: str) -> ResourceType:
    return ResourceType(
        arn=arn, name_property=name_property, arn_by=arn_by, attributes=tuple(sorted(attributes.items()))
    )


_FUNCTION = _type("arn:{p}:lambda:{r}:{a}:function:{n}", "FunctionName")
_TABLE = _type(
    "arn:{p}:dynamodb:{r}:{a}:table/{n}", "TableName", StreamArn="arn:{p}:dynamodb:{r}:{a}:table/{n}/stream/*"
)
_REST_API = _type("arn:{p}:execute-api:{r}:{a}:{n}", "", "")

RESOURCE_TYPES = {
    "AWS::ApiGateway::RestApi": _REST_API,
    "AWS::ApiGatewayV2::Api": _REST_API,
    "AWS::Athena::WorkGroup": _type("arn:{p}:athena:{r}:{a}:workgroup/{n}", arn_by=""),
    "AWS::CodeBuild::Project": _type("arn:{p}:codebuild:{r}:{a}:project/{n}"),
    "AWS::Cognito::UserPool": _type("arn:{p}:cognito-idp:{r}:{a}:userpool/{n}", ""),
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::ECR::Repository": _type("arn:{p}:ecr:{r}:{a}:repository/{n}", "RepositoryName"),
    "AWS::ECS::Cluster": _type("arn:{p}:ecs:{r}:{a}:cluster/{n}", "ClusterName"),
    "AWS::EFS::FileSystem": _type("arn:{p}:elasticfilesystem:{r}:{a}:file-system/{n}", ""),
    "AWS::Events::EventBus": _type("arn:{p}:events:{r}:{a}:event-bus/{n}"),
    "AWS::Events::Rule": _type("arn:{p}:events:{r}:{a}:rule/{n}"),
    "AWS::Glue::Database": _type("arn:{p}:glue:{r}:{a}:database/{n}", "", ""),
    "AWS::IAM::ManagedPolicy": _type("arn:{p}:iam::{a}:policy/{n}", "ManagedPolicyName", "Ref"),
    "AWS::IAM::Role": _type("arn:{p}:iam::{a}:role/{n}", "RoleName"),
    "AWS::KMS::Key": _type("arn:{p}:kms:{r}:{a}:key/{n}", "", KeyId="{n}"),
    "AWS::Kinesis::Stream": _type("arn:{p}:kinesis:{r}:{a}:stream/{n}"),
    "AWS::KinesisFirehose::DeliveryStream": _type("arn:{p}:firehose:{r}:{a}:deliverystream/{n}", "DeliveryStreamName"),
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::Logs::LogGroup": _type("arn:{p}:logs:{r}:{a}:log-group:{n}:*", "LogGroupName"),
    "AWS::OpenSearchService::Domain": _type("arn:{p}:es:{r}:{a}:domain/{n}", "DomainName"),
    "AWS::S3::Bucket": _type("arn:{p}:s3:::{n}", "BucketName"),
    "AWS::SNS::Topic": _type("arn:{p}:sns:{r}:{a}:{n}", "TopicName", "Ref", TopicArn="{arn}", TopicName="{n}"),
    "AWS::SQS::Queue": _type("arn:{p}:sqs:{r}:{a}:{n}", "QueueName", QueueName="{n}"),
    "AWS::SSM::Parameter": _type("arn:{p}:ssm:{r}:{a}:parameter/{n}", arn_by=""),
    "AWS::SecretsManager::Secret": _type("arn:{p}:secretsmanager:{r}:{a}:secret:{n}-??????", "", "Ref", Id="{arn}"),
    "AWS::Serverless::Api": _REST_API,
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Serverless::HttpApi": _REST_API,
    "AWS::Serverless::SimpleTable": _TABLE,
    "AWS::Serverless::StateMachine": _type(
        "arn:{p}:states:{r}:{a}:stateMachine:{n}", "Name", "Ref", Arn="{arn}", Name="{n}"
    ),
    "AWS::StepFunctions::StateMachine": _type(
        "arn:{p}:states:{r}:{a}:stateMachine:{n}", "StateMachineName", "Ref", Arn="{arn}", Name="{n}"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Where a stack is; what is not known is `*`."""

    partition: str = "*"
    region: str = "*"
    account: str = "*"

    def fill(self, template: str, name: str) -> str:
        """Return an ARN of a form, for a resource of this name."""
        text = template.format(p=self.partition, r=self.region, a=self.account, n=name, arn="*")
        # The names of parameters may start with the slash that stands before them.
        return text.replace(":parameter//", ":parameter/")


def name_of(physical_id: str) -> str:
    """Return a resource's name from its physical id, which may be an ARN or the URL of a queue."""
    if physical_id.startswith("arn:"):
        return physical_id.split(":", 5)[-1].rpartition("/")[2].rpartition(":")[2]
    if physical_id.startswith(("https://", "http://")):
        return physical_id.rpartition("/")[2]
    return physical_id
