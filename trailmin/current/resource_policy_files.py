"""Resource-based policies of a snapshot: outputs of the AWS CLI below `resource-policies/`, as they are.

`resource-policies/<service>/[<region>/]<name>.json`, where the name of the file (and of the folder above it) tells what
an output does not: the bucket of a bucket policy, the region and id of a key, the region of a repository or an API.
Instead of an output a file may hold the policy document itself, as a team keeps it: then it is what is edited.
Shapes: AWS CLI reference of each command.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trailmin.current.documents import document_path
from trailmin.current.json_file import read_object, read_text
from trailmin.current.resource_policy import ResourcePolicy
from trailmin.errors import CurrentError
from trailmin.policy import Policy, parse_policy

RESOURCE_POLICIES = "resource-policies"
NOT_TOLD = "resource-policies-not-told.json"
"""`{"Services": [...]}`: of which services AWS did not tell every policy, so that what is missing is unknown."""

_POLICY_KIND = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What the place of a file tells."""

    name: str
    region: str | None
    account: str
    partition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    """What an output holds: the resource's ARN and its policy, a JSON text."""

    resource: str
    policy: str


def read_resource_policies(folder: Path, account: str, partition: str) -> tuple[ResourcePolicy, ...] | None:
    """Return the policies below `resource-policies/` of a snapshot, sorted by ARN; None where there is no such folder.

    Raises:
        CurrentError: A file is not what the AWS CLI writes, or stands where its service cannot be told.
        PolicyError: A document is not a policy.
    """
    root = folder / RESOURCE_POLICIES
    if not root.is_dir():
        return None
    found = [
        policy for path in sorted(root.rglob("*.json")) if (policy := _read(path, root, account, partition)) is not None
    ]
    return tuple(sorted(found, key=lambda policy: policy.resource))


def read_not_told(folder: Path) -> frozenset[str]:
    """Return the services of which a snapshot need not have every policy.

    Raises:
        CurrentError: The file is not what `trailmin snapshot` writes.
    """
    path = folder / NOT_TOLD
    services = read_object(path).get("Services") if path.is_file() else []
    if not isinstance(services, list):
        raise CurrentError(f"{path} has no Services", hint="run `trailmin snapshot resource-policies` again")
    return frozenset(str(service) for service in services)


def _read(path: Path, root: Path, account: str, partition: str) -> ResourcePolicy | None:
    service, *regions = path.relative_to(root).parts[:-1] or ("",)
    if service not in _READERS or len(regions) > 1:
        raise CurrentError(
            f"{path} is of no known service",
            hint=f"{RESOURCE_POLICIES}/<service>/[<region>/]<name>.json, the service one of {', '.join(_READERS)}",
        )
    file = _File(name=path.stem, region=regions[0] if regions else None, account=account, partition=partition)
    output = read_object(path)
    if "Statement" in output:
        return _document(path, root, service, file)
    try:
        found = _READERS[service](output, file)
    except (KeyError, TypeError, AttributeError) as error:
        raise CurrentError(
            f"{path} is not the output of aws {_COMMANDS[service]} ({error!r})",
            hint="save the output of the AWS CLI as it is",
        ) from error
    if found is None:
        return None
    document = parse_document(found.policy, origin=str(path))
    return ResourcePolicy(
        service=service,
        resource=found.resource,
        account=account,
        policy=document,
        text=document_text(found.policy),
    )


def _document(path: Path, root: Path, service: str, file: _File) -> ResourcePolicy:
    text = read_text(path)
    return ResourcePolicy(
        service=service,
        resource=_arn(service, file),
        account=file.account,
        policy=parse_policy(text, kind=_POLICY_KIND, origin=str(path)),
        text=text,
        document=document_path(path, root.parent),
    )


def _arn(service: str, file: _File) -> str:
    """The ARN of what a file is named after."""
    if service == "s3":
        return f"arn:{file.partition}:s3:::{file.name}"
    prefix, kind = _ARNS[service]
    return f"arn:{file.partition}:{prefix}:{_region(file)}:{file.account}:{kind}{file.name}"


def parse_document(text: str, *, origin: str) -> Policy:
    """Return the policy in a text that AWS's answer carries.

    Raises:
        PolicyError: It is not a policy on a resource.
    """
    return parse_policy(document_text(text), kind=_POLICY_KIND, origin=origin)


