"""Who calls: the `userIdentity`, address and agent that a session puts on its records."""

from dataclasses import dataclass, replace
from datetime import datetime

from sample_logs.accounts import Json
from sample_logs.chance import Dice
from sample_logs.iam import Role, User

PYTHON_LAMBDA = (
    "Boto3/1.40.12 md/Botocore#1.40.12 ua/2.1 os/linux#5.10 md/arch#x86_64 lang/python#3.13.5 "
    "exec-env/AWS_Lambda_python3.13 cfg/retry-mode#legacy Botocore/1.40.12"
)
LAMBDA_WORKER = "awslambda-worker/1.0 aws-sdk-rust/1.3.3 os/linux lang/rust/1.84.1"
SSM_AGENT = "aws-sdk-go/1.55.5 (go1.23.6; linux; amd64) amazon-ssm-agent/3.3.2746.0"
CLI = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7 cfg/retry-mode#standard"
JAVA_SDK = "aws-sdk-java/2.33.1 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10 lang/java#21.0.8 cfg/retry-mode#legacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One session, or a service."""

    account: str
    """Whose trail gets the record."""
    identity: Json
    address: str
    user_agent: str
    invoked_by: str | None = None
    """The service that makes the call, on its own behalf or on the session's."""

    def by(self, service: str) -> "Caller":
        """Return the session as a service uses it for what the session asked for (a forward access session)."""
        identity = self.identity | {"invokedBy": service}
        return replace(self, identity=identity, address=service, user_agent=service, invoked_by=service)

    def agent(self, user_agent: str, address: str | None = None) -> "Caller":
        """Return the same session with another client, and perhaps from elsewhere."""
        return replace(self, user_agent=user_agent, address=address or self.address)


def service_caller(account: str, service: str) -> Caller:
    """Return a service that acts on its own behalf."""
    identity = {"type": "AWSService", "invokedBy": service}
    return Caller(account=account, identity=identity, address=service, user_agent=service, invoked_by=service)


def user_caller(user: User, address: str) -> Caller:
    """Return an IAM user with an access key."""
    identity = {
        "type": "IAMUser",
        "principalId": user.unique_id,
        "arn": user.arn,
        "accountId": user.account,
        "accessKeyId": "AKIAEXAMPLE" + user.unique_id[-9:],
        "userName": user.name,
    }
    return Caller(account=user.account, identity=identity, address=address, user_agent=CLI)


def role_caller(role: Role, session: str, started: datetime, dice: Dice, *, address: str, user_agent: str) -> Caller:
    """Return a session of a role, with credentials of its own."""
    identity: Json = {
        "type": "AssumedRole",
        "principalId": f"{role.unique_id}:{session}",
        "arn": f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session}",
        "accountId": role.account,
        "accessKeyId": dice.access_key(),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role.unique_id,
                "arn": role.arn,
                "accountId": role.account,
                "userName": role.name,
            },
            "attributes": {"creationDate": started.strftime("%Y-%m-%dT%H:%M:%SZ"), "mfaAuthenticated": "false"},
        },
    }
    return Caller(account=role.account, identity=identity, address=address, user_agent=user_agent)


def instance_caller(
    role: Role, instance: str, started: datetime, dice: Dice, *, address: str, user_agent: str
) -> Caller:
    """Return a role's session on an EC2 instance: its name is the instance id."""
    caller = role_caller(role, instance, started, dice, address=address, user_agent=user_agent)
    context = caller.identity["sessionContext"] | {"ec2RoleDelivery": "2.0"}
    return replace(caller, identity=caller.identity | {"sessionContext": context})


def federated_caller(
    role: Role, session: str, started: datetime, dice: Dice, *, provider: str, address: str, user_agent: str
) -> Caller:
    """Return a role's session that began with a token of an identity provider, named by ARN."""
    caller = role_caller(role, session, started, dice, address=address, user_agent=user_agent)
    federation = {"webIdFederationData": {"federatedProvider": provider, "attributes": {}}}
    context = caller.identity["sessionContext"] | federation
    return replace(caller, identity=caller.identity | {"sessionContext": context})
