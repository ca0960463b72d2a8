"""Clients of AWS's services, and what their refusals mean to a person."""

import functools
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.session import Session
from botocore.session import get_session as new_session

from trailmin.errors import TrailError
from trailmin.trail.sources.access import AwsAccess

AwsError = (ClientError, BotoCoreError)
"""What a call may raise."""

_ATTEMPTS: Final = 8
_CONNECTIONS: Final = 64
_DENIALS: Final = frozenset({"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion"})


def open_client(access: AwsAccess, service: str, region: str | None = None) -> Any:
    """A client of a service, the same one for the same arguments in this process; safe to share among threads.

    It makes failed requests again: eight attempts with exponential back-off, slowed down while AWS throttles.

    Raises:
        TrailError: the profile does not exist, or no region is known.
    """
    try:
        return _client(access, service, region)
    except AwsError as error:
        raise explain(error, service, "", f"use {service}") from error


@functools.cache
def _client(access: AwsAccess, service: str, region: str | None) -> Any:
    session = _session(access)
    known = region or session.region_name or "us-east-1"
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=_CONNECTIONS,
        connect_timeout=10,
        read_timeout=access.read_timeout,
        user_agent_extra="trailmin",
        # Endpoints other than AWS's need not know a name for each bucket.
        s3={"addressing_style": "path"} if access.endpoint_url else None,
    )
    return session.client(service, region_name=known, endpoint_url=access.endpoint_url, config=config)


@functools.cache
def _session(access: AwsAccess) -> boto3.Session:
    base = new_session()
    if access.profile is not None:
        base.set_config_variable("profile", access.profile)
    if access.role_arn is None:
        return boto3.Session(botocore_session=base)
    region = boto3.Session(botocore_session=base).region_name
    return boto3.Session(botocore_session=_in_role(base, access), region_name=region)


def _in_role(base: Session, access: AwsAccess) -> Session:
    """A session with a role's credentials, renewed before they end."""
    extra = {"RoleSessionName": "trailmin"}
    if access.external_id is not None:
        extra["ExternalId"] = access.external_id

    def sts(*args: Any, **kwargs: Any) -> Any:
        return base.create_client(*args, **kwargs | {"endpoint_url": access.endpoint_url})

    credentials = base.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    fetcher = AssumeRoleCredentialFetcher(sts, credentials, access.role_arn, extra_args=extra)
    session = new_session()
    session._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    return session


def error_code(error: BaseException) -> str:
    """AWS's code of an error, empty where it has none."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_denied(error: BaseException) -> bool:
    """Whether a call was refused for want of a permission."""
    return error_code(error) in _DENIALS


def is_gone(error: BaseException) -> bool:
    """Whether an object does not exist (any more)."""
    return error_code(error) in _GONE


def explain(error: BaseException, permission: str, resource: str, task: str) -> TrailError:
    """What to tell a person about a call that failed for good.

    Args:
        error: one of `AwsError`.
        permission: the IAM action that the call needs.
        resource: the ARN that it is checked on.
        task: what was to be done, as an infinitive: `list s3://…`.
    """
    if is_denied(error):
        where = f" on {resource}" if resource else ""
        return TrailError(
            f"cannot {task}: not allowed ({permission}{where})",
            hint=f"grant {permission}{where}, also in the bucket's, queue's or key's own policy and in SCPs, "
            "or use --profile or --assume-role; docs/ingest.md has the least policies",
        )
    if isinstance(error, NoCredentialsError):
        return TrailError(f"cannot {task}: no AWS credentials", hint="log in to AWS, or name a profile with --profile")
    code = error_code(error)
    if code in {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
    }:
        return TrailError(f"cannot {task}: the AWS credentials are not valid ({code})", hint="log in to AWS again")
    reason = code or type(error).__name__
    return TrailError(
        f"cannot {task}: {reason}",
        hint=_HINTS.get(reason, "check the name, the region and --endpoint-url; the same command goes on from here"),
    )


_HINTS: Final = {
    "NoSuchBucket": "check the bucket's name",
    "ProfileNotFound": "`aws configure list-profiles` lists the profiles",
    "AWS.SimpleQueueService.NonExistentQueue": "check the queue's URL",
    "QueueDoesNotExist": "check the queue's URL",
}
