"""Who made a call: from a record's `userIdentity` to a principal, keyed the way policies are attached.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

import re
from dataclasses import dataclass
from typing import cast

import msgspec

from trailmin.trail.event import SOURCE_IDENTITY, Principal, PrincipalKind
from trailmin.trail.fields import Memo
from trailmin.trail.json_text import decode_json

_Text = str | None


class _Issuer(msgspec.Struct, gc=False, frozen=True, rename="camel"):
    arn: _Text = None
    account_id: _Text = None
    user_name: _Text = None


class _SessionContext(msgspec.Struct, gc=False, frozen=True, rename="camel"):
    session_issuer: _Issuer | None = None
    source_identity: _Text = None


class _OnBehalfOf(msgspec.Struct, gc=False, frozen=True, rename="camel"):
    user_id: _Text = None


class _UserIdentity(msgspec.Struct, gc=False, frozen=True, rename="camel"):
    type: _Text = None
    principal_id: _Text = None
    arn: _Text = None
    account_id: _Text = None
    user_name: _Text = None
    invoked_by: _Text = None
    on_behalf_of: _OnBehalfOf | None = None
    session_context: _SessionContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What `userIdentity` says."""

    principal: Principal
    invoked_by: str | None


_decode = msgspec.json.Decoder(_UserIdentity).decode
_ANONYMOUS = "ANONYMOUS_PRINCIPAL"
_STS_ROLE = re.compile(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)(?:/(.+))?", re.DOTALL)
_ACCOUNT_LENGTH = 12
_COLONS_OF_ARN = 5

_KINDS = {
    "AssumedRole": PrincipalKind.ROLE,
    "Role": PrincipalKind.ROLE,
    "IAMUser": PrincipalKind.USER,
    "Root": PrincipalKind.ROOT,
    "AWSService": PrincipalKind.SERVICE,
    "AWSAccount": PrincipalKind.ACCOUNT,
    "FederatedUser": PrincipalKind.FEDERATED,
    "SAMLUser": PrincipalKind.FEDERATED,
    "WebIdentityUser": PrincipalKind.FEDERATED,
    "IdentityCenterUser": PrincipalKind.FEDERATED,
    "Directory": PrincipalKind.FEDERATED,
}


def read_caller(raw: bytes) -> Caller:
    """The caller that the JSON text of a `userIdentity` names; kind `unknown` where it names none. Never raises."""
    return _CALLERS[_read_identity(raw)]


def _caller_of(identity: _UserIdentity) -> Caller:
    kind = _kind_of(identity)
    match kind:
        case PrincipalKind.ROLE:
            principal = _role(identity)
        case PrincipalKind.ANONYMOUS:
            principal = Principal(kind=kind, arn=None, account=None, name=None, session_name=None)
        case PrincipalKind.SERVICE:
            principal = _own(identity, kind, identity.invoked_by)
        case PrincipalKind.FEDERATED:
            behalf = identity.on_behalf_of.user_id if identity.on_behalf_of else None
            principal = _own(identity, kind, identity.user_name or behalf or _last(identity.arn))
        case PrincipalKind.USER:
            principal = _own(identity, kind, identity.user_name or _last(identity.arn))
        case _:
            principal = _own(identity, kind, identity.user_name)
    return Caller(principal=principal, invoked_by=identity.invoked_by or None)


def _kind_of(identity: _UserIdentity) -> PrincipalKind:
    if _ANONYMOUS in (identity.principal_id, identity.account_id):
        return PrincipalKind.ANONYMOUS
    if identity.type in _KINDS:
        return _KINDS[identity.type]
    if identity.arn and _STS_ROLE.fullmatch(identity.arn):
        return PrincipalKind.ROLE
    return PrincipalKind.SERVICE if identity.invoked_by and not identity.arn else PrincipalKind.UNKNOWN


def _role(identity: _UserIdentity) -> Principal:
    session = identity.session_context
    issuer = (session.session_issuer if session else None) or _Issuer()
    assumed = _STS_ROLE.fullmatch(identity.arn or "")
    arn = _role_arn(identity, issuer, assumed)
    account = _account_in(arn) or issuer.account_id or identity.account_id
    name = (_last(arn) if _is_arn(arn) else None) or issuer.user_name or _last(arn)
    return Principal(
        kind=PrincipalKind.ROLE,
        arn=arn,
        account=account or None,
        name=name,
        session_name=_source_identity(session)
        or (assumed[4] if assumed else None)
        or _after_colon(identity.principal_id),
    )


def _source_identity(session: _SessionContext | None) -> str | None:
    """Source: IAM User Guide, "Monitor and control actions taken with assumed roles"."""
    return f"{SOURCE_IDENTITY}{session.source_identity}" if session and session.source_identity else None


def _role_arn(identity: _UserIdentity, issuer: _Issuer, assumed: re.Match[str] | None) -> str | None:
    """The issuer's ARN, with its path; else one rebuilt from the session's, path unknown; else the text as it is."""
    if _is_arn(issuer.arn):
        return issuer.arn
    if assumed:
        return f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}"
    return issuer.arn or identity.arn or None


def _own(identity: _UserIdentity, kind: PrincipalKind, name: str | None) -> Principal:
    return Principal(
        kind=kind,
        arn=identity.arn or None,
        account=_account_in(identity.arn) or identity.account_id or None,
        name=name or None,
        session_name=_after_colon(identity.principal_id) if kind is PrincipalKind.ACCOUNT else None,
    )


def _account_in(arn: str | None) -> str | None:
    parts = (arn or "").split(":", 5)
    is_account = len(parts) == 6 and len(parts[4]) == _ACCOUNT_LENGTH and parts[4].isdecimal()
    return parts[4] if is_account else None


def _is_arn(text: str | None) -> bool:
    return text is not None and text.startswith("arn:") and text.count(":") >= _COLONS_OF_ARN


def _last(arn: str | None) -> str | None:
    return arn.rsplit("/", 1)[-1] or None if arn and "/" in arn else None


def _after_colon(principal_id: str | None) -> str | None:
    return (principal_id or "").partition(":")[2] or None


def _read_identity(raw: bytes) -> _UserIdentity:
    if raw == b"null":
        return _UserIdentity()
    try:
        return _decode(raw)
    except msgspec.DecodeError:
        return _lenient_identity(decode_json(raw))


def _lenient_identity(value: object) -> _UserIdentity:
    """What can be read where a member has the wrong type: numbers as their text, the rest as absent."""
    session = _member(value, "sessionContext")
    issuer = _member(session, "sessionIssuer")
    return _UserIdentity(
        type=_text(value, "type"),
        principal_id=_text(value, "principalId"),
        arn=_text(value, "arn"),
        account_id=_text(value, "accountId"),
        user_name=_text(value, "userName"),
        invoked_by=_text(value, "invokedBy"),
        on_behalf_of=_OnBehalfOf(user_id=_text(_member(value, "onBehalfOf"), "userId")),
        session_context=_SessionContext(
            session_issuer=_Issuer(
                arn=_text(issuer, "arn"), account_id=_text(issuer, "accountId"), user_name=_text(issuer, "userName")
            ),
            source_identity=_text(session, "sourceIdentity"),
        ),
    )


def _member(value: object, key: str) -> object:
    return cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None


def _text(value: object, key: str) -> str | None:
    member = _member(value, key)
    return str(member) if isinstance(member, str | int) and not isinstance(member, bool) else None


_CALLERS: Memo[_UserIdentity, Caller] = Memo(_caller_of)
"""A session's identity is written anew each hour, with another date and access key, and says the same."""
