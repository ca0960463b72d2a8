"""The calls of IAM Identity Center that make the changes of a permission set, and those that take them back.

Source: IAM Identity Center API reference, PutInlinePolicyToPermissionSet and ProvisionPermissionSet: a change comes
into force in the accounts when the permission set is provisioned again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trailmin.current import PermissionSet, PolicyKind
from trailmin.publish.scripts import Look, Step, cli_name
from trailmin.report.escape import visible_json
from trailmin.synth.model import ChangeKind, PolicyChange, Proposal
from trailmin.synth.permission_sets import inline_policy_after, reference_of

CURRENT_INLINE = "current-inline-policy.json"
"""File with the inline policy in force, below the permission set's folder."""

NEW_INLINE = "inline-policy.json"
"""File with the inline policy to put: with what stands in for AWS-managed policies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCall:
    """One call of the sso-admin API; the ARNs of instance and permission set are those of the proposal."""

    operation: str
    parameters: Mapping[str, Any]
    document_path: str | None = None
    """File with the inline policy, which is the parameter `InlinePolicy`."""
    expected_path: str | None = None
    """File with the inline policy in force before the call; None for none."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `changes.json` has it."""
        return {
            "operation": f"sso-admin:{self.operation}",
            "parameters": dict(self.parameters),
            "document_file": self.document_path,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCalls:
    """What makes the changes of a permission set."""

    apply: tuple[SetCall, ...]
    rollback: tuple[SetCall, ...]
    files: Mapping[str, str]
    """Path to text of the documents."""


def permission_set_calls(proposal: Proposal, one: PermissionSet) -> SetCalls:
    """Return the calls for the changes of a proposal; none where the permission set's ARNs are not known."""
    role = proposal.role
    old = next((policy.text for policy in role.policies if policy.kind is PolicyKind.INLINE), None)
    new = inline_policy_after(role, proposal.changes)
    texts = {CURRENT_INLINE: old, NEW_INLINE: new}
    files = {path: visible_json(text) for path, text in texts.items() if text is not None and old != new}
    if one.arn is None or one.instance_arn is None:
        return SetCalls(apply=(), rollback=(), files=files)
    ids = {"InstanceArn": one.instance_arn, "PermissionSetArn": one.arn}
    gone = list(dict.fromkeys(_detached(proposal.changes)))
    provision = SetCall(
        operation="ProvisionPermissionSet", parameters={**ids, "TargetType": "ALL_PROVISIONED_ACCOUNTS"}
    )
    forth = tuple(_inline_call(ids, files, CURRENT_INLINE, NEW_INLINE)) if old != new else ()
    back = tuple(_inline_call(ids, files, NEW_INLINE, CURRENT_INLINE)) if old != new else ()
    return SetCalls(
        apply=(*forth, *(_managed_call("Detach", ids, *which) for which in gone), provision),
        rollback=(*(_managed_call("Attach", ids, *which) for which in gone), *back, provision),
        files=files,
    )


def _inline_call(ids: Mapping[str, str], files: Mapping[str, str], old: str, new: str) -> Iterator[SetCall]:
    expected = old if old in files else None
    if new in files:
        yield SetCall(
            operation="PutInlinePolicyToPermissionSet",
            parameters={**ids, "InlinePolicy": files[new]},
            document_path=new,
            expected_path=expected,
        )
    else:
        yield SetCall(operation="DeleteInlinePolicyFromPermissionSet", parameters=ids, expected_path=expected)


_Managed = tuple[str | None, tuple[str, str] | None]
"""ARN of an AWS-managed policy, or path and name of a customer-managed one."""


def _detached(changes: Sequence[PolicyChange]) -> Iterator[_Managed]:
    for change in changes:
        if change.policy is not None and (change.kind is ChangeKind.DETACH or change.replaces is not None):
            reference = reference_of(change.policy)
            yield (change.policy.arn if reference is None else None, reference)


def _managed_call(verb: str, ids: Mapping[str, str], arn: str | None, reference: tuple[str, str] | None) -> SetCall:
    preposition = {"Attach": "To", "Detach": "From"}[verb]
    if reference is None:
        operation = f"{verb}ManagedPolicy{preposition}PermissionSet"
        return SetCall(operation=operation, parameters={**ids, "ManagedPolicyArn": arn})
    path, name = reference
    operation = f"{verb}CustomerManagedPolicyReference{preposition}PermissionSet"
    return SetCall(
        operation=operation, parameters={**ids, "CustomerManagedPolicyReference": {"Name": name, "Path": path}}
    )


def set_steps(calls: Sequence[SetCall], name: str) -> tuple[Step, ...]:
    """Return the calls as steps of a script.

    Args:
        calls: In their order.
        name: The permission set's, for a person.
    """
    return tuple(_step(call, name) for call in calls)


def _step(call: SetCall, name: str) -> Step:
    words = tuple(
        f"--{cli_name(parameter)}={_word(parameter, value, call)}" for parameter, value in call.parameters.items()
    )
    look = None
    if "InlinePolicy" in call.operation:
        ids = tuple(word for word in words if word.startswith(("--instance-arn=", "--permission-set-arn=")))
        look = Look(
            policy=f"inline policy of permission set {name}",
            expected_path=call.expected_path,
            new_path=call.document_path,
            command=("aws", "sso-admin", "get-inline-policy-for-permission-set", *ids, "--query=InlinePolicy"),
        )
    return Step(command=("aws", "sso-admin", cli_name(call.operation), *words), look=look)


def _word(parameter: str, value: Any, call: SetCall) -> str:
    if parameter == "InlinePolicy":
        return f"file://{call.document_path}"
    if isinstance(value, dict):
        # Names of policies may hold signs of the AWS CLI's shorthand.
        return json.dumps(value)
    return str(value)
