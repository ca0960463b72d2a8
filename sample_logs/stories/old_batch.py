"""A role that nobody used in the window, nor for long before it."""

from sample_logs.accounts import MEDIA
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.stories.story import Story, nothing

ROLE = Role(
    account=MEDIA,
    name="old-batch",
    created="2025-01-02T10:10:10+00:00",
    trust=trust_service("ec2.amazonaws.com"),
    inline={
        "Batch": document(
            allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::acme-batch/*"),
            allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{MEDIA}:batch-jobs"),
            allow(["ec2:StartInstances", "ec2:StopInstances"], "*"),
        )
    },
    instance_profile=True,
)

STORY = Story(role=ROLE, day=nothing)
