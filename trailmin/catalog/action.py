"""IAM's side of the catalog: actions and the resource types that they take, as AWS's reference has them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResource:
    """A resource type that an action can be restricted to."""

    name: str
    """The resource type's name within the service, such as `object`."""
    required: bool
    """Whether the reference marks it with an asterisk: the action is always checked against a resource of this type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An IAM action, spelled as AWS spells it."""

    prefix: str
    """The service prefix, such as `s3`."""
    name: str
    """Such as `GetObject`."""
    access_level: str
    """`List`, `Read`, `Write`, `Tagging`, `Permissions management`, or several of them joined by `, `."""
    resource_types: tuple[ActionResource, ...]
    """Sorted by name; empty for an action that only `*` fits."""
    condition_keys: tuple[str, ...]
    """Sorted; those of the action itself, without the global keys."""

    @property
    def full_name(self) -> str:
        """The action as a policy writes it: `s3:GetObject`."""
        return f"{self.prefix}:{self.name}"

    @property
    def takes_resources(self) -> bool:
        """Whether the action can be restricted to resources at all."""
        return bool(self.resource_types)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A kind of resource of one service, with the forms of its ARN."""

    prefix: str
    name: str
    arn_patterns: tuple[str, ...]
    """With AWS's placeholders: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionKey:
    """A condition key that a service has."""

    name: str
    """With AWS's placeholders: `s3:RequestObjectTag/<key>`, `kms:EncryptionContext:${EncryptionContextKey}`."""
    type: str
    """`String`, `ARN`, `Bool`, `Numeric`, `Date`, `IPAddress`, or `ArrayOfString` and the like for several values."""
