"""CodeBuild, CodePipeline, CodeCommit and ECR: projects by the ids of their builds, pipelines in nested parameters.

Source: the request syntax of https://docs.aws.amazon.com/codebuild/latest/APIReference/ ,
https://docs.aws.amazon.com/codepipeline/latest/APIReference/ , https://docs.aws.amazon.com/codecommit/latest/APIReference/
and https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.by_path import by_operation, joined, named
from trailmin.usage.resources.interface import Target, TypeReader

_BUILD_PATHS = ("id", "ids")
_REPORT_PATHS = ("reportarn", "reportarns", "arn")


def read_project(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The project, by its name or ARN, or by an id of one of its builds, which begins with its name."""
    found = listed or named({"ProjectName": ("projectname", "names", "name")}, whole=("projectarn", "projectarns"))(
        call, target, listed
    )
    if found:
        return found
    names = [text.split(":build/", 1)[-1].partition(":")[0] for path in _BUILD_PATHS for text in call.texts(path)]
    return [target.form.fill(call, {"ProjectName": escape_arn(name)}) for name in names if not is_arn(name)]


def read_report_group(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The report group, by its name or ARN, or by the ARN of one of its reports, which begins with its name."""
    found = listed or named({"ReportGroupName": ("name",)}, whole=("reportgrouparn", "reportgrouparns"))(
        call, target, listed
    )
    reports = [text for path in _REPORT_PATHS for text in call.texts(path) if ":report/" in text]
    return found or [escape_arn(text.replace(":report/", ":report-group/", 1).rpartition(":")[0]) for text in reports]


def read_fleet(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Fleets, by ARN or by name, behind which the ARN has an id."""
    names = [text for path in ("name", "names") for text in call.texts(path)]
    whole = named({}, whole=("names",))(call, target, listed)
    plain = [escape_arn(name) for name in names if not is_arn(name)]
    return [*whole, *(target.form.fill(call, {"FleetName": name, "FleetId": UNKNOWN}) for name in plain)]


BUILD_READERS: dict[str, TypeReader] = {
    "project": read_project,
    "report-group": read_report_group,
    "fleet": read_fleet,
    "sandbox": named({"SandboxId": ("sandboxid",)}),
}

_PIPELINE = ("pipelinename", "pipeline.name", "webhook.targetpipeline", "name")
_STAGE = {"PipelineName": _PIPELINE, "StageName": ("stagename",)}


def _action_type(start: str) -> dict[str, tuple[str, ...]]:
    fields = {"Owner": "owner", "Category": "category", "Provider": "provider", "Version": "version"}
    return {placeholder: (f"{start}{name}",) for placeholder, name in fields.items()}


def read_custom_action_type(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """An action type of the account's own, whose owner is `Custom`."""
    found = named(_action_type(""))(call, target, listed)
    return [arn.replace(f"actiontype:{UNKNOWN}/", "actiontype:Custom/", 1) for arn in found]


PIPELINE_READERS: dict[str, TypeReader] = {
    "pipeline": named({"PipelineName": _PIPELINE}),
    "stage": named(_STAGE),
    "action": named({**_STAGE, "ActionName": ("actionname",)}),
    "webhook": named({"WebhookName": ("webhookname", "webhook.name", "name")}),
    "actiontype": by_operation(
        {
            "PollForJobs": named(_action_type("actiontypeid.")),
            "UpdateActionType": named(_action_type("actiontype.id.")),
        },
        read_custom_action_type,
    ),
}

TAGS_AT_CREATION = {("codepipeline:TagResource", "PutWebhook"): frozenset({"webhook"})}

COMMIT_READERS: dict[str, TypeReader] = {
    "repository": joined(
        named({"RepositoryName": ("repositoryname", "repositorynames", "targets[].repositoryname", "oldname")}),
        named({"RepositoryName": ("newname",)}),
    ),
}

REGISTRY_READERS: dict[str, TypeReader] = {
    "repository": named({"RepositoryName": ("repositoryname", "repositorynames")}, account="registryid"),
}
"""ECR: the registry's id is the account in which the repository lies."""
