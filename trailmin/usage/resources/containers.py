"""ECS: cluster by name, ARN or default; services, tasks and container instances below it; task definition families.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_service-with-iam.html
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target, TypeReader

_DEFAULT = "default"
_RUNS_TASKS = {"RunTask", "StartTask"}

TAGS_AT_CREATION = {("ecs:TagResource", operation): frozenset({"task"}) for operation in _RUNS_TASKS}
"""What is tagged when tasks are run: the tasks, not their definition.
Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html"""


def read_cluster(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The cluster; `default` where the call names none."""
    names = call.texts("cluster") + call.texts("clusters") + call.texts("clustername")
    found = [_by_name(name, "cluster", "ClusterName", call, target) for name in names]
    if found or listed:
        return [arn for arn in found if arn] or listed
    return read_generic(call, target, ()) or (
        [] if "resourcearn" in call.parameters else [target.form.fill(call, {"ClusterName": _DEFAULT})]
    )


def read_task_definition(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A task definition by family and revision; any revision where the call leaves it open or makes it."""
    found = []
    for text in (text for path in ("taskdefinition", "taskdefinitions", "family") for text in call.texts(path)):
        if is_arn(text):
            found.append(escape_arn(text))
            continue
        family, _, revision = text.partition(":")
        values = {"TaskDefinitionFamilyName": escape_arn(family)}
        if revision:
            values["TaskDefinitionRevisionNumber"] = escape_arn(revision)
        found.append(target.form.fill(call, values))
    return found or read_generic(call, target, listed)


def below_cluster(placeholder: str, *paths: str) -> TypeReader:
    """A reader for what lives in a cluster: its names or ids at `paths`, as ARNs or alone."""

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        texts = [text for path in paths for text in call.texts(path)]
        found = [_in_cluster(text, placeholder, call, target) for text in texts]
        return [arn for arn in found if arn] or read_generic(call, target, listed)

    return read


_named_tasks = below_cluster("TaskId", "task", "tasks")


def read_task(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Tasks by id or ARN; any of the cluster where the call starts them."""
    if target.operation in _RUNS_TASKS:
        return [target.form.fill(call, {"ClusterName": _cluster_name(call)})]
    return _named_tasks(call, target, listed)


READERS: dict[str, TypeReader] = {
    "cluster": read_cluster,
    "task-definition": read_task_definition,
    "service": below_cluster("ServiceName", "service", "services", "servicename"),
    "task": read_task,
    "container-instance": below_cluster("ContainerInstanceId", "containerinstance", "containerinstances"),
}


def _cluster_name(call: Call) -> str:
    text = call.text("cluster")
    return escape_arn((text or _DEFAULT).rpartition("/")[2])


def _in_cluster(text: str, placeholder: str, call: Call, target: Target) -> str | None:
    if is_arn(text):
        if target.type_name in target.forms.types_of(text):
            return escape_arn(text)
        # The old form has no cluster: arn:…:service/NAME.
        if f":{target.type_name}/" not in text:
            return None
        text = text.rpartition("/")[2]
    return target.form.fill(call, {"ClusterName": _cluster_name(call), placeholder: escape_arn(text)})


def _by_name(text: str, kind: str, placeholder: str, call: Call, target: Target) -> str | None:
    if not is_arn(text):
        return target.form.fill(call, {placeholder: escape_arn(text)})
    return escape_arn(text) if kind in target.forms.types_of(text) else None
