"""The calls of the AWS CLI that put a policy on a resource, or take it off.

Source: AWS CLI reference of each command; Lambda API Reference, AddPermission (there is no call that puts the whole
policy of a function); API Gateway Developer Guide, "Create and attach an API Gateway resource policy to an API".
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from trailmin.policy import Policy, Statement, policy_of, print_policy
from trailmin.synth.access import AccessProposal

Command = tuple[str, ...]

_CONDITIONS = {
    ("arnlike", "aws:sourcearn"): "source-arn",
    ("stringequals", "aws:sourceaccount"): "source-account",
    ("stringequals", "aws:principalorgid"): "principal-org-id",
    ("stringequals", "lambda:eventsourcetoken"): "event-source-token",
    ("stringequals", "lambda:functionurlauthtype"): "function-url-auth-type",
}
_LONGEST_ID = 100
"""Characters of a statement id (Lambda API Reference, AddPermission)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Putting:
    """What puts a policy in the place of another."""

    commands: tuple[Command, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    """Files beside the script that only the commands read, by name."""


def look_at(proposal: AccessProposal) -> Command | None:
    """Return the command that prints the policy in force on the resource of a proposal.

    None for an API: what API Gateway tells of its policy is not the document that was put.
    """
    resource, service = proposal.policy.resource, proposal.policy.service
    region, last = resource.split(":")[3], resource.split(":", 5)[-1]
    name = last.rpartition("/")[2]
    commands: Mapping[str, Command] = {
        "iam": ("iam", "get-role", f"--role-name={name}", "--query=Role.AssumeRolePolicyDocument"),
        "s3": ("s3api", "get-bucket-policy", f"--bucket={last}", "--query=Policy"),
        "kms": ("kms", "get-key-policy", f"--key-id={resource}", "--policy-name=default", "--query=Policy"),
        "sns": ("sns", "get-topic-attributes", f"--topic-arn={resource}", "--query=Attributes.Policy"),
        "secretsmanager": (
            "secretsmanager",
            "get-resource-policy",
            f"--secret-id={resource}",
            "--query=ResourcePolicy",
        ),
        "events": ("events", "describe-event-bus", f"--name={name}", "--query=Policy"),
        "ecr": ("ecr", "get-repository-policy", *_repository_words(proposal, last), "--query=policyText"),
        "lambda": ("lambda", "get-policy", *_function(resource), "--query=Policy"),
    }
    if service == "sqs":
        url = f"--queue-url={_queue_url(proposal)}"
        commands = {
            service: ("sqs", "get-queue-attributes", url, "--attribute-names=Policy", "--query=Attributes.Policy")
        }
    found = commands.get(service)
    return ("aws", *found, *_at(region)) if found is not None else None


def put_policy(proposal: AccessProposal, old: Policy, new: Policy | None, file: str) -> Putting | None:
    """Return what puts a policy in the place of another on the resource of a proposal; None where no call does it.

    Args:
        proposal: Whose resource.
        old: What is there.
        new: What is to be there; None for nothing.
        file: Name of the file with `new`.
    """
    resource, service = proposal.policy.resource, proposal.policy.service
    region, last = resource.split(":")[3], resource.split(":", 5)[-1]
    if service == "lambda":
        found = _permissions(resource, old, new)
    elif new is None:
        found = _removed(proposal, last)
    else:
        found = _PUT[service](proposal, last, new, file)
    if found is None:
        return None
    return Putting(commands=tuple(("aws", *command, *_at(region)) for command in found.commands), files=found.files)


def _at(region: str) -> Command:
    return (f"--region={region}",) if region else ()


def document_of(service: str, file: str) -> str:
    """Return the file that holds a policy as its service has it: ECR's have no Resource."""
    return f"{file.removesuffix('.json')}.text.json" if service == "ecr" else file


def _one(*command: str) -> Putting:
    return Putting(commands=(command,))


def _iam(_: AccessProposal, last: str, _new: Policy, file: str) -> Putting:
    name = f"--role-name={last.rpartition('/')[2]}"
    return _one("iam", "update-assume-role-policy", name, f"--policy-document=file://{file}")


def _s3(_: AccessProposal, last: str, _new: Policy, file: str) -> Putting:
    return _one("s3api", "put-bucket-policy", f"--bucket={last}", f"--policy=file://{file}")


def _kms(proposal: AccessProposal, _: str, _new: Policy, file: str) -> Putting:
    key = f"--key-id={proposal.policy.resource}"
    return _one("kms", "put-key-policy", key, "--policy-name=default", f"--policy=file://{file}")


def _sns(proposal: AccessProposal, _: str, _new: Policy, file: str) -> Putting:
    topic = f"--topic-arn={proposal.policy.resource}"
    value = f"--attribute-value=file://{file}"
    return _one("sns", "set-topic-attributes", topic, "--attribute-name=Policy", value)


def _secret(proposal: AccessProposal, _: str, _new: Policy, file: str) -> Putting:
    secret = f"--secret-id={proposal.policy.resource}"
    return _one("secretsmanager", "put-resource-policy", secret, f"--resource-policy=file://{file}")


def _bus(_: AccessProposal, last: str, _new: Policy, file: str) -> Putting:
    return _one("events", "put-permission", f"--event-bus-name={last.rpartition('/')[2]}", f"--policy=file://{file}")


def _queue(proposal: AccessProposal, _: str, new: Policy, file: str) -> Putting:
    return _with_attributes(proposal, print_policy(new), file)


def _with_attributes(proposal: AccessProposal, text: str, file: str) -> Putting:
    """SQS takes the policy as the text of an attribute."""
    name = f"{file.removesuffix('.json')}.attributes.json"
    command = ("sqs", "set-queue-attributes", f"--queue-url={_queue_url(proposal)}", f"--attributes=file://{name}")
    return Putting(commands=(command,), files={name: json.dumps({"Policy": text}, indent=2) + "\n"})


def _queue_url(proposal: AccessProposal) -> str:
    """Source: SQS Developer Guide, "Amazon SQS endpoints and quotas"."""
    _, partition, _, region, account, name = proposal.policy.resource.split(":", 5)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return f"https://sqs.{region}.{suffix}/{account}/{name}"


def _repository(proposal: AccessProposal, last: str, new: Policy, file: str) -> Putting:
    """ECR's policies are about their repository and name no resource."""
    name = document_of("ecr", file)
    document = json.loads(print_policy(new))
    for statement in document["Statement"]:
        if statement.get("Resource") in (proposal.policy.resource, [proposal.policy.resource]):
            del statement["Resource"]
    command = ("ecr", "set-repository-policy", *_repository_words(proposal, last), f"--policy-text=file://{name}")
    return Putting(commands=(command,), files={name: json.dumps(document, indent=2, ensure_ascii=False) + "\n"})


def _repository_words(proposal: AccessProposal, last: str) -> Command:
    registry = f"--registry-id={proposal.policy.account}"
    return (f"--repository-name={last.removeprefix('repository/')}", registry)


def _api(proposal: AccessProposal, last: str, new: Policy, file: str) -> Putting:
    return _patched_api(last, print_policy(new), file)


def _patched_api(last: str, text: str, file: str) -> Putting:
    """The policy of an API is in force once its stages are deployed again."""
    name = f"{file.removesuffix('.json')}.patch.json"
    api = last.partition("/")[0]
    command = ("apigateway", "update-rest-api", f"--rest-api-id={api}", f"--patch-operations=file://{name}")
    patch = [{"op": "replace", "path": "/policy", "value": text}]
    return Putting(commands=(command,), files={name: json.dumps(patch, indent=2) + "\n"})


_PUT: Mapping[str, Callable[[AccessProposal, str, Policy, str], Putting]] = {
    "iam": _iam,
    "s3": _s3,
    "kms": _kms,
    "sns": _sns,
    "secretsmanager": _secret,
    "events": _bus,
    "sqs": _queue,
    "ecr": _repository,
    "apigateway": _api,
}


def _removed(proposal: AccessProposal, last: str) -> Putting | None:
    """What takes a policy off; None for a key, a topic and a role, which always have one."""
    bus = f"--event-bus-name={last.rpartition('/')[2]}"
    repository = _repository_words(proposal, last)
    ways = {
        "s3": _one("s3api", "delete-bucket-policy", f"--bucket={last}"),
        "secretsmanager": _one("secretsmanager", "delete-resource-policy", f"--secret-id={proposal.policy.resource}"),
        "ecr": _one("ecr", "delete-repository-policy", *repository),
        "events": _one("events", "remove-permission", bus, "--remove-all-permissions"),
        "apigateway": _patched_api(last, "", "policy.json"),
    }
    if proposal.policy.service == "sqs":
        return _with_attributes(proposal, "", "policy.json")
    return ways.get(proposal.policy.service)


# --- permissions of a function


def _permissions(resource: str, old: Policy, new: Policy | None) -> Putting | None:
    """What changes a function's permissions one by one; what grants comes before what takes away.

    A permission cannot be changed. In its place another of the same id comes, and while that is made a third one grants
    what stays, so that no call is refused in between.
    """
    before = {statement.sid: statement for statement in old.statements}
    after = {statement.sid: statement for statement in (new or policy_of(())).statements}
    if None in before or None in after or len(before) != len(old.statements):
        return None
    forth: list[Command] = []
    back: list[Command] = []
    for sid, statement in after.items():
        held = before.get(sid)
        if held is not None and _meaning(held) == _meaning(statement):
            continue
        words = _granted(statement)
        if words is None:
            return None
        if held is None:
            forth.append(_add(resource, str(sid), words))
            continue
        between = _between(str(sid), before.keys() | after.keys())
        forth.append(_add(resource, between, words))
        back += [_remove(resource, str(sid)), _add(resource, str(sid), words), _remove(resource, between)]
    back += [_remove(resource, str(sid)) for sid in before if sid not in after]
    return Putting(commands=(*forth, *back))


def _meaning(statement: Statement) -> object:
    return (
        statement.effect,
        statement.actions,
        statement.principals,
        tuple(sorted((c.operator.lower(), c.key.lower(), c.values) for c in statement.conditions)),
    )


def _between(sid: str, taken: Set[str | None]) -> str:
    name = f"{sid}-trailmin"
    if len(name) > _LONGEST_ID or name in taken:
        name = f"trailmin-{hashlib.sha256(sid.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return name


def _granted(statement: Statement) -> Command | None:
    """Action, principal and conditions as AddPermission takes them; None where it cannot."""
    principals = [value for group in statement.principals for value in group.values]
    is_plain = statement.is_allow and len(principals) == 1 and len(statement.actions) == 1
    words = [f"--action={''.join(statement.actions)}", f"--principal={''.join(principals)}"]
    for condition in statement.conditions:
        option = _CONDITIONS.get((condition.operator.lower(), condition.key.lower()))
        is_plain = is_plain and option is not None and len(condition.values) == 1
        words.append(f"--{option}={''.join(condition.values)}")
    return tuple(words) if is_plain else None


def _add(resource: str, sid: str, words: Command) -> Command:
    return ("lambda", "add-permission", *_function(resource), f"--statement-id={sid}", *words)


def _remove(resource: str, sid: str) -> Command:
    return ("lambda", "remove-permission", *_function(resource), f"--statement-id={sid}")


def _function(resource: str) -> Command:
    """The function, and the version or alias that the policy is on."""
    parts = resource.split(":")
    qualifier = (f"--qualifier={parts[7]}",) if len(parts) > 7 else ()
    return (f"--function-name={':'.join(parts[:7])}", *qualifier)
