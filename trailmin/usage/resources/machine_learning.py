"""Bedrock: models by id, by inference profile or by ARN. SageMaker: names as given and in lower case.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html (a call through an
inference profile is checked on the profile and on the model in each of its regions),
https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html (`ExampleEndpoint` in a request is
`endpoint/exampleendpoint` in its ARN).
"""

import re
from collections.abc import Sequence
from functools import cache

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.by_path import by_operation, joined, made_under, named
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target, TypeReader

_MODEL_PATHS = (
    "modelid",
    "modelidentifier",
    "basemodelidentifier",
    "modelarn",
    "modelsource.copyfrom",
    "retrieveandgenerateconfiguration.knowledgebaseconfiguration.modelarn",
)
_ACROSS_REGIONS = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|global)\.(.+)")
"""The id of a system-defined inference profile: where it sends requests, then the model's id."""
_PROFILE = re.compile(r"arn:[^:]+:bedrock:[^:]*:[^:]*:(application-)?inference-profile/(?:[a-z-]+\.)?(.+)")


def read_foundation_model(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A model of a provider: in the call's region, or in any where an inference profile chooses."""
    found = [_foundation_model(text, call, target) for text in _models(call)]
    return [arn for arn in found if arn is not None] or listed


def read_inference_profile(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A system-defined profile, by id or ARN."""
    texts = _models(call) + call.texts("inferenceprofileidentifier")
    named_by_id = [target.form.fill(call, {"ResourceId": escape_arn(t)}) for t in texts if _ACROSS_REGIONS.fullmatch(t)]
    return listed or _arns(texts, target) + named_by_id


def read_other_model(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Models of an account's own, profiles and routers: their ARNs alone tell which."""
    identifiers = ("inferenceprofileidentifier", "provisionedmodelid", "custommodeldeploymentidentifier")
    return listed or _arns(_models(call) + [text for path in identifiers for text in call.texts(path)], target)


def read_named_by_either_case(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """By name as given and in lower case, which is how ARNs spell it; a policy may have been written either way."""
    if _tags_another(target):
        return []
    found = listed or read_generic(call, target, listed)
    return list(dict.fromkeys(spelled for arn in found for spelled in (arn, _in_lower_case(arn))))


_ALIAS = {"FlowId": ("flowidentifier",), "FlowAliasId": ("aliasidentifier", "flowaliasidentifier")}

BEDROCK_READERS: dict[str, TypeReader] = {
    "agent-alias": named({"AgentId": ("agentid",), "AgentAliasId": ("agentaliasid",)}, whole=("agentaliasarn",)),
    "flow-alias": named(_ALIAS, needs=("aliasidentifier", "flowaliasidentifier", "flowidentifier")),
    "foundation-model": read_foundation_model,
    "inference-profile": read_inference_profile,
    "model-invocation-job": by_operation(
        {"CreateModelInvocationJob": lambda call, target, _listed: [target.form.fill(call)]},
        named({"JobIdentifier": ("jobidentifier",)}),
    ),
    **dict.fromkeys(
        (
            "application-inference-profile",
            "custom-model",
            "custom-model-deployment",
            "imported-model",
            "provisioned-model",
        ),
        joined(read_other_model, made_under("sourcemodelarn")),
    ),
}
"""Names that a caller gives to models and deployments are not the ids in their ARNs."""

_SAGEMAKER_BY_NAME = (
    "action", "algorithm", "app", "app-image-config", "automl-job", "code-repository", "compilation-job", "context",
    "data-quality-job-definition", "device-fleet", "edge-packaging-job", "endpoint", "endpoint-config", "experiment",
    "experiment-trial", "experiment-trial-component", "feature-group", "flow-definition", "hub", "hub-content",
    "human-task-ui", "hyper-parameter-tuning-job", "image", "image-version", "inference-component",
    "inference-experiment", "labeling-job", "mlflow-tracking-server", "model", "model-bias-job-definition",
    "model-card", "model-explainability-job-definition", "model-package", "model-package-group",
    "model-quality-job-definition", "monitoring-schedule", "notebook-instance", "notebook-instance-lifecycle-config",
    "optimization-job", "pipeline", "pipeline-execution", "processing-job", "project", "space",
    "studio-lifecycle-config", "training-job", "training-plan", "transform-job", "user-profile", "workforce",
    "workteam",
)  # fmt: skip

SAGEMAKER_READERS: dict[str, TypeReader] = {
    **dict.fromkeys(_SAGEMAKER_BY_NAME, read_named_by_either_case),
    "artifact": made_under("artifactarn", "artifactname"),
    "cluster": made_under("clusterarn", "clustername"),
    "inference-recommendations-job": named({"InferenceRecommendationsJobName": ("jobname",)}),
    **dict.fromkeys(("mlflow-app", "partner-app"), named({}, whole=("arn",))),
}
"""The ids of clusters, artifacts and apps are the service's own."""


@cache
def _tags_another(target: Target) -> bool:
    """Whether tags at creation are meant, and what is created is of another type."""
    made = target.operation.removeprefix("Create").removesuffix("V2").lower()
    is_tagging = target.action == "sagemaker:AddTags" and target.operation.startswith("Create")
    return is_tagging and made != target.type_name.replace("-", "")


def _models(call: Call) -> list[str]:
    return [text for path in _MODEL_PATHS for text in call.texts(path)]


def _arns(texts: Sequence[str], target: Target) -> list[str]:
    return [escape_arn(text) for text in texts if is_arn(text) and target.type_name in target.forms.types_of(text)]


def _foundation_model(text: str, call: Call, target: Target) -> str | None:
    profile, across = _PROFILE.fullmatch(text), _ACROSS_REGIONS.fullmatch(text)
    if profile is not None:
        model = {} if profile.group(1) else {"ResourceId": escape_arn(profile.group(2))}
        return target.form.fill(call, model, Region=UNKNOWN)
    if across is not None:
        return target.form.fill(call, {"ResourceId": escape_arn(across.group(1))}, Region=UNKNOWN)
    if is_arn(text):
        return escape_arn(text) if target.type_name in target.forms.types_of(text) else None
    # Ids of models have their provider in front; other texts are names of an account's own models.
    return target.form.fill(call, {"ResourceId": escape_arn(text)}) if "." in text else None


def _in_lower_case(arn: str) -> str:
    *scope, resource = arn.split(":", 5)
    return ":".join((*scope, resource.lower()))