def document_text(text: str) -> str:
    """Return the JSON text of a policy in lines; one that cannot be parsed as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    except json.JSONDecodeError:
        return text


def _lambda(output: Mapping[str, Any], file: _File) -> _Output:
    """The policy names the function that it is on, with a qualifier where it is on a version or an alias."""
    text = str(output["Policy"])
    resource = next(_resources(text), None)
    if resource is None:
        resource = _arn("lambda", file)
    return _Output(resource=resource, policy=text)


def _resources(text: str) -> Iterator[str]:
    for statement in parse_document(text, origin="lambda get-policy").statements:
        yield from statement.resources


def _named(service: str) -> Callable[[Mapping[str, Any], _File], _Output]:
    """Of an output that has nothing but the policy."""
    return lambda output, file: _Output(resource=_arn(service, file), policy=str(output["Policy"]))


def _attributes(service: str, arn: str) -> Callable[[Mapping[str, Any], _File], _Output | None]:
    def read(output: Mapping[str, Any], file: _File) -> _Output | None:
        attributes = output["Attributes"]
        if "Policy" not in attributes:
            return None
        resource = attributes.get(arn) or _arn(service, file)
        return _Output(resource=str(resource), policy=str(attributes["Policy"]))

    return read


def _secret(output: Mapping[str, Any], _: _File) -> _Output | None:
    if "ResourcePolicy" not in output:
        return None
    return _Output(resource=str(output["ARN"]), policy=str(output["ResourcePolicy"]))


def _repository(output: Mapping[str, Any], file: _File) -> _Output:
    name, owner = output["repositoryName"], output.get("registryId", file.account)
    resource = f"arn:{file.partition}:ecr:{_region(file)}:{owner}:repository/{name}"
    return _Output(resource=resource, policy=_with_resource(str(output["policyText"]), resource))


def _bus(output: Mapping[str, Any], _: _File) -> _Output | None:
    if "Policy" not in output:
        return None
    return _Output(resource=str(output["Arn"]), policy=str(output["Policy"]))


def _rest_api(output: Mapping[str, Any], file: _File) -> _Output | None:
    """API Gateway escapes the quotes of the document once more.

    Source: API Gateway Developer Guide, "Create and attach an API Gateway resource policy to an API".
    """
    if not output.get("policy"):
        return None
    return _Output(
        resource=_arn("apigateway", replace(file, name=str(output["id"]))),
        policy=str(output["policy"]).replace('\\"', '"').replace("\\/", "/"),
    )


def _with_resource(text: str, resource: str) -> str:
    """ECR's policies have no Resource: they are about their repository."""
    document = json.loads(text)
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for statement in statements:
        if "Resource" not in statement and "NotResource" not in statement:
            statement["Resource"] = resource
    return json.dumps({**document, "Statement": statements})


def _region(file: _File) -> str:
    if file.region is None:
        raise CurrentError(
            f"the region of {file.name} is not known", hint=f"{RESOURCE_POLICIES}/<service>/<region>/{file.name}.json"
        )
    return file.region


_READERS: Mapping[str, Callable[[Mapping[str, Any], _File], _Output | None]] = {
    "lambda": _lambda,
    "s3": _named("s3"),
    "sqs": _attributes("sqs", "QueueArn"),
    "sns": _attributes("sns", "TopicArn"),
    "kms": _named("kms"),
    "secretsmanager": _secret,
    "ecr": _repository,
    "events": _bus,
    "apigateway": _rest_api,
}

SERVICES = frozenset(_READERS)
"""Services whose policies on resources are read."""

_ARNS = {
    "lambda": ("lambda", "function:"),
    "sqs": ("sqs", ""),
    "sns": ("sns", ""),
    "kms": ("kms", "key/"),
    "secretsmanager": ("secretsmanager", "secret:"),
    "ecr": ("ecr", "repository/"),
    "events": ("events", "event-bus/"),
    "apigateway": ("execute-api", ""),
}
"""The service of an ARN, and what comes before the name. Source: Service Authorization Reference, resource types."""

_COMMANDS = {
    "lambda": "lambda get-policy",
    "s3": "s3api get-bucket-policy",
    "sqs": "sqs get-queue-attributes --attribute-names All",
    "sns": "sns get-topic-attributes",
    "kms": "kms get-key-policy --policy-name default",
    "secretsmanager": "secretsmanager get-resource-policy",
    "ecr": "ecr get-repository-policy",
    "events": "events describe-event-bus",
    "apigateway": "apigateway get-rest-api",
}
