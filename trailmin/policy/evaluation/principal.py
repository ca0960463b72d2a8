"""Who calls, and whether a Principal or NotPrincipal element is about them.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from trailmin.errors import PolicyError
from trailmin.policy.arn import Arn
from trailmin.policy.document import Principals, Statement


class CallerKind(StrEnum):
    """What kind of principal makes the request."""

    ROLE = "role"
    """A session of a role."""
    USER = "user"
    ROOT = "root"
    """The root user of an account."""
    FEDERATED_USER = "federated user"
    """A session of `sts:GetFederationToken`."""
    SERVICE = "service"
    FEDERATED = "federated"
    """Somebody of an identity provider, before a role is assumed."""
    CANONICAL_USER = "canonical user"
    ANONYMOUS = "anonymous"


class Standing(StrEnum):
    """How a resource policy's Principal names the caller, which decides what else must allow the request.

    From the weakest to the strongest: of several, the strongest decides.
    """

    ACCOUNT = "account"
    """By the caller's account, which can then allow its principals to."""
    PRINCIPAL = "principal"
    """By the ARN of the user or role, or as a service or identity provider."""
    ANYONE = "anyone"
    """By `*`."""
    SESSION = "session"
    """By the ARN of the role session or federated user session itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The principal of a request."""

    kind: CallerKind
    name: str
    """The ARN of the user or role, a service's name, an identity provider's name or ARN; `*` for anonymous."""
    account: str | None = None
    session: str | None = None
    """The ARN of the session."""

    @property
    def is_service_linked(self) -> bool:
        """Whether it is a service-linked role, which organization policies do not restrict."""
        return self.kind is CallerKind.ROLE and _role_name(self.name).startswith("AWSServiceRoleFor")

    @property
    def is_of_account(self) -> bool:
        """Whether identity policies and service control policies can apply."""
        return self.kind in {CallerKind.ROLE, CallerKind.USER, CallerKind.ROOT, CallerKind.FEDERATED_USER}

    @lru_cache(maxsize=1 << 10)  # noqa: B019 (callers are values; the cache is bounded)
    def context(self) -> Mapping[str, tuple[str, ...]]:
        """The condition keys that follow from who calls."""
        keys = {"aws:principaltype": _PRINCIPAL_TYPES.get(self.kind)}
        keys["aws:principalisawsservice"] = "true" if self.kind is CallerKind.SERVICE else "false"
        if self.account is not None:
            keys["aws:principalaccount"], keys["aws:principalarn"] = self.account, self.name
        if self.kind is CallerKind.USER:
            keys["aws:username"] = self.name.rpartition("/")[2]
        if self.kind is CallerKind.SERVICE:
            keys["aws:principalservicename"] = self.name
        return {key: (value,) for key, value in keys.items() if value is not None}


_PRINCIPAL_TYPES = {
    CallerKind.ROLE: "AssumedRole",
    CallerKind.USER: "User",
    CallerKind.ROOT: "Account",
    CallerKind.FEDERATED_USER: "FederatedUser",
    CallerKind.ANONYMOUS: "Anonymous",
}
_ACCOUNT = re.compile(r"\d{12}")
_EXPLICIT = {
    "Service": CallerKind.SERVICE,
    "Federated": CallerKind.FEDERATED,
    "CanonicalUser": CallerKind.CANONICAL_USER,
}


def parse_caller(text: str) -> Caller:
    """The caller in a text: an ARN, an account's id (its root user), `*` (anonymous), or a service's name.

    `Federated:accounts.google.com`, `Service:…` and `CanonicalUser:…` say which kind a name is of.

    Raises:
        PolicyError: it is none of these.
    """
    kind, colon, name = text.partition(":")
    if colon and kind in _EXPLICIT and name:
        return Caller(kind=_EXPLICIT[kind], name=name)
    if text == "*":
        return Caller(kind=CallerKind.ANONYMOUS, name="*")
    if _ACCOUNT.fullmatch(text):
        return Caller(kind=CallerKind.ROOT, name=f"arn:aws:iam::{text}:root", account=text)
    if text.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return Caller(kind=CallerKind.SERVICE, name=text)
    arn = Arn.parse(text)
    found = _caller_of_arn(arn) if arn else None
    if found is None:
        raise PolicyError(
            f"{text!r:.120} is not a principal",
            hint="Name an ARN of IAM or STS, an account's twelve digits, a service, Federated:PROVIDER, or '*'.",
        )
    return found


