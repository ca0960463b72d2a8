"""Roles, users and policies as the stories declare them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sample_logs.accounts import Json
from sample_logs.chance import Dice


def allow(actions: str | list[str], resources: str | list[str], *, sid: str | None = None, **more: Json) -> Json:
    """Return an Allow statement, its keys in the order in which people write them."""
    return statement("Allow", actions, resources, sid=sid, **more)


def deny(actions: str | list[str], resources: str | list[str], *, sid: str | None = None, **more: Json) -> Json:
    """Return a Deny statement."""
    return statement("Deny", actions, resources, sid=sid, **more)


def statement(
    effect: str, actions: str | list[str], resources: str | list[str], *, sid: str | None, **more: Json
) -> Json:
    """Return a statement; `more` are further elements such as `Condition`."""
    head: Json = {"Sid": sid} if sid else {}
    return head | {"Effect": effect, "Action": actions, "Resource": resources} | more


def document(*statements: Json) -> Json:
    """Return a policy document of the current version of the language."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: Json, action: str = "sts:AssumeRole", condition: Json | None = None) -> Json:
    """Return a role's trust policy."""
    rest = {"Condition": condition} if condition else {}
    return document({"Effect": "Allow", "Principal": principal, "Action": action} | rest)


def trust_service(service: str) -> Json:
    """Return the trust policy of a role that one service assumes."""
    return trust({"Service": service})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version of a managed policy."""

    number: str
    created: str
    """ISO 8601 with offset, as the CLI prints it."""
    document: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A customer-managed policy, or with account `aws` an AWS-managed one."""

    account: str
    name: str
    path: str = "/"
    versions: tuple[PolicyVersion, ...]
    """Newest first; the first is the default version."""
    created: str

    @property
    def arn(self) -> str:
        """Return the policy's ARN, path included."""
        return f"arn:aws:iam::{self.account}:policy{self.path}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role with its policies."""

    account: str
    name: str
    path: str = "/"
    created: str
    trust: Json
    inline: Mapping[str, Json] = field(default_factory=dict)
    managed: tuple[ManagedPolicy, ...] = ()
    boundary: ManagedPolicy | None = None
    instance_profile: bool = False
    region: str | None = None
    """Where it was last used; None for a role that nobody ever used."""

    @property
    def arn(self) -> str:
        """Return the role's ARN, path included."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"

    @property
    def unique_id(self) -> str:
        """Return the role's unique id, `AROA…`."""
        return Dice("role", self.account, self.name).unique_id("AROA")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user without policies of interest."""

    account: str
    name: str
    created: str

    @property
    def arn(self) -> str:
        """Return the user's ARN."""
        return f"arn:aws:iam::{self.account}:user/{self.name}"

    @property
    def unique_id(self) -> str:
        """Return the user's unique id, `AIDA…`."""
        return Dice("user", self.account, self.name).unique_id("AIDA")
