"""Which error codes mean that the caller was not authorised."""

import re

_DENIALS = re.compile(
    r"^(?:(?:Client|Server)\.)?(?:[A-Za-z0-9]*AccessDenied(?:Exception|Fault|ForDependency\w*)?"
    r"|Unauthorized(?:Operation|Access|Exception)?|NotAuthorized|AuthorizationError(?:Exception)?"
    r"|(?:[A-Za-z0-9]*\.)?AuthorizationFailure|Forbidden(?:Exception)?|UnauthorizedOperationException|403)$"
)


def is_authorization_failure(error_code: str | None) -> bool:
    """Whether a call with this `errorCode` ended because its caller was not allowed to make it.

    Source: the error codes of denied calls in published logs and in the services' API references ("Common errors").
    """
    return error_code is not None and _DENIALS.match(error_code) is not None
