"""The AWS-managed policies in use, with AWS's texts.

Source: AWS Managed Policy Reference, one page a policy, default versions as of 2026.
"""

from sample_logs.accounts import Json
from sample_logs.iam import ManagedPolicy, PolicyVersion, allow, document


def _aws(name: str, path: str, version: str, *, created: str, updated: str, text: Json) -> ManagedPolicy:
    versions = (PolicyVersion(number=version, created=updated, document=text),)
    return ManagedPolicy(account="aws", name=name, path=path, versions=versions, created=created)


_WRITE_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]

LAMBDA_BASIC_EXECUTION = _aws(
    "AWSLambdaBasicExecutionRole",
    "/service-role/",
    "v1",
    created="2015-04-09T15:03:43+00:00",
    updated="2015-04-09T15:03:43+00:00",
    text=document(allow(_WRITE_LOGS, "*")),
)

LAMBDA_SQS_EXECUTION = _aws(
    "AWSLambdaSQSQueueExecutionRole",
    "/service-role/",
    "v1",
    created="2018-06-14T21:50:45+00:00",
    updated="2018-06-14T21:50:45+00:00",
    text=document(allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *_WRITE_LOGS], "*")),
)

ECS_TASK_EXECUTION = _aws(
    "AmazonECSTaskExecutionRolePolicy",
    "/service-role/",
    "v1",
    created="2017-11-16T18:48:22+00:00",
    updated="2017-11-16T18:48:22+00:00",
    text=document(
        allow(
            [
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ],
            "*",
        )
    ),
)

SSM_MANAGED_INSTANCE_CORE = _aws(
    "AmazonSSMManagedInstanceCore",
    "/",
    "v2",
    created="2019-03-15T17:22:12+00:00",
    updated="2019-05-23T16:54:21+00:00",
    text=document(
        allow(
            [
                "ssm:DescribeAssociation",
                "ssm:GetDeployablePatchSnapshotForInstance",
                "ssm:GetDocument",
                "ssm:DescribeDocument",
                "ssm:GetManifest",
                "ssm:GetParameter",
                "ssm:GetParameters",
                "ssm:ListAssociations",
                "ssm:ListInstanceAssociations",
                "ssm:PutInventory",
                "ssm:PutComplianceItems",
                "ssm:PutConfigurePackageResult",
                "ssm:UpdateAssociationStatus",
                "ssm:UpdateInstanceAssociationStatus",
                "ssm:UpdateInstanceInformation",
            ],
            "*",
        ),
        allow(
            [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "*",
        ),
        allow(
            [
                "ec2messages:AcknowledgeMessage",
                "ec2messages:DeleteMessage",
                "ec2messages:FailMessage",
                "ec2messages:GetEndpoint",
                "ec2messages:GetMessages",
                "ec2messages:SendReply",
            ],
            "*",
        ),
    ),
)

S3_FULL_ACCESS = _aws(
    "AmazonS3FullAccess",
    "/",
    "v2",
    created="2015-02-06T18:40:58+00:00",
    updated="2021-09-27T20:16:37+00:00",
    text=document(allow(["s3:*", "s3-object-lambda:*"], "*")),
)

POWER_USER_ACCESS = _aws(
    "PowerUserAccess",
    "/",
    "v12",
    created="2015-02-06T18:39:47+00:00",
    updated="2026-02-12T17:59:14+00:00",
    text=document(
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        allow(
            [
                "account:GetAccountInformation",
                "account:GetGovCloudAccountInformation",
                "account:GetPrimaryEmail",
                "account:ListRegions",
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeEffectivePolicy",
                "organizations:DescribeOrganization",
            ],
            "*",
        ),
    ),
)

AUTO_SCALING_SERVICE_ROLE = _aws(
    "AutoScalingServiceRolePolicy",
    "/aws-service-role/",
    "v10",
    created="2018-01-08T23:10:55+00:00",
    updated="2025-11-12T18:19:06+00:00",
    text=document(
        allow(
            [
                "ec2:AttachClassicLinkVpc",
                "ec2:CancelSpotInstanceRequests",
                "ec2:CreateReplaceRootVolumeTask",
                "ec2:CreateFleet",
                "ec2:CreateTags",
                "ec2:DeleteTags",
                "ec2:Describe*",
                "ec2:DetachClassicLinkVpc",
                "ec2:GetInstanceTypesFromInstanceRequirements",
                "ec2:GetSecurityGroupsForVpc",
                "ec2:ModifyInstanceAttribute",
                "ec2:RequestSpotInstances",
                "ec2:RunInstances",
                "ec2:StartInstances",
                "ec2:StopInstances",
                "ec2:TerminateInstances",
            ],
            "*",
            sid="EC2InstanceManagement",
        ),
        allow(
            ["iam:PassRole"],
            "*",
            sid="EC2InstanceProfileManagement",
            Condition={"StringLike": {"iam:PassedToService": "ec2.amazonaws.com*"}},
        ),
        allow(
            ["iam:CreateServiceLinkedRole"],
            "*",
            sid="EC2SpotManagement",
            Condition={"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}},
        ),
        allow(
            [
                "elasticloadbalancing:Register*",
                "elasticloadbalancing:Deregister*",
                "elasticloadbalancing:Describe*",
            ],
            "*",
            sid="ELBManagement",
        ),
        allow(
            [
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetMetricData",
                "cloudwatch:PutMetricAlarm",
            ],
            "*",
            sid="CWManagement",
        ),
        allow(["sns:Publish"], "*", sid="SNSManagement"),
        allow(
            ["events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule"],
            "*",
            sid="EventBridgeRuleManagement",
            Condition={"StringEquals": {"events:ManagedBy": "autoscaling.amazonaws.com"}},
        ),
        allow(["ssm:GetParameters"], "*", sid="SystemsManagerParameterManagement"),
        allow(
            [
                "vpc-lattice:DeregisterTargets",
                "vpc-lattice:GetTargetGroup",
                "vpc-lattice:ListTargets",
                "vpc-lattice:ListTargetGroups",
                "vpc-lattice:RegisterTargets",
            ],
            "*",
            sid="VpcLatticeManagement",
        ),
        allow(
            ["resource-groups:ListGroupResources"],
            "arn:*:resource-groups:*:*:group/*",
            sid="ResourceGroupsManagement",
        ),
    ),
)
