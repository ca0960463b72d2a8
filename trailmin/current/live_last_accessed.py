"""AWS's own record of which actions roles accessed when, asked of AWS itself (`iam`).

Source: IAM API Reference, GenerateServiceLastAccessedDetails and GetServiceLastAccessedDetails. A report takes seconds;
it is asked for of every role before the first is waited for.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailmin.errors import CurrentError

_PAGE = 1000
_STATUS_FAILED = "FAILED"
_STATUS_RUNNING = "IN_PROGRESS"


def fetch_last_accessed(
    client: Any,
    role_arns: Sequence[str],
    *,
    patience: float = 300.0,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Return role ARN to the output of `aws iam get-service-last-accessed-details` at action level, sorted.

    Args:
        client: boto3's for `iam`.
        role_arns: Whose.
        patience: Seconds to wait for one report.
        sleep: Waits some seconds.

    Raises:
        CurrentError: AWS refuses, a report fails or takes longer; the hint names the permission.
    """
    try:
        jobs = [(arn, _generate(client, arn)) for arn in sorted(set(role_arns))]
        return {arn: _report(client, arn, job, patience, sleep) for arn, job in jobs}
    except (ClientError, BotoCoreError) as error:
        raise CurrentError(
            f"AWS does not tell what was last accessed: {error}",
            hint="allow iam:GenerateServiceLastAccessedDetails and iam:GetServiceLastAccessedDetails",
        ) from error


def _generate(client: Any, arn: str) -> str:
    answer = client.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")
    return str(answer["JobId"])


def _report(client: Any, arn: str, job: str, patience: float, sleep: Callable[[float], None]) -> dict[str, Any]:
    first = _finished(client, arn, job, patience, sleep)
    pages = (first, *_further(client, job, first))
    services = [_plain(service) for page in pages for service in page["ServicesLastAccessed"]]
    return {"JobStatus": "COMPLETED", "ServicesLastAccessed": services}


def _finished(client: Any, arn: str, job: str, patience: float, sleep: Callable[[float], None]) -> Any:
    waited, pause = 0.0, 1.0
    while True:
        page = client.get_service_last_accessed_details(JobId=job, MaxItems=_PAGE)
        if page["JobStatus"] == _STATUS_FAILED:
            reason = (page.get("Error") or {}).get("Message", "no reason given")
            raise CurrentError(f"AWS's report of {arn} failed: {reason}", hint="try again later")
        if page["JobStatus"] != _STATUS_RUNNING:
            return page
        if waited >= patience:
            raise CurrentError(f"AWS's report of {arn} is not there after {waited:.0f} s", hint="try again later")
        sleep(pause)
        waited, pause = waited + pause, min(pause * 2, 15.0)


def _further(client: Any, job: str, page: Any) -> Iterator[Any]:
    while page.get("IsTruncated"):
        page = client.get_service_last_accessed_details(JobId=job, MaxItems=_PAGE, Marker=page["Marker"])
        yield page


def _plain(value: Any) -> Any:
    """As the AWS CLI prints it: times as ISO 8601."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value.isoformat() if isinstance(value, datetime) else value
