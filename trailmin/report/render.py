"""A policy written anew in the language that a team keeps its policies in.

Every string is written as that language's own literal, escaped so that nothing in it is evaluated: a policy variable
(`${aws:username}`) stays the text that IAM reads.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from trailmin.errors import PublishError
from trailmin.policy import parse_policy


class RenderFormat(StrEnum):
    """Languages that a policy can be written in."""

    JSON = "json"
    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"
    SAM = "sam"
    SERVERLESS = "serverless"
    CDK_PYTHON = "cdk-python"
    CDK_TYPESCRIPT = "cdk-typescript"


_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
"""IAM's alphabet of policy names (API reference, CreatePolicy)."""


def render_policy(document: Mapping[str, Any], name: str, language: RenderFormat) -> str:
    """Return a policy document in a language, with a final line end.

    Args:
        document: The parsed policy, its `Statement` a list.
        name: The policy's.
        language: What to write.

    Raises:
        PublishError: IAM takes no such name, or the language cannot hold a text.
    """
    if not _NAME.fullmatch(name):
        raise PublishError("the name is none that IAM takes", hint="letters, digits and +=,.@_- alone: --name NAME")
    return _WRITERS[language](document, name)


def render_text(text: str, name: str, language: RenderFormat, *, origin: str | None = None) -> str:
    """Return a policy document that is given as JSON in a language; see `render_policy`.

    Args:
        text: The document.
        name: The policy's.
        language: What to write.
        origin: What errors call the document; None: the policy's name.

    Raises:
        PolicyError: It is no policy.
        PublishError: IAM takes no such name, or the language cannot hold a text.
    """
    parse_policy(text, origin=origin or name)
    document = json.loads(text)
    statements = document["Statement"]
    whole = {**document, "Statement": statements if isinstance(statements, list) else [statements]}
    return render_policy(whole, name, language)


def _json(document: Mapping[str, Any], _name: str) -> str:
    return json.dumps(document, indent=2) + "\n"


def _terraform(document: Mapping[str, Any], name: str) -> str:
    # HCL's quoted strings take JSON's escapes, save for templates (HCL specification, "Template Expressions").
    text = json.dumps(document, indent=2, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    body = text.replace("\n", "\n  ")
    return (
        f'resource "aws_iam_policy" "{_identifier(name)}" {{\n  name = "{name}"\n\n  policy = jsonencode({body})\n}}\n'
    )


def _cloudformation(document: Mapping[str, Any], name: str) -> str:
    properties = {"ManagedPolicyName": name, "PolicyDocument": document}
    resource = {_logical_id(name): {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}
    return _yaml({"Resources": resource})


def _sam(document: Mapping[str, Any], _name: str) -> str:
    return _yaml({"Policies": [document]})


def _serverless(document: Mapping[str, Any], _name: str) -> str:
    if "${" in json.dumps(document):
        raise PublishError(
            "a serverless.yml cannot hold a policy variable in a statement: the framework would resolve it",
            hint="keep this policy as CloudFormation under resources: --format cloudformation",
        )
    return _yaml({"provider": {"iam": {"role": {"statements": document["Statement"]}}}})


def _cdk_python(document: Mapping[str, Any], name: str) -> str:
    statements = "".join(
        f"        iam.PolicyStatement.from_json({_python(statement)}),\n" for statement in document["Statement"]
    )
    return (
        "from aws_cdk import aws_iam as iam\n\n\n"
        f"def policy_{_identifier(name)}(scope):\n"
        '    """The policy, to be attached to a role."""\n'
        f"    return iam.ManagedPolicy(scope, {name!r}, managed_policy_name={name!r}, statements=[\n"
        f"{statements}    ])\n"
    )


def _cdk_typescript(document: Mapping[str, Any], name: str) -> str:
    statements = "".join(
        f"    iam.PolicyStatement.fromJson({json.dumps(statement)}),\n" for statement in document["Statement"]
    )
    return (
        "import * as iam from 'aws-cdk-lib/aws-iam';\nimport { Construct } from 'constructs';\n\n"
        f"export const policy_{_identifier(name)} = (scope: Construct) =>\n"
        f"  new iam.ManagedPolicy(scope, {json.dumps(name)}, {{\n"
        f"  managedPolicyName: {json.dumps(name)},\n  statements: [\n{statements}  ],\n}});\n"
    )


_WRITERS: Mapping[RenderFormat, Callable[[Mapping[str, Any], str], str]] = {
    RenderFormat.JSON: _json,
    RenderFormat.TERRAFORM: _terraform,
    RenderFormat.CLOUDFORMATION: _cloudformation,
    RenderFormat.SAM: _sam,
    RenderFormat.SERVERLESS: _serverless,
    RenderFormat.CDK_PYTHON: _cdk_python,
    RenderFormat.CDK_TYPESCRIPT: _cdk_typescript,
}


def _python(value: object) -> str:
    """JSON as a literal of Python, whose `true` differs."""
    return repr(value) if value is None or isinstance(value, bool | int | float | str) else _container(value)


def _container(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_python(member)}" for key, member in value.items()) + "}"
    return "[" + ", ".join(_python(member) for member in value) + "]"


def _yaml(value: object) -> str:
    return "\n".join(_yaml_lines(value, 0)) + "\n"


def _yaml_lines(value: object, depth: int) -> Iterator[str]:
    """Block style; every string in double quotes, so that none is taken for a date, a number or a tag."""
    indent = "  " * depth
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _yaml_entry(f"{indent}{_yaml_key(key)}:", member, depth)
    elif isinstance(value, list):
        for member in value:
            yield from _yaml_entry(f"{indent}-", member, depth)


def _yaml_entry(head: str, member: object, depth: int) -> Iterator[str]:
    if not isinstance(member, Mapping | list):
        yield f"{head} {json.dumps(member)}"
    elif not member:
        yield f"{head} {'[]' if isinstance(member, list) else '{}'}"
    else:
        yield head
        yield from _yaml_lines(member, depth + 1)


def _yaml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Z][A-Za-z]*|provider|iam|role|statements", key) else json.dumps(key)


def _identifier(name: str) -> str:
    found = re.sub(r"\W", "_", name, flags=re.ASCII)
    return found if found[0].isalpha() else f"policy_{found}"


def _logical_id(name: str) -> str:
    found = re.sub(r"[^A-Za-z0-9]", "", name)
    return found if found[:1].isalpha() else f"Policy{found}"
