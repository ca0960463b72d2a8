"""What error codes say of the authorization."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailmin.catalog import load_catalog
from trailmin.catalog.error_codes import OUTCOMES, ErrorCodes

CATALOG = load_catalog()
REAL_TRAILS = Path(__file__).resolve().parents[3] / "shared" / "real_trails"


@pytest.mark.parametrize(
    "code",
    ["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "UnauthorizedOperation", "Forbidden",
     "AuthorizationError", "com.amazonaws.kms#AccessDeniedException", "accessdenied", "KMS.AccessDeniedException"],
)  # fmt: skip
def test_a_refusal_is_denied(code: str) -> None:
    assert CATALOG.outcome_of_error(code) == "denied"


@pytest.mark.parametrize(
    "code",
    ["NoSuchKey", "NoSuchBucketPolicy", "ResourceNotFoundException", "Client.InvalidVpcID.NotFound",
     "TrailNotFoundException", "EntityAlreadyExists", "BucketAlreadyOwnedByYou", "ConditionalCheckFailedException",
     "TransactionCanceledException", "Client.DryRunOperation", "ServerSideEncryptionConfigurationNotFoundError",
     "ObjectLockConfigurationNotFoundError", "BucketNotEmpty", "Client.VpcLimitExceeded", "ConflictException",
     "InvocationDoesNotExist"],
)  # fmt: skip
def test_a_failure_after_the_authorization_was_allowed(code: str) -> None:
    assert CATALOG.outcome_of_error(code) == "allowed"


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "Throttling", "Client.RequestLimitExceeded", "ExpiredToken", "InvalidClientTokenId",
     "ValidationException", "SignatureDoesNotMatch", "InternalFailure", "ServiceUnavailable",
     "Client.InvalidParameterValue", "SomethingNew", "", "ProvisionedThroughputExceededException", "SlowDown",
     "Client.AuthFailure", "TooManyRequestsException"],
)  # fmt: skip
def test_everything_else_is_undetermined(code: str) -> None:
    assert CATALOG.outcome_of_error(code) == "undetermined"


@given(st.text(max_size=80))
def test_any_text_has_an_outcome(code: str) -> None:
    assert CATALOG.outcome_of_error(code) in OUTCOMES


def test_every_row_has_a_source_and_no_code_stands_twice() -> None:
    patterns = ErrorCodes.read().patterns
    assert all(len(row.source) > 10 for row in patterns)
    assert len({row.pattern.pattern for row in patterns}) == len(patterns)


@pytest.mark.skipif(not REAL_TRAILS.is_dir(), reason="../shared/real_trails is not there")
def test_the_config_role_of_a_published_trail_was_allowed() -> None:
    records = json.loads(gzip.decompress((REAL_TRAILS / "opensearch.json.gz").read_bytes()))["Records"]
    codes = {record["errorCode"] for record in records if str(record.get("errorCode", "")).startswith("NoSuch")}
    assert codes
    assert {CATALOG.outcome_of_error(code) for code in codes} == {"allowed"}
