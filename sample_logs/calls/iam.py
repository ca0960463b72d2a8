"""AWS IAM: a global service, whose events are in us-east-1."""

import json
from datetime import datetime

from sample_logs.accounts import Json
from sample_logs.iam import ManagedPolicy
from sample_logs.record import Call, spelled_out


def create_policy_version(policy: ManagedPolicy, moment: datetime) -> Call:
    """Return the call that made the policy's default version."""
    version = policy.versions[0]
    text = json.dumps(version.document, separators=(",", ":"))
    made = {"versionId": version.number, "isDefaultVersion": True, "createDate": spelled_out(moment)}
    return Call(
        source="iam",
        name="CreatePolicyVersion",
        region="us-east-1",
        read_only=False,
        parameters={"policyArn": policy.arn, "policyDocument": text, "setAsDefault": True},
        response={"policyVersion": made},
        host="iam.amazonaws.com",
    )


def read(name: str, parameters: Json | None = None) -> Call:
    """Return a read, such as `ListUsers`."""
    return Call(
        source="iam", name=name, region="us-east-1", read_only=True, parameters=parameters, host="iam.amazonaws.com"
    )
