"""Clients for the AWS APIs that tell the state of an account."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from trailmin.current.live_request import Access, Credentials
from trailmin.errors import CurrentError

_CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 10})
"""What is asked is rate-limited per account; the SDK waits and asks again."""

_SESSION_NAME = "trailmin"
"""What the calls show in the account's own trail."""


def aws_client(
    service: str, *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None
) -> Any:
    """Return boto3's client of a service, with the credentials of a profile or of the environment.

    Raises:
        CurrentError: There is no such profile, or no region is known.
    """
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        return session.client(service, endpoint_url=endpoint_url, config=_CONFIG)
    except BotoCoreError as error:
        raise CurrentError(f"AWS cannot be reached: {error}", hint="name a profile or a region of yours") from error


def clients_of(access: Access) -> Callable[[str, str | None], Any]:
    """Return what makes boto3's client of a service in a region (None: the profile's, else `access.region`).

    They are of one session, which is not to be shared by threads.

    Raises:
        BotoCoreError: There is no such profile; a client raises it where no region is known.
    """
    held = access.credentials
    session = boto3.Session(
        profile_name=access.profile,
        aws_access_key_id=held.access_key_id if held else None,
        aws_secret_access_key=held.secret_access_key if held else None,
        aws_session_token=held.session_token if held else None,
    )

    def client(service: str, region: str | None) -> Any:
        where = region or session.region_name or access.region
        return session.client(service, region_name=where, endpoint_url=access.endpoint_url, config=_CONFIG)

    return client


def assumed(access: Access, role_arn: str, external_id: str | None) -> Access:
    """Return access as a role (`sts:AssumeRole`), good for an hour.

    Raises:
        ClientError: AWS refuses.
        BotoCoreError: AWS cannot be asked.
    """
    more = {"ExternalId": external_id} if external_id is not None else {}
    answer = clients_of(access)("sts", None).assume_role(RoleArn=role_arn, RoleSessionName=_SESSION_NAME, **more)
    found = answer["Credentials"]
    return replace(
        access,
        credentials=Credentials(
            access_key_id=found["AccessKeyId"],
            secret_access_key=found["SecretAccessKey"],
            session_token=found["SessionToken"],
        ),
    )


def reason_of(error: BaseException) -> str:
    """Return why AWS does not tell: AWS's code and the operation: its message may hold what callers sent."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "refused")
        return f"{code} ({error.operation_name})"
    return str(error)
