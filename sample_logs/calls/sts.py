"""AWS STS: how sessions begin.

Source: IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
"""

from datetime import datetime, timedelta

from sample_logs.accounts import REGIONS, Json
from sample_logs.caller import Caller, service_caller
from sample_logs.chance import Dice
from sample_logs.iam import Role
from sample_logs.record import Call, spelled_out, to_record


def assume_role(role: Role, session: str, region: str, moment: datetime, dice: Dice) -> Call:
    """Return an AssumeRole call that succeeded."""
    return Call(
        source="sts",
        name="AssumeRole",
        region=region,
        read_only=True,
        parameters={"roleArn": role.arn, "roleSessionName": session},
        response=_credentials(role, session, moment, dice),
        resources=({"accountId": role.account, "type": "AWS::IAM::Role", "ARN": role.arn},),
    )


def service_assumes(service: str, role: Role, session: str, moment: datetime, dice: Dice) -> Json:
    """Return the record of a service that assumes a role for a workload."""
    call = assume_role(role, session, REGIONS[role.account], moment, dice)
    record = to_record(call, service_caller(role.account, service), moment, dice)
    return record | {"sharedEventID": dice.uuid()}


def assume_role_with_web_identity(role: Role, session: str, subject: str, moment: datetime, dice: Dice) -> Json:
    """Return the record of a GitHub Actions workflow that takes a role."""
    provider = f"arn:aws:iam::{role.account}:oidc-provider/token.actions.githubusercontent.com"
    issuer = "token.actions.githubusercontent.com"
    call = Call(
        source="sts",
        name="AssumeRoleWithWebIdentity",
        region="us-east-1",
        read_only=True,
        parameters={"roleArn": role.arn, "roleSessionName": session, "durationSeconds": 3600},
        response=_credentials(role, session, moment, dice)
        | {"subjectFromWebIdentityToken": subject, "provider": provider, "audience": "sts.amazonaws.com"},
        resources=({"accountId": role.account, "type": "AWS::IAM::Role", "ARN": role.arn},),
    )
    identity = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": issuer,
    }
    agent = "aws-sdk-nodejs/2.1692.0 linux/v20.19.4 configure-aws-credentials-for-github-actions promise"
    caller = Caller(account=role.account, identity=identity, address="20.55.14.73", user_agent=agent)
    return to_record(call, caller, moment, dice)


def assume_role_with_saml(role: Role, user_name: str, moment: datetime, dice: Dice) -> Json:
    """Return the record of IAM Identity Center that signs a person in."""
    provider = f"arn:aws:iam::{role.account}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    call = Call(
        source="sts",
        name="AssumeRoleWithSAML",
        region="us-east-1",
        read_only=True,
        parameters={
            "roleArn": role.arn,
            "principalArn": provider,
            "roleSessionName": user_name,
            "durationSeconds": 43200,
        },
        response=_credentials(role, user_name, moment, dice) | {"subjectType": "persistent", "subject": user_name},
        resources=(
            {"accountId": role.account, "type": "AWS::IAM::Role", "ARN": role.arn},
            {"accountId": role.account, "type": "AWS::IAM::SAMLProvider", "ARN": provider},
        ),
    )
    identity = {"type": "SAMLUser", "principalId": f"{dice.base64(28)}:{user_name}", "userName": user_name}
    agent = "aws-internal/3 aws-sdk-java/1.12.788 Linux/5.10 OpenJDK_64-Bit_Server_VM/25.462 java/1.8.0_462"
    caller = Caller(account=role.account, identity=identity, address="198.51.100.24", user_agent=agent)
    return to_record(call, caller, moment, dice)


def get_caller_identity(region: str) -> Call:
    """Return the call that needs no permission."""
    return Call(source="sts", name="GetCallerIdentity", region=region, read_only=True)


def _credentials(role: Role, session: str, moment: datetime, dice: Dice) -> Json:
    return {
        "credentials": {
            "accessKeyId": dice.access_key(),
            "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLE" + dice.base64(24),
            "expiration": spelled_out(moment + timedelta(hours=12)),
        },
        "assumedRoleUser": {
            "assumedRoleId": f"{role.unique_id}:{session}",
            "arn": f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session}",
        },
    }
