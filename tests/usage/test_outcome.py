"""How calls ended."""

import pytest

from tests.usage.reading import event_of, record
from trailmin.catalog import load_catalog
from trailmin.usage.authorization import Outcome
from trailmin.usage.outcome import is_api_call, outcome_of

CODES: dict[Outcome, list[str | None]] = {
    Outcome.ALLOWED: [
        None, "", "NoSuchKey", "NoSuchEntityException", "ResourceNotFoundException", "Client.InvalidVolume.NotFound",
        "Client.DryRunOperation", "DryRunOperation", "ResourceAlreadyExistsException", "BucketAlreadyOwnedByYou",
        "ConditionalCheckFailedException", "TrailNotFoundException", "NoSuchTagSet", "EntityAlreadyExists",
    ],
    Outcome.DENIED: [
        "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "UnauthorizedOperation",
        "AuthorizationError", "Forbidden", "ForbiddenException",
    ],
    Outcome.UNDETERMINED: [
        "ThrottlingException", "Throttling", "SlowDown", "Client.RequestLimitExceeded", "ExpiredToken",
        "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "AuthFailure",
        "ValidationException", "InternalFailure", "Server.InternalError", "ServiceUnavailable", "NobodyKnowsThisCode",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("outcome", "code"), [(outcome, code) for outcome, codes in CODES.items() for code in codes])
def test_an_error_code_tells_the_outcome(outcome: Outcome, code: str | None) -> None:
    event = event_of(record("s3", "GetObject", None, errorCode=code))
    assert outcome_of(event, load_catalog().outcome_of_error) is outcome


@pytest.mark.parametrize("event_type", ["AwsServiceEvent", "AwsConsoleSignIn", "AwsCloudTrailInsight"])
def test_other_events_are_no_calls(event_type: str) -> None:
    assert not is_api_call(event_of(record("s3", "GetObject", None, eventType=event_type)))


def test_a_call_through_a_vpc_endpoint_is_a_call() -> None:
    assert is_api_call(event_of(record("s3", "GetObject", None, eventType="AwsVpceEvent")))
