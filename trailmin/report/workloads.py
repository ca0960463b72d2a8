"""What runs under a role: what each workload did, and the roles that take the place of a shared one."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from trailmin.policy import to_json
from trailmin.report.escape import markdown_code, markdown_text
from trailmin.report.json_output import schema, time_json
from trailmin.report.listing import list_some
from trailmin.report.proposal_json import proposal_json
from trailmin.report.terminal import Column, table
from trailmin.report.usage import use_json
from trailmin.synth.split_roles import NewRole, SplitRole
from trailmin.usage.workloads import WorkloadKind, WorkloadUsage

_ACTIONS_SHOWN = 6
_NO_POLICIES = "none: nothing of what it is granted was used"

_WIRING = {
    WorkloadKind.FUNCTION: "apply.sh gives the function its role",
    WorkloadKind.INSTANCE: "apply.sh makes an instance profile of this name; give it to launch templates and instances",
    WorkloadKind.TASK: "register the task definitions anew with this role as taskRoleArn",
    WorkloadKind.SOURCE_IDENTITY: "who sets this source identity assumes this role in place of the shared one",
}


def workloads_json(principal_name: str | None, arn: str | None, found: Sequence[WorkloadUsage]) -> dict[str, Any]:
    """Return what each workload of a role did."""
    return {
        "schema": schema("workloads"),
        "name": principal_name,
        "arn": arn,
        "workloads": [
            {
                "kind": one.workload.kind.value,
                "name": one.workload.name,
                "events": one.usage.events,
                "denied": one.usage.denied,
                "active_dates": [day.isoformat() for day in one.usage.active_dates],
                "first_seen": time_json(one.usage.first_seen),
                "last_seen": time_json(one.usage.last_seen),
                "uses": [use_json(use) for use in one.usage.uses],
            }
            for one in found
        ],
    }


def workloads_table(title: str, found: Sequence[WorkloadUsage]) -> Table:
    """Return a row for each workload of a role."""
    columns = (
        "Workload",
        "Kind",
        Column(name="Events", number=True),
        Column(name="Denied", number=True),
        Column(name="Active\ndays", number=True),
        Column(name="Resources", number=True),
        "Actions",
    )
    rows = (
        (
            one.workload.name,
            one.workload.kind.value,
            one.usage.events,
            one.usage.denied,
            len(one.usage.active_dates),
            len({use.resource for use in one.usage.uses}),
            list_some(sorted({use.action for use in one.usage.uses}), _ACTIONS_SHOWN),
        )
        for one in found
    )
    return table(title, columns, rows)


def split_table(splits: Sequence[SplitRole]) -> Table:
    """Return a row for each workload of roles that are split: which role it gets, or why it stays where it is."""
    columns = ("Role", "Workload", "Kind", "Gets", "Policies, or why not")
    rows = [
        row
        for split in splits
        for row in (
            *(
                (split.role.name, one.workload.name, one.workload.kind.value, one.name, _policies(one))
                for one in split.new_roles
            ),
            *((split.role.name, r.workload.name, r.workload.kind.value, "stays", r.reason) for r in split.remaining),
        )
    ]
    return table("One role for each workload", columns, rows)


def split_json(split: SplitRole) -> dict[str, Any]:
    """Return the new roles of a shared one, their policies and trust policies, and the change of wiring."""
    return {
        "schema": schema("split"),
        "role": split.role.name,
        "role_arn": split.role_arn,
        "account": split.account,
        "new_roles": [_new_role_json(one, split) for one in split.new_roles],
        "remaining": [
            {"kind": r.workload.kind.value, "name": r.workload.name, "calls": r.calls, "reason": r.reason}
            for r in split.remaining
        ],
        "granted_by_resource_policies": split.foreign_calls,
    }


def _new_role_json(one: NewRole, split: SplitRole) -> dict[str, Any]:
    return {
        "workload": {"kind": one.workload.kind.value, "name": one.workload.name, "sessions": list(one.members)},
        "role_name": one.name,
        "role_arn": one.arn,
        "path": one.path,
        "trust_policy": to_json(one.trust),
        "permissions_boundary": one.boundary,
        "inline_policies": [name for name, _ in one.inline],
        "attached_policies": list(one.attached),
        "wiring": [
            {"resource": f.arn, "attribute": "Role", "from": split.role_arn, "to": one.arn} for f in one.functions
        ]
        or [{"resource": None, "attribute": _WIRING[one.workload.kind], "from": split.role_arn, "to": one.arn}],
        "proposal": proposal_json(one.proposal),
    }


def split_markdown(split: SplitRole) -> str:
    """Return the same for a reviewer."""
    return "\n".join(_split_lines(split)) + "\n"


def _split_lines(split: SplitRole) -> Iterator[str]:
    yield f"# One role for each workload of IAM role {markdown_code(split.role.name)}"
    yield ""
    yield (
        "Each new role may be assumed by nobody who may not assume the shared one, and is granted nothing that the "
        "shared one is not: both are proven. Its policies are made from the calls of its workload alone, and replayed."
    )
    for one in split.new_roles:
        yield from _new_role_lines(one)
    if split.remaining:
        yield "\n## What stays on the shared role\n"
        for rest in split.remaining:
            name = markdown_code(rest.workload.name)
            yield f"- {name} ({rest.workload.kind.value}), {rest.calls:,} calls: {markdown_text(rest.reason)}"
    yield "\n## Apply and roll back\n"
    yield (
        "`apply.sh` makes the roles and gives functions theirs; `rollback.sh` gives the shared role back and removes "
        "them. The shared role itself is left as it is: once its logs show what is left, tighten it, or delete it when "
        "nothing is. Where infrastructure code makes the functions, change their role there instead."
    )
    if split.foreign_calls:
        yield (
            f"\n{split.foreign_calls:,} authorizations were granted by something else than the role's policies. "
            f"Policies of buckets, keys, queues and secrets that name {markdown_code(split.role_arn or '')} have to "
            "name the new roles too."
        )


def _new_role_lines(one: NewRole) -> Iterator[str]:
    names = list_some(_names(one), _ACTIONS_SHOWN, form=markdown_code)
    yield ""
    yield f"## {markdown_code(one.name)} for {markdown_code(one.workload.name)} ({one.workload.kind.value})"
    yield ""
    yield f"- {one.proposal.activity.events:,} calls; {markdown_text(one.proposal.reason)}"
    yield f"- Policies: {names or _NO_POLICIES}"
    yield f"- Wiring: {markdown_text(_WIRING[one.workload.kind])}"
    if one.workload.kind is not WorkloadKind.FUNCTION:
        yield f"- Seen: {list_some(one.members, _ACTIONS_SHOWN, form=markdown_code)}"


def _names(one: NewRole) -> tuple[str, ...]:
    return (*(name for name, _ in one.inline), *one.attached)


def _policies(one: NewRole) -> str:
    return list_some(_names(one), _ACTIONS_SHOWN) or _NO_POLICIES
