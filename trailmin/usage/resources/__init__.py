"""The resources of a call, one module a service that needs its own reading, by parameter names for all others."""

from collections.abc import Mapping

from trailmin.catalog import Action, OperationAction
from trailmin.usage.arn_form import ServiceForms
from trailmin.usage.resources import (
    api_gateway,
    applications,
    containers,
    data_catalog,
    databases,
    delivery,
    dynamodb,
    ec2,
    event_bridge,
    functions,
    governance,
    identity,
    keys,
    kubernetes,
    load_balancing,
    logs,
    machine_learning,
    mail,
    messaging,
    names_and_routes,
    organization,
    queries,
    s3,
    scaling,
    schedules,
    step_functions,
    storage,
    streams,
    systems_manager,
    tracing,
    web_acls,
)
from trailmin.usage.resources.action_resources import EVERYTHING, ActionResources
from trailmin.usage.resources.interface import TypeReader
from trailmin.usage.resources.synonyms import ALTERNATIVES

__all__ = ["EVERYTHING", "TAGS_AT_CREATION", "ActionResources", "resources_of"]

TAGS_AT_CREATION = {
    **api_gateway.TAGS_AT_CREATION,
    **applications.TAGS_AT_CREATION,
    **containers.TAGS_AT_CREATION,
    **databases.TAGS_AT_CREATION,
    **delivery.TAGS_AT_CREATION,
    **kubernetes.TAGS_AT_CREATION,
    **load_balancing.TAGS_AT_CREATION,
    **queries.TAGS_AT_CREATION,
    **names_and_routes.TAGS_AT_CREATION,
    **streams.TAGS_AT_CREATION,
    **systems_manager.TAGS_AT_CREATION,
}
"""(action, operation) → the types that tags at creation are checked on, where the operation's name does not tell."""

_READERS: Mapping[str, Mapping[str, TypeReader]] = {
    "acm": governance.CERTIFICATE_READERS,
    "aoss": applications.SEARCH_READERS,
    "apigateway": api_gateway.READERS,
    "appconfig": applications.APP_CONFIG_READERS,
    "application-autoscaling": scaling.TARGET_READERS,
    "appsync": applications.APP_SYNC_READERS,
    "athena": queries.READERS,
    "autoscaling": scaling.READERS,
    "backup": governance.BACKUP_READERS,
    "batch": applications.BATCH_READERS,
    "bedrock": machine_learning.BEDROCK_READERS,
    "ce": names_and_routes.COST_READERS,
    "cloudfront": names_and_routes.CLOUDFRONT_READERS,
    "codebuild": delivery.BUILD_READERS,
    "codecommit": delivery.COMMIT_READERS,
    "codepipeline": delivery.PIPELINE_READERS,
    "config": governance.CONFIG_READERS,
    "dynamodb": dynamodb.READERS,
    "ecr": delivery.REGISTRY_READERS,
    "ecs": containers.READERS,
    "eks": kubernetes.READERS,
    "elasticache": databases.ELASTICACHE_READERS,
    "elasticbeanstalk": applications.BEANSTALK_READERS,
    "elasticloadbalancing": load_balancing.READERS,
    "events": event_bridge.READERS,
    "fsx": applications.FSX_READERS,
    "glue": data_catalog.READERS,
    "health": governance.HEALTH_READERS,
    "iam": identity.IAM_READERS,
    "iot": applications.IOT_READERS,
    "kinesis": streams.READERS,
    "kms": keys.KMS_READERS,
    "lambda": functions.READERS,
    "logs": logs.READERS,
    "neptune-db": applications.NEPTUNE_READERS,
    "organizations": organization.READERS,
    "rds": databases.RDS_READERS,
    "rds-data": databases.RDS_DATA_READERS,
    "redshift": databases.REDSHIFT_READERS,
    "redshift-data": databases.REDSHIFT_DATA_READERS,
    "redshift-serverless": databases.SERVERLESS_READERS,
    "route53": names_and_routes.ROUTE53_READERS,
    "route53resolver": names_and_routes.RESOLVER_READERS,
    "s3": s3.READERS,
    "s3-object-lambda": storage.OBJECT_LAMBDA_READERS,
    "s3-outposts": storage.OUTPOSTS_READERS,
    "s3express": storage.EXPRESS_READERS,
    "s3tables": storage.TABLE_READERS,
    "s3vectors": storage.VECTOR_READERS,
    "sagemaker": machine_learning.SAGEMAKER_READERS,
    "scheduler": schedules.READERS,
    "secretsmanager": keys.SECRET_READERS,
    "securityhub": governance.SECURITY_HUB_READERS,
    "servicediscovery": names_and_routes.SERVICE_DISCOVERY_READERS,
    "ses": mail.READERS,
    "sns": messaging.SNS_READERS,
    "sqs": messaging.SQS_READERS,
    "ssm": systems_manager.READERS,
    "sso": governance.IDENTITY_CENTER_READERS,
    "states": step_functions.READERS,
    "sts": identity.STS_READERS,
    "timestream": applications.TIMESTREAM_READERS,
    "wafv2": web_acls.READERS,
    "xray": tracing.READERS,
}
_EXCLUSIVE = ALTERNATIVES.union(
    applications.EXCLUSIVE,
    data_catalog.EXCLUSIVE,
    databases.EXCLUSIVE,
    dynamodb.EXCLUSIVE,
    functions.EXCLUSIVE,
    identity.EXCLUSIVE,
    load_balancing.EXCLUSIVE,
    queries.EXCLUSIVE,
    step_functions.EXCLUSIVE,
    storage.EXCLUSIVE,
    streams.EXCLUSIVE,
    systems_manager.EXCLUSIVE,
)


def resources_of(
    action: Action, forms: ServiceForms, *, operation: str, rule: OperationAction | None = None
) -> ActionResources:
    """A compiled reader for the resources of `action`, checked in calls of `operation` under `rule`."""
    readers = _READERS.get(action.prefix, {})
    if action.prefix == "ec2":
        readers = {kind.name.lower(): ec2.read_resource for kind in action.resource_types}
    return ActionResources(
        action=action,
        rule=rule,
        operation=operation,
        forms=forms,
        readers=readers,
        always=ec2.ALWAYS.get(action.full_name, frozenset()),
        exclusive=action.full_name in _EXCLUSIVE,
    )
