"""ECS: cluster by name, ARN or default; services, tasks and container instances below it; task definition families.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_service-with-iam.html
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import by_operation, named
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target, TypeReader

_DEFAULT = "default"
_RUNS_TASKS = {"RunTask", "StartTask"}

TAGS_AT_CREATION = {
    **{("ecs:TagResource", operation): frozenset({"task"}) for operation in _RUNS_TASKS},
    ("ecs:TagResource", "CreateExpressGatewayService"): frozenset({"service"}),
}
"""What is tagged when tasks are run: the tasks, not their definition.
Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html"""


def read_cluster(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The cluster; `default` where the call names none."""
    names = call.texts("cluster") + call.texts("clusters") + call.texts("clustername")
    found = [_by_name(name, "cluster", "ClusterName", call, target) for name in names]
    if found or listed:
        return [arn for arn in found if arn] or listed
    whole = named({}, whole=("clusterarn",))(call, target, ())
    no_default = "resourcearn" in call.parameters or target.operation == "CreateCapacityProvider"
    return whole or ([] if no_default else [target.form.fill(call, {"ClusterName": _DEFAULT})])


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


_named_services = below_cluster("ServiceName", "service", "services", "servicename", "servicearn")


def read_service(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Services by name or ARN, or by the ARN of a deployment or revision, which continues the service's."""
    texts = [text for path in _OF_SERVICE for text in call.texts(path) if text.count("/") == _PARTS_OF_SERVICE_CHILD]
    if listed or not texts:
        return _named_services(call, target, listed)
    return [escape_arn(_PARENT.sub(":service/", text).rpartition("/")[0]) for text in texts]


def read_task_set(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Task sets by id or ARN below their service; any of it where the call makes one."""
    texts = call.texts("taskset") + call.texts("tasksets") + call.texts("primarytaskset")
    whole = named({}, whole=("taskset", "tasksets", "primarytaskset"))(call, target, listed)
    service = call.text("service")
    if whole or service is None:
        return whole
    values = {"ClusterName": _cluster_name(call), "ServiceName": escape_arn(service.rpartition("/")[2])}
    return [target.form.fill(call, {**values, "TaskSetId": escape_arn(text)}) for text in texts] or [
        target.form.fill(call, values)
    ]


def read_daemon(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Daemons by ARN, or by the ARN of a deployment or revision, which continues the daemon's."""
    texts = [text for path in _OF_DAEMON for text in call.texts(path) if is_arn(text)]
    if listed or not texts:
        paths = {"ClusterName": ("clusterarn", "cluster"), "DaemonName": ("daemonname",)}
        return named(paths, whole=("daemonarn",))(call, target, listed)
    return [escape_arn(_PARENT.sub(":daemon/", text).rpartition("/")[0]) for text in texts]


_PARENT = re.compile(r":(?:service|daemon)-(?:deployment|revision)/")
_OF_SERVICE = ("servicedeploymentarn", "servicedeploymentarns", "servicerevisionarns")
_OF_DAEMON = ("daemondeploymentarns", "daemonrevisionarns")
_PARTS_OF_SERVICE_CHILD = 3
_GATEWAY = named({"GatewayName": ("names",)}, whole=("gateway",))

READERS: dict[str, TypeReader] = {
    "capacity-provider": named({"CapacityProviderName": ("capacityprovider", "capacityproviders", "name")}),
    "cluster": read_cluster,
    "container-instance": below_cluster("ContainerInstanceId", "containerinstance", "containerinstances"),
    "daemon": read_daemon,
    "daemon-deployment": named({}, whole=("daemondeploymentarns",)),
    "daemon-revision": named({}, whole=("daemonrevisionarns",)),
    "daemon-task-definition": named(
        {"DaemonTaskDefinitionFamilyName": ("family",)}, whole=("daemontaskdefinition", "daemontaskdefinitionarn")
    ),
    "gateway": by_operation({"CreateGateway": named({"GatewayName": ("name",)})}, _GATEWAY),
    "gateway-route": named({}, whole=("gatewayroutearn",)),
    "service": read_service,
    "service-deployment": named({}, whole=("servicedeploymentarn", "servicedeploymentarns")),
    "service-revision": named({}, whole=("servicerevisionarns",)),
    "task": read_task,
    "task-definition": read_task_definition,
    "task-set": read_task_set,
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
