"""From an API operation to the IAM actions that it is checked for, as data: no rule here looks at an event."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A test on an event's request parameters that makes an action apply.

    It holds when at least one of the paths leads to a value that is there (not null, not empty, not `false`) and, where
    `value_pattern` is given, whose text it matches.
    """

    any_of: tuple[str, ...]
    """Parameter paths, to be compared without regard to letter case: keys joined by `.`, `[]` behind a key for every
    element of its list (`transactItems[].put`)."""
    value_pattern: str | None = None
    """A regular expression for `re.search` with `re.IGNORECASE` on the value's text; None: any value does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationAction:
    """One action that an operation is checked for."""

    action: str
    """As the catalog spells it: `s3:GetObject`."""
    when: Trigger | None = None
    """What the parameters must show for the action to apply; None when nothing they show decides it."""
    instead_of: str | None = None
    """The action of the same operation that this one replaces when its trigger holds."""
    resource_of: Literal["source", "target"] | None = None
    """For operations that work on two resources: the one that this action is checked on."""
    resource_path: str | None = None
    """The parameter path below which this action's own resources are named; None: anywhere in the parameters. Where it
    and the trigger's paths go through the same list, only the elements for which the trigger holds count."""
    required: bool = True
    """False where the call may have been authorised without the action even though the trigger, if any, holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRole:
    """A parameter that hands a role to a service, which IAM checks as `iam:PassRole`."""

    parameter_path: str
    """Where the role's ARN or name stands, in the notation of `Trigger.any_of`."""
    service: str | None
    """The value of `iam:PassedToService`, such as `lambda.amazonaws.com`; None where it is not known."""
    is_instance_profile: bool = False
    """Whether the parameter names what holds the role that is passed: an instance profile, a launch template or a task
    definition."""
    required: bool = True
    """False where what the parameter names may hold no role."""
    when: Trigger | None = None
    """What the parameters must show for the value to be a role; None where it always is one. Where its paths go through
    the same list as `parameter_path`, only the elements for which it holds count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRule:
    """What an operation is checked for."""

    actions: tuple[OperationAction, ...]
    basis: Literal["same-name", "override", "api-gateway", "guess"]
    pass_role: tuple[PassedRole, ...]
    http_paths: tuple[str, ...] = ()
    """The request path with `{placeholders}`, given for API Gateway, whose ARNs end in it; several where API versions
    share the operation's name: the right one is that whose placeholders the parameters name."""
    source: str
    """Where the rule comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPermission:
    """An operation that anyone may call: IAM checks nothing."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """An operation whose actions are not known; it never becomes a grant."""

    reason: str
