"""A snapshot: a folder per account with outputs of the AWS CLI, as they are.

`aws iam get-account-authorization-details` is the one that must be there. Shapes: AWS CLI reference of each command.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from trailmin.current.inventory import parse_tags, resource_tags, vpc_endpoints
from trailmin.current.json_file import read_object, read_value
from trailmin.current.last_accessed import parse_last_accessed
from trailmin.current.model import (
    AccountSnapshot,
    Boundary,
    EventSourceMapping,
    Holder,
    HolderKind,
    LambdaFunction,
    PermissionSet,
    PolicyInForce,
    PolicyKind,
    PolicyVersion,
    Role,
    StateInForce,
)
from trailmin.current.organization import read_organization
from trailmin.current.permission_set_files import PERMISSION_SETS, read_permission_sets
from trailmin.current.resource_policy_files import read_not_told, read_resource_policies
from trailmin.current.source_links import read_source_links
from trailmin.errors import CurrentError, PolicyError
from trailmin.policy import Policy, parse_policy

_Entry = TypeVar("_Entry")

AUTHORIZATION_DETAILS = "authorization-details.json"

_WRONG_SHAPE = (KeyError, TypeError, AttributeError, ValueError, StopIteration)

_DETAIL_LISTS = {"RoleDetailList": "role/", "UserDetailList": "user/", "GroupDetailList": "group/"}


def read_snapshot(path: Path) -> StateInForce:
    """Return the state of one account from its folder, or from `authorization-details.json` itself.

    Raises:
        CurrentError: A file is missing, is not JSON or lacks what the AWS CLI writes.
        PolicyError: A document is not a policy.
    """
    details_path = path if path.is_file() else path / AUTHORIZATION_DETAILS
    details = read_object(details_path)
    try:
        return _state(details, details_path)
    except _WRONG_SHAPE as error:
        raise CurrentError(
            f"{details_path} is not the output of get-account-authorization-details ({error!r})",
            hint="aws iam get-account-authorization-details > authorization-details.json",
        ) from error


def _state(details: Mapping[str, Any], details_path: Path) -> StateInForce:
    account = _account_of(details, details_path)
    managed = {
        entry["Arn"]: _with_holders(_managed_policy(entry, account, details_path), entry, details)
        for entry in details.get("Policies", ())
    }
    notes: list[str] = []
    roles = tuple(
        _role(entry, account, managed, notes, details_path)
        for entry in sorted(details.get("RoleDetailList", ()), key=lambda e: str(e["Arn"]))
    )
    partition = _partition_of(details)
    beside = _beside(details_path.parent, account, partition) if details_path.name == AUTHORIZATION_DETAILS else None
    told = replace(
        beside or AccountSnapshot(account=account),
        holders=tuple(_holders(details, account, managed, details_path)),
        managed_policies=tuple(managed[arn] for arn in sorted(managed)),
    )
    return StateInForce(
        roles=roles,
        accounts={account: told},
        notes=tuple(notes),
        permission_sets=_permission_sets(details_path),
    )


def _permission_sets(details_path: Path) -> tuple[PermissionSet, ...]:
    path = details_path.parent / PERMISSION_SETS
    if details_path.name != AUTHORIZATION_DETAILS:
        return ()
    return tuple(sorted(_if_there(path, read_object, read_permission_sets) or (), key=lambda one: (one.name, one.arn)))


def _account_of(details: Mapping[str, Any], path: Path) -> str:
    for name in _DETAIL_LISTS:
        for entry in details.get(name, ()):
            return str(entry["Arn"]).split(":")[4]
    folder = path.parent.name
    if len(folder) == 12 and folder.isdigit():
        return folder
    raise CurrentError(
        f"{path} names no role, user or group, so its account is unknown", hint="name its folder by the account id"
    )


def _role(
    entry: Mapping[str, Any], account: str, managed: Mapping[str, PolicyInForce], notes: list[str], path: Path
) -> Role:
    arn, name = entry["Arn"], entry["RoleName"]
    policies = [_inline_policy(p, account, name, path) for p in entry.get("RolePolicyList", ())]
    for attached in entry.get("AttachedManagedPolicies", ()):
        if (policy := managed.get(attached["PolicyArn"])) is not None:
            policies.append(policy)
        else:
            notes.append(f"{arn}: the snapshot lacks the text of {attached['PolicyArn']}, so what it grants is unknown")
    boundary_arn = (entry.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    trust = entry.get("AssumeRolePolicyDocument")
    return Role(
        name=name,
        account=account,
        arn=arn,
        path=entry.get("Path", "/"),
        created=_time(entry.get("CreateDate")),
        policies=tuple(policies),
        boundary=Boundary(arn=boundary_arn, policy=managed[boundary_arn].policy if boundary_arn in managed else None)
        if boundary_arn
        else None,
        trust=_policy(trust, f"{path}: trust policy of {name}", kind="trust") if trust else None,
        tags=parse_tags(entry.get("Tags")),
    )


def _holders(
    details: Mapping[str, Any], account: str, managed: Mapping[str, PolicyInForce], path: Path
) -> Iterator[Holder]:
    """Users and groups, where the snapshot was taken with them."""
    lists = (("GroupDetailList", HolderKind.GROUP), ("UserDetailList", HolderKind.USER))
    for list_name, kind in lists:
        for entry in sorted(details.get(list_name, ()), key=lambda e: str(e["Arn"])):
            name = entry[f"{kind.value.title()}Name"]
            inline = entry.get(f"{kind.value.title()}PolicyList", ())
            attached = [one["PolicyArn"] for one in entry.get("AttachedManagedPolicies", ())]
            own = [replace(_inline_policy(one, account, name, path), role_name=None) for one in inline]
            yield Holder(
                kind=kind,
                name=name,
                account=account,
                arn=entry["Arn"],
                policies=(*own, *(managed[arn] for arn in attached if arn in managed)),
                groups=tuple(sorted(entry.get("GroupList", ()))),
                unknown_policies=tuple(arn for arn in attached if arn not in managed),
            )


def _inline_policy(entry: Mapping[str, Any], account: str, role_name: str, path: Path) -> PolicyInForce:
    name = entry["PolicyName"]
    document = _document(entry["PolicyDocument"])
    return PolicyInForce(
        kind=PolicyKind.INLINE,
        name=name,
        account=account,
        arn=None,
        role_name=role_name,
        policy=_policy(document, f"{path}: inline policy {name} of {role_name}"),
        text=_text(document),
    )


def _managed_policy(entry: Mapping[str, Any], account: str, path: Path) -> PolicyInForce:
    arn, name = entry["Arn"], entry["PolicyName"]
    versions: Sequence[Mapping[str, Any]] = entry["PolicyVersionList"]
    in_force = next(v for v in versions if v["IsDefaultVersion"])
    document = _document(in_force["Document"])
    where = f"{path}: managed policy {name}"
    earlier = sorted(
        (v for v in versions if v is not in_force and v.get("CreateDate", "") < in_force.get("CreateDate", "")),
        key=lambda v: str(v.get("CreateDate", "")),
        reverse=True,
    )
    return PolicyInForce(
        kind=PolicyKind.AWS_MANAGED if ":iam::aws:policy/" in arn else PolicyKind.CUSTOMER_MANAGED,
        name=name,
        account=account,
        arn=arn,
        role_name=None,
        policy=_policy(document, where),
        text=_text(document),
        created=_time(in_force.get("CreateDate")),
        earlier=tuple(
            PolicyVersion(created=_time(v.get("CreateDate")), policy=_policy(_document(v["Document"]), where))
            for v in earlier
        ),
    )


def _with_holders(policy: PolicyInForce, entry: Mapping[str, Any], details: Mapping[str, Any]) -> PolicyInForce:
    """A snapshot that was taken with `--filter` lacks users or groups, and still counts them."""
    attached_to, bounds = _attachments(details, entry["Arn"]), _bounds(details, entry["Arn"])
    unlisted = max(int(entry.get("AttachmentCount") or 0) - len(attached_to), 0)
    unlisted += max(int(entry.get("PermissionsBoundaryUsageCount") or 0) - len(bounds), 0)
    return replace(policy, attached_to=attached_to, bounds=bounds, unlisted_holders=unlisted)


def _attachments(details: Mapping[str, Any], policy_arn: str) -> tuple[str, ...]:
    return tuple(
        sorted(
            entry["Arn"]
            for name in _DETAIL_LISTS
            for entry in details.get(name, ())
            if any(a["PolicyArn"] == policy_arn for a in entry.get("AttachedManagedPolicies", ()))
        )
    )


def _bounds(details: Mapping[str, Any], policy_arn: str) -> tuple[str, ...]:
    return tuple(
        sorted(
            entry["Arn"]
            for name in _DETAIL_LISTS
            for entry in details.get(name, ())
            if (entry.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn") == policy_arn
        )
    )


def _partition_of(details: Mapping[str, Any]) -> str:
    arns = (str(entry["Arn"]) for name in _DETAIL_LISTS for entry in details.get(name, ()))
    return next((arn.split(":")[1] for arn in arns), "aws")


def _beside(folder: Path, account: str, partition: str) -> AccountSnapshot:
    selectors, trails = folder / "event-selectors.json", folder / "trails.json"
    return AccountSnapshot(
        account=account,
        event_selectors=read_value(selectors) if selectors.is_file() else None,
        trails=read_value(trails) if trails.is_file() else None,
        functions=_if_there(folder / "functions.json", read_object, _functions),
        event_source_mappings=_if_there(folder / "event-source-mappings.json", read_object, _mappings),
        last_accessed=_if_there(folder / "last-accessed.json", read_value, parse_last_accessed),
        vpc_endpoints=_map_if_there(folder / "vpc-endpoints.json", vpc_endpoints),
        resource_tags=_map_if_there(folder / "tags.json", resource_tags),
        resource_policies=read_resource_policies(folder, account, partition),
        not_told=read_not_told(folder),
        source_links=read_source_links(folder, account, partition),
        organization=next(iter(_if_there(folder / "organization.json", read_object, read_organization) or ()), None),
    )


def _map_if_there(path: Path, parse: Callable[[Any], Iterable[tuple[str, _Entry]]]) -> dict[str, _Entry] | None:
    found = _if_there(path, read_value, parse)
    return None if found is None else dict(found)


def _if_there(
    path: Path, read: Callable[[Path], Any], parse: Callable[[Any], Iterable[_Entry]]
) -> tuple[_Entry, ...] | None:
    if not path.is_file():
        return None
    value = read(path)
    try:
        return tuple(parse(value))
    except _WRONG_SHAPE as error:
        raise CurrentError(
            f"{path} is not the output of the AWS CLI ({error!r})", hint="save the output of the AWS CLI as it is"
        ) from error


def _functions(output: Mapping[str, Any]) -> Iterator[LambdaFunction]:
    for entry in output.get("Functions", ()):
        name = entry["FunctionName"]
        log_group = (entry.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        yield LambdaFunction(
            name=name,
            arn=entry["FunctionArn"],
            role_arn=entry["Role"],
            log_group=log_group,
            is_traced=(entry.get("TracingConfig") or {}).get("Mode") == "Active",
        )


def _mappings(output: Mapping[str, Any]) -> Iterator[EventSourceMapping]:
    for entry in output.get("EventSourceMappings", ()):
        if source := entry.get("EventSourceArn"):
            yield EventSourceMapping(function_arn=entry["FunctionArn"], source_arn=source)


def _document(value: object) -> object:
    """The CLI decodes documents; the raw API and some tools leave them URL-encoded."""
    return json.loads(unquote(value)) if isinstance(value, str) else value


def _text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _policy(document: object, where: str, *, kind: str = "identity") -> Policy:
    try:
        return parse_policy(_text(_document(document)), kind=kind, origin=where)
    except PolicyError as error:
        raise CurrentError(error.message, hint="take the snapshot again") from error


def _time(value: str | None) -> datetime | None:
    if not value:
        return None
    time = datetime.fromisoformat(value)
    return time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)
