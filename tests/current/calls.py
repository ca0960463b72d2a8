"""What AWS is asked, as the actions that the calls need."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

_PREFIXES = {"resourcegroupstaggingapi": "tag", "sso-admin": "sso"}
_CALLED_OTHERWISE = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "apigateway:GetRestApis": "apigateway:GET",
}
"""Operations that are called other than their actions. Source: Service Authorization Reference."""


@contextmanager
def actions_called() -> Iterator[set[str]]:
    """The actions of all that boto3 calls while the block runs."""
    called: set[str] = set()
    original = BaseClient._make_api_call

    def recording(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        call = f"{_PREFIXES.get(service, service)}:{operation}"
        called.add(_CALLED_OTHERWISE.get(call, call))
        return original(self, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", recording)
        yield called
