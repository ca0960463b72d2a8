"""What Terraform's AWS provider returns for attributes of resources: ARNs, names, ids.

Source: registry documentation of hashicorp/aws, "Attribute Reference" of each resource, and the Service Authorization
Reference for the forms of ARNs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformType:
    """What is known of one resource type."""

    arn: str
    """With `{p}`artition, `{r}`egion, `{a}`ccount and `{n}`ame."""
    name: str = "name"
    """The argument that names it."""
    id: str = "{n}"
    """What `id` returns, in the same form."""
    has_slashes: bool = False
    """Whether its names may hold a slash or a colon."""

    def attribute(self, name: str) -> str | None:
        """Return the form of an attribute's value, None where it is not known."""
        if name == "arn":
            return self.arn
        if name == "id":
            return self.id
        return "{n}" if name == self.name else None


def _type(arn: str, name: str = "name", **more: str) -> TerraformType:
    has_slashes = arn.split(":")[2] in {"logs", "ssm", "secretsmanager", "ecr", "iam"}
    identity = more.get("id", "{n}")
    return TerraformType(arn=arn, name=name, id=arn if identity == "arn" else identity, has_slashes=has_slashes)


TERRAFORM_TYPES = {
    "aws_athena_workgroup": _type("arn:{p}:athena:{r}:{a}:workgroup/{n}"),
    "aws_cloudwatch_event_bus": _type("arn:{p}:events:{r}:{a}:event-bus/{n}"),
    "aws_cloudwatch_event_rule": _type("arn:{p}:events:{r}:{a}:rule/{n}"),
    "aws_cloudwatch_log_group": _type("arn:{p}:logs:{r}:{a}:log-group:{n}"),
    "aws_codebuild_project": _type("arn:{p}:codebuild:{r}:{a}:project/{n}", id="arn"),
    "aws_cognito_user_pool": _type("arn:{p}:cognito-idp:{r}:{a}:userpool/{n}", "user_pool_id"),
    "aws_dynamodb_table": _type("arn:{p}:dynamodb:{r}:{a}:table/{n}"),
    "aws_ecr_repository": _type("arn:{p}:ecr:{r}:{a}:repository/{n}"),
    "aws_ecs_cluster": _type("arn:{p}:ecs:{r}:{a}:cluster/{n}", id="arn"),
    "aws_efs_file_system": _type("arn:{p}:elasticfilesystem:{r}:{a}:file-system/{n}", ""),
    "aws_glue_catalog_database": _type("arn:{p}:glue:{r}:{a}:database/{n}", id="{a}:{n}"),
    "aws_iam_policy": _type("arn:{p}:iam::{a}:policy/{n}", id="arn"),
    "aws_iam_role": _type("arn:{p}:iam::{a}:role/{n}"),
    "aws_kinesis_firehose_delivery_stream": _type("arn:{p}:firehose:{r}:{a}:deliverystream/{n}", id="arn"),
    "aws_kinesis_stream": _type("arn:{p}:kinesis:{r}:{a}:stream/{n}", id="arn"),
    "aws_kms_key": _type("arn:{p}:kms:{r}:{a}:key/{n}", "key_id"),
    "aws_lambda_function": _type("arn:{p}:lambda:{r}:{a}:function:{n}", "function_name"),
    "aws_opensearch_domain": _type("arn:{p}:es:{r}:{a}:domain/{n}", "domain_name", id="arn"),
    "aws_s3_bucket": _type("arn:{p}:s3:::{n}", "bucket"),
    "aws_secretsmanager_secret": _type("arn:{p}:secretsmanager:{r}:{a}:secret:{n}-??????", id="arn"),
    "aws_sfn_state_machine": _type("arn:{p}:states:{r}:{a}:stateMachine:{n}", id="arn"),
    "aws_sns_topic": _type("arn:{p}:sns:{r}:{a}:{n}", id="arn"),
    "aws_sqs_queue": _type("arn:{p}:sqs:{r}:{a}:{n}", id="https://sqs.{r}.amazonaws.com/{a}/{n}"),
    "aws_ssm_parameter": _type("arn:{p}:ssm:{r}:{a}:parameter/{n}"),
}
