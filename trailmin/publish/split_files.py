"""The files of a shared role that is split: the new roles, and scripts that make them and take them back."""

from collections.abc import Iterator

from trailmin.policy import print_policy
from trailmin.publish.layout import safe_name
from trailmin.publish.scripts import render_commands
from trailmin.report.json_output import json_text
from trailmin.report.workloads import split_json, split_markdown
from trailmin.synth.split_roles import NewRole, SplitRole
from trailmin.usage.workloads import WorkloadKind

FOLDER = "split"
"""Below the role's folder."""

_PROPAGATION = ("sleep", "15")
"""A new role takes seconds until a service can assume it (IAM User Guide, "Troubleshoot IAM")."""

Command = tuple[str, ...]


def split_texts(split: SplitRole) -> Iterator[tuple[str, str]]:
    """Yield each file's path below the role's folder, and its text."""
    yield f"{FOLDER}/WORKLOADS.md", split_markdown(split)
    yield f"{FOLDER}/split.json", json_text(split_json(split))
    for new in split.new_roles:
        yield f"{FOLDER}/{_trust_path(new)}", print_policy(new.trust)
        yield from ((f"{FOLDER}/{_policy_path(new, name)}", text) for name, text in new.inline)
    title = f"of role {split.role.name} in account {split.account or 'unknown'}"
    if split.new_roles:
        forth = f"Make one role for each workload {title}; rollback.sh undoes it."
        back = f"Give back the shared role, and remove the roles of the workloads {title}."
        yield f"{FOLDER}/apply.sh", render_commands(tuple(_apply(split)), title=forth, account=split.account)
        yield f"{FOLDER}/rollback.sh", render_commands(tuple(_rollback(split)), title=back, account=split.account)


def _apply(split: SplitRole) -> Iterator[Command]:
    for new in split.new_roles:
        boundary = (f"--permissions-boundary={new.boundary}",) if new.boundary else ()
        trust = f"--assume-role-policy-document=file://{_trust_path(new)}"
        yield ("aws", "iam", "create-role", f"--role-name={new.name}", f"--path={new.path}", trust, *boundary)
        for name, _ in new.inline:
            document = f"--policy-document=file://{_policy_path(new, name)}"
            yield ("aws", "iam", "put-role-policy", f"--role-name={new.name}", f"--policy-name={name}", document)
        for arn in new.attached:
            yield ("aws", "iam", "attach-role-policy", f"--role-name={new.name}", f"--policy-arn={arn}")
        if new.workload.kind is WorkloadKind.INSTANCE:
            profile = f"--instance-profile-name={new.name}"
            yield ("aws", "iam", "create-instance-profile", profile)
            yield ("aws", "iam", "add-role-to-instance-profile", profile, f"--role-name={new.name}")
    if any(new.functions for new in split.new_roles):
        yield _PROPAGATION
    for new in split.new_roles:
        yield from _rewire(new, new.arn)


def _rollback(split: SplitRole) -> Iterator[Command]:
    for new in split.new_roles:
        yield from _rewire(new, split.role_arn)
    for new in split.new_roles:
        if new.workload.kind is WorkloadKind.INSTANCE:
            profile = f"--instance-profile-name={new.name}"
            yield ("aws", "iam", "remove-role-from-instance-profile", profile, f"--role-name={new.name}")
            yield ("aws", "iam", "delete-instance-profile", profile)
        for name, _ in new.inline:
            yield ("aws", "iam", "delete-role-policy", f"--role-name={new.name}", f"--policy-name={name}")
        for arn in new.attached:
            yield ("aws", "iam", "detach-role-policy", f"--role-name={new.name}", f"--policy-arn={arn}")
        yield ("aws", "iam", "delete-role", f"--role-name={new.name}")


def _rewire(new: NewRole, role_arn: str | None) -> Iterator[Command]:
    for function in new.functions:
        region = function.arn.split(":")[3]
        command = ("aws", "lambda", "update-function-configuration", f"--region={region}")
        yield (*command, f"--function-name={function.arn}", f"--role={role_arn}")


def _trust_path(new: NewRole) -> str:
    return f"{safe_name(new.name)}/trust-policy.json"


def _policy_path(new: NewRole, policy: str) -> str:
    return f"{safe_name(new.name)}/policies/{safe_name(policy)}.json"
