"""Systems Manager: parameters by path, documents (AWS's own have no account), EC2 and managed instances.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/security_iam_service-with-iam.html and
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import named_in_parameters, read_generic
from trailmin.usage.resources.interface import Target

_INSTANCE_PATHS = ("instanceid", "instanceids", "target", "resourceid", "targets[].values", "entries[].instanceid")
_ECS_TARGET = re.compile(r"ecs:(?P<cluster>[^_]+)_(?P<task>[^_]+)(?:_.+)?\Z")
_INSTANCE_ID = {"instance": "i-", "managed-instance": "mi-", "managed-instance-inventory": "mi-"}
_ON_FLEET = {"SendCommand", "CreateAssociation"}
"""Operations that pick instances by tag where they name none."""
_TAGGED = {
    "parameter": "parameter",
    "document": "document",
    "maintenancewindow": "maintenancewindow",
    "managedinstance": "managed-instance",
    "opsitem": "opsitem",
    "opsmetadata": "opsmetadata",
    "patchbaseline": "patchbaseline",
    "automation": "automation-execution",
    "association": "association",
}
"""`resourceType` of the tag calls → resource type."""

TAGS_AT_CREATION = {
    ("ssm:AddTagsToResource", operation): frozenset({"automation-execution"})
    for operation in ("StartAutomationExecution", "StartChangeRequestExecution")
}

EXCLUSIVE = frozenset(
    f"ssm:{name}"
    for name in (
        "DescribeEffectiveInstanceAssociations",
        "DescribeInstanceAssociationsStatus",
        "DescribeInstancePatchStates",
        "DescribeInstancePatches",
    )
)


def read_parameter(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Parameters by name, without leading slash, version or label; the path of `GetParametersByPath` as it is given."""
    if listed:
        return listed
    names = call.texts("name") + call.texts("names") + call.texts("path") + _tagged(call, target)
    return [_parameter(name, call, target) for name in names] or read_generic(call, target, listed)


def read_document(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Documents by name or ARN; AWS's own have an ARN without account."""
    names = [text for path in ("documentname", "name", "entries[].name") for text in call.texts(path)]
    names += _tagged(call, target) + (call.texts("calendarnames") if target.operation == "GetCalendarState" else [])
    arns = [text for text in call.texts("resourcearn") if target.type_name in target.forms.types_of(text)]
    return [_document(name, call, target) for name in names + arns] or listed


def read_automation_definition(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The definition that `StartAutomationExecution` runs, in the version that it names."""
    names = [name for name in call.texts("documentname") if not is_arn(name)]
    version = escape_arn(call.text("documentversion") or "") or "*"
    account = {"Account": "*"}
    return [
        target.form.fill(
            call,
            {"AutomationDefinitionName": escape_arn(name), "VersionId": version},
            **(account if _is_owned_by_aws(name) else {}),
        )
        for name in names
    ] or listed


def read_instance(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """EC2 instances (`i-`) or managed ones (`mi-`); any of them where a call picks its targets by tag."""
    start = _INSTANCE_ID[target.type_name]
    ids = [text for path in _INSTANCE_PATHS for text in call.texts(path)] + _tagged(call, target)
    found = [target.form.fill(call, {"InstanceId": escape_arn(text)}) for text in ids if text.startswith(start)]
    is_named = any(text.startswith(("i-", "mi-")) for text in ids)
    if not is_named and not listed and target.operation in _ON_FLEET:
        return [target.form.fill(call)]
    return found or listed


def read_task(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The ECS task that a session is started in: `ecs:CLUSTER_TASK_RUNTIME`.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html (Target)
    """
    found = [_ECS_TARGET.match(text) for text in call.texts("target")]
    return [
        target.form.fill(call, {"TaskId": f"{escape_arn(one['cluster'])}/{escape_arn(one['task'])}"})
        for one in found
        if one
    ] or listed


def read_bucket(call: Call, target: Target, _listed: Sequence[str]) -> Sequence[str]:
    """The bucket that takes a command's output."""
    return [target.form.fill(call, {"BucketName": escape_arn(name)}) for name in call.texts("outputs3bucketname")]


def read_tagged(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Other resources, by the tag calls' `resourceType` and `resourceId` or by their own parameters."""
    last = target.form.placeholders[-1:]
    tagged = [target.form.fill(call, dict.fromkeys(last, escape_arn(name))) for name in _tagged(call, target)]
    return tagged or read_generic(call, target, listed)


def read_ops_metadata(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Metadata by its ARN; a call that makes some gives as `resourceId` the application that they are about."""
    return [target.form.fill(call)] if target.operation == "CreateOpsMetadata" else read_tagged(call, target, listed)


def read_maintenance_window(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The maintenance window by its id."""
    found = [target.form.fill(call, {"ResourceId": escape_arn(text)}) for text in call.texts("windowid")]
    return found or read_tagged(call, target, listed)


def read_patch_baseline(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The patch baseline by id or ARN (AWS's own have an account of AWS)."""
    found = []
    for text in call.texts("baselineid") + _tagged(call, target):
        known = {"PatchBaselineIdResourceId": escape_arn(text)}
        found.append(escape_arn(text) if is_arn(text) else target.form.fill(call, known))
    return found or listed


def read_service_setting(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The service setting, whose id starts with a slash."""
    names = [name.removeprefix("/ssm/") if not is_arn(name) else name for name in call.texts("settingid")]
    return [
        escape_arn(name) if is_arn(name) else target.form.fill(call, {"ResourceId": "ssm/" + escape_arn(name)})
        for name in names
    ] or listed


def read_session(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The session by its id."""
    return listed or named_in_parameters(call, target)


READERS = {
    "association": read_tagged,
    "automation-definition": read_automation_definition,
    "automation-execution": read_tagged,
    "bucket": read_bucket,
    "document": read_document,
    "instance": read_instance,
    "maintenancewindow": read_maintenance_window,
    "managed-instance": read_instance,
    "managed-instance-inventory": read_instance,
    "opsitem": read_tagged,
    "opsmetadata": read_ops_metadata,
    "parameter": read_parameter,
    "patchbaseline": read_patch_baseline,
    "servicesetting": read_service_setting,
    "session": read_session,
    "task": read_task,
}


def _tagged(call: Call, target: Target) -> list[str]:
    kind = call.text("resourcetype")
    if kind is None or _TAGGED.get(kind.lower()) != target.type_name:
        return []
    return [text for text in call.texts("resourceid") if not is_arn(text)]


def _parameter(name: str, call: Call, target: Target) -> str:
    if is_arn(name):
        head, _, tail = name.partition(":parameter")
        return escape_arn(f"{head}:parameter{tail.partition(':')[0]}")
    plain = name.partition(":")[0].removeprefix("/")
    return target.form.fill(call, {"ParameterNameWithoutLeadingSlash": escape_arn(plain)})


def _document(name: str, call: Call, target: Target) -> str:
    if is_arn(name):
        return escape_arn(name)
    scope = {"Account": ""} if _is_owned_by_aws(name) else {}
    return target.form.fill(call, {"DocumentName": escape_arn(name)}, **scope)


def _is_owned_by_aws(name: str) -> bool:
    # Customers cannot name a document so: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
    return name.lower().startswith(("aws", "amazon", "amzn"))