def _caller_of_arn(arn: Arn) -> Caller | None:
    kind, _, rest = arn.resource.partition("/")
    account = arn.account
    if (arn.service, kind) == ("sts", "assumed-role") and "/" in rest:
        role = f"arn:{arn.partition}:iam::{account}:role/{rest.rpartition('/')[0]}"
        return Caller(kind=CallerKind.ROLE, name=role, account=account, session=str(arn))
    if (arn.service, kind) == ("sts", "federated-user"):
        return Caller(kind=CallerKind.FEDERATED_USER, name=str(arn), account=account, session=str(arn))
    kinds = {"role": CallerKind.ROLE, "user": CallerKind.USER, "root": CallerKind.ROOT}
    if arn.service == "iam" and kind in kinds:
        return Caller(kind=kinds[kind], name=str(arn), account=account)
    if arn.service == "iam" and kind in {"saml-provider", "oidc-provider"}:
        return Caller(kind=CallerKind.FEDERATED, name=str(arn))
    return None


def standing(statement: Statement, caller: Caller) -> Standing | None:
    """How a statement's Principal names the caller, by the strongest of the ways; None if it does not.

    A NotPrincipal is about everybody but those of whom it lists all that the request is made by: of a role session its
    session, role and account.
    """
    if statement.principals:
        found = {_named(kind, value, caller) for kind, value in _values(statement.principals)} - {None}
        return max((one for one in found if one), key=list(Standing).index, default=None)
    if not statement.not_principals:
        return Standing.ANYONE
    listed = list(_values(statement.not_principals))
    needed = [one for one in _identities(caller) if not any(_named(kind, value, one) for kind, value in listed)]
    return Standing.ANYONE if needed else None


def _values(principals: Iterable[Principals]) -> Iterable[tuple[str, str]]:
    return ((group.kind, value) for group in principals for value in group.values)


def _identities(caller: Caller) -> list[Caller]:
    """All that must be listed in a NotPrincipal for the caller to be excepted."""
    if caller.account is None:
        return [caller]
    account = Caller(kind=CallerKind.ROOT, name=f"arn:aws:iam::{caller.account}:root", account=caller.account)
    if caller.kind is CallerKind.ROOT:
        return [account]
    # Without its account or session, each of these is named by its own ARN alone.
    principal = replace(caller, account=None, session=caller.name if caller.session == caller.name else None)
    if caller.session is None or caller.session == caller.name:
        return [account, principal]
    return [account, principal, Caller(kind=CallerKind.FEDERATED_USER, name=caller.session, session=caller.session)]


def _named(kind: str, value: str, caller: Caller) -> Standing | None:
    if value == "*" and kind in {"*", "AWS"}:
        return Standing.ANYONE
    match kind:
        case "AWS":
            return _named_by_arn(value, caller)
        case "Service":
            names = caller.kind is CallerKind.SERVICE and value in {"*", caller.name}
        case "Federated":
            names = caller.kind is CallerKind.FEDERATED and value in {"*", caller.name}
        case _:
            names = caller.kind is CallerKind.CANONICAL_USER and value == caller.name
    return Standing.PRINCIPAL if names else None


def _named_by_arn(value: str, caller: Caller) -> Standing | None:
    if caller.session is not None and value == caller.session:
        return Standing.SESSION
    if caller.kind in {CallerKind.ROLE, CallerKind.USER} and _is_same_principal(value, caller):
        return Standing.PRINCIPAL
    account = value if _ACCOUNT.fullmatch(value) else _account_of_root(value)
    if account is None or account != caller.account:
        return None
    return Standing.PRINCIPAL if caller.kind is CallerKind.ROOT else Standing.ACCOUNT


def _is_same_principal(value: str, caller: Caller) -> bool:
    if value == caller.name:
        return True
    if caller.kind is not CallerKind.ROLE:
        return False
    # A session's ARN lacks the role's path; names of roles are unique within an account.
    asked, mine = Arn.parse(value), Arn.parse(caller.name)
    if asked is None or mine is None or not asked.resource.startswith("role/"):
        return False
    return asked.account == mine.account and _role_name(value) == _role_name(caller.name)


def _account_of_root(value: str) -> str | None:
    arn = Arn.parse(value)
    return arn.account if arn and arn.service == "iam" and arn.resource == "root" else None


def _role_name(arn: str) -> str:
    return arn.rpartition("/")[2]
