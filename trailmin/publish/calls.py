"""The IAM API calls that make a proposal's changes, and those that take them back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from trailmin.current import PolicyKind
from trailmin.errors import DefectError
from trailmin.publish.change_files import ChangeFiles
from trailmin.synth.model import ChangeKind


class Operation(StrEnum):
    """Operations of the IAM API (API reference, version 2010-05-08)."""

    PUT_ROLE_POLICY = "PutRolePolicy"
    CREATE_POLICY_VERSION = "CreatePolicyVersion"
    ATTACH_ROLE_POLICY = "AttachRolePolicy"
    DETACH_ROLE_POLICY = "DetachRolePolicy"
    DELETE_ROLE_POLICY = "DeleteRolePolicy"


_ORDER = list(Operation)
"""What grants comes before what takes away, so that no moment is without the permissions of both ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IamCall:
    """One call."""

    operation: Operation
    role_name: str | None = None
    policy_name: str | None = None
    policy_arn: str | None = None
    document_path: str | None = None
    """File with the policy document, below the role's folder."""
    document: str | None = None
    """Its text."""
    expected_path: str | None = None
    """File with what is in force before the call; None where nothing of the name is, and for attachments."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `changes.json` has it."""
        parameters = {
            "RoleName": self.role_name,
            "PolicyName": self.policy_name,
            "PolicyArn": self.policy_arn,
            "PolicyDocument": self.document,
            "SetAsDefault": True if self.operation is Operation.CREATE_POLICY_VERSION else None,
        }
        return {
            "operation": f"iam:{self.operation.value}",
            "parameters": {name: value for name, value in parameters.items() if value is not None},
            "document_file": self.document_path,
        }


def apply_calls(role_name: str, changes: Sequence[ChangeFiles]) -> tuple[IamCall, ...]:
    """Return the calls that make the changes, what grants before what takes away."""
    return _ordered(call for files in changes for call in _apply(role_name, files))


def rollback_calls(role_name: str, changes: Sequence[ChangeFiles]) -> tuple[IamCall, ...]:
    """Return the calls that bring back what was in force, what grants before what takes away."""
    return _ordered(call for files in changes for call in _rollback(role_name, files))


def _apply(role_name: str, files: ChangeFiles) -> Iterator[IamCall]:
    change = files.change
    match change.kind:
        case ChangeKind.PUT_INLINE:
            yield replace(_put(role_name, change.name, files.new_path, change.new_text), expected_path=_inline(files))
            if change.replaces is not None:
                yield _attachment(Operation.DETACH_ROLE_POLICY, role_name, change.replaces)
        case ChangeKind.DELETE_INLINE:
            yield replace(_delete(role_name, change.name), expected_path=files.current_path)
        case ChangeKind.CREATE_VERSION:
            yield replace(_version(_arn(files), files.new_path, change.new_text), expected_path=files.current_path)
        case ChangeKind.DETACH:
            yield _attachment(Operation.DETACH_ROLE_POLICY, role_name, _arn(files))


def _rollback(role_name: str, files: ChangeFiles) -> Iterator[IamCall]:
    change, before = files.change, files.before
    old_text = before.text if before else None
    match change.kind:
        case ChangeKind.PUT_INLINE if before is not None and before.kind is PolicyKind.INLINE:
            yield replace(_put(role_name, change.name, files.current_path, old_text), expected_path=files.new_path)
        case ChangeKind.PUT_INLINE:
            if change.replaces is not None:
                yield _attachment(Operation.ATTACH_ROLE_POLICY, role_name, change.replaces)
            yield replace(_delete(role_name, change.name), expected_path=files.new_path)
        case ChangeKind.DELETE_INLINE:
            yield _put(role_name, change.name, files.current_path, old_text)
        case ChangeKind.CREATE_VERSION:
            yield replace(_version(_arn(files), files.current_path, old_text), expected_path=files.new_path)
        case ChangeKind.DETACH:
            yield _attachment(Operation.ATTACH_ROLE_POLICY, role_name, _arn(files))


def _inline(files: ChangeFiles) -> str | None:
    """The file with the inline policy that a put overwrites; None for a new one."""
    return files.current_path if files.before is not None and files.before.kind is PolicyKind.INLINE else None


def _ordered(calls: Iterable[IamCall]) -> tuple[IamCall, ...]:
    """A detachment that both the replacement and a change of its own ask for is made once."""
    return tuple(sorted(dict.fromkeys(calls), key=lambda call: _ORDER.index(call.operation)))


def _put(role_name: str, policy_name: str, path: str | None, text: str | None) -> IamCall:
    return IamCall(
        operation=Operation.PUT_ROLE_POLICY,
        role_name=role_name,
        policy_name=policy_name,
        document_path=_given(path, policy_name),
        document=_given(text, policy_name),
    )


def _version(arn: str, path: str | None, text: str | None) -> IamCall:
    return IamCall(
        operation=Operation.CREATE_POLICY_VERSION,
        policy_arn=arn,
        document_path=_given(path, arn),
        document=_given(text, arn),
    )


def _delete(role_name: str, policy_name: str) -> IamCall:
    return IamCall(operation=Operation.DELETE_ROLE_POLICY, role_name=role_name, policy_name=policy_name)


def _attachment(operation: Operation, role_name: str, arn: str) -> IamCall:
    return IamCall(operation=operation, role_name=role_name, policy_arn=arn)


def _arn(files: ChangeFiles) -> str:
    return _given(files.change.policy.arn if files.change.policy else None, files.change.name)


def _given(value: str | None, policy: str) -> str:
    if value is None:
        raise DefectError(f"the change of policy {policy} lacks the document or ARN that it is made with")
    return value
