"""How a call ended for its authorization, before anything is said of its actions."""

from collections.abc import Callable

from trailmin.catalog import ErrorOutcome
from trailmin.usage.authorization import Outcome
from trailmin.usage.request import Request

_API_CALLS = {None, "AwsApiCall", "AwsVpceEvent"}
_OF_ERRORS = {"denied": Outcome.DENIED, "allowed": Outcome.ALLOWED, "undetermined": Outcome.UNDETERMINED}


def is_api_call(event: Request) -> bool:
    """Whether an event is a call that IAM authorised: not a sign-in, a service's own event or an Insight.

    Records before version 1.02 have no type; theirs are calls.
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    return event.event_type in _API_CALLS and event.category != "Insight" and event.source != "signin.amazonaws.com"


def outcome_of(event: Request, of_code: Callable[[str], ErrorOutcome]) -> Outcome:
    """`allowed`, `denied` or `undetermined`, for an API call.

    No error means allowed. An error code means what `of_code` (`Catalog.outcome_of_error`) says of it: a refusal,
    a failure that comes after authorization (`NoSuchKey`), or one that tells neither (throttling, signature,
    validation, server errors). A code that is not in the table tells neither.
    """
    return outcome_of_code(event.error_code, of_code)


def outcome_of_code(code: str | None, of_code: Callable[[str], ErrorOutcome]) -> Outcome:
    """The same of the error code of an API call; None where there was no error."""
    if code is None or not code.strip():
        return Outcome.ALLOWED
    return _OF_ERRORS[of_code(code)]
