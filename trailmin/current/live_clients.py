"""Clients for the AWS APIs that tell the state of an account."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from trailmin.errors import CurrentError

_CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 10})
"""What is asked is rate-limited per account; the SDK waits and asks again."""


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
