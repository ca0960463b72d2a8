"""Policies on resources in templates: permissions of functions, and bucket policies. They are read, not edited.

Source: CloudFormation Template Reference, `AWS::Lambda::Permission`, `AWS::S3::BucketPolicy`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.statements import read_value
from trailmin.current.iac.tree import SourceNode
from trailmin.current.resource_policy import ResourcePolicy
from trailmin.errors import PolicyError
from trailmin.policy import parse_policy

_PERMISSION, _BUCKET_POLICY = "AWS::Lambda::Permission", "AWS::S3::BucketPolicy"
_CONDITIONS = {
    "SourceArn": ("ArnLike", "aws:SourceArn"),
    "SourceAccount": ("StringEquals", "aws:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}
"""Property to the condition that Lambda makes of it. Source: Lambda API Reference, AddPermission."""


def resource_policies_of(template: Template) -> Iterator[ResourcePolicy]:
    """Yield the policies whose resource and account are known, by resource.

    Computed ones are left out, and what is unknown in the others is `*`.
    """
    account = template.account
    if account is None:
        return
    documents: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    for name, properties in template.of_type(_PERMISSION):
        arn, statement = _function(template, properties), _permission(template, name, properties)
        if arn is not None and statement is not None:
            documents.setdefault(arn, ("lambda", []))[1].append({**statement, "Resource": arn})
    for _, properties in template.of_type(_BUCKET_POLICY):
        arn, document = _bucket(template, properties), _document(template, properties)
        if arn is not None and document is not None:
            found = document["Statement"]
            documents.setdefault(arn, ("s3", []))[1].extend(found if isinstance(found, list) else [found])
    for arn, (service, statements) in sorted(documents.items()):
        policy = _policy(service, arn, account, statements)
        if policy is not None:
            yield policy


def _policy(service: str, arn: str, account: str, statements: list[dict[str, Any]]) -> ResourcePolicy | None:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2, ensure_ascii=False) + "\n"
    try:
        policy = parse_policy(text, kind="resource", origin=arn)
    except PolicyError:
        # What a template computes need not read as a policy; the deployed one is the snapshot's to tell.
        return None
    return ResourcePolicy(service=service, resource=arn, account=account, policy=policy, text=text)


def _permission(template: Template, name: str, properties: SourceNode) -> dict[str, Any] | None:
    action, principal = (template.known_text(properties.get(one)) for one in ("Action", "Principal"))
    if action is None or principal is None:
        return None
    conditions: dict[str, dict[str, str]] = {}
    for one, (operator, key) in _CONDITIONS.items():
        node = properties.get(one)
        if node is not None:
            value = template.pattern(node)
            # A condition that is not known may hold for anything: it is left out, so that nothing seems tied.
            if value is not None and (operator == "ArnLike" or "*" not in value):
                conditions.setdefault(operator, {})[key] = value
    statement: dict[str, Any] = {"Sid": name, "Effect": "Allow", "Principal": _principal(principal), "Action": action}
    return {**statement, "Condition": conditions} if conditions else statement


def _principal(text: str) -> Mapping[str, str] | str:
    if text == "*":
        return text
    return {"Service" if text.endswith((".amazonaws.com", ".amazonaws.com.cn")) else "AWS": text}


def _function(template: Template, properties: SourceNode) -> str | None:
    node = properties.get("FunctionName")
    target = template.resource_of(node) if node is not None else None
    if target is not None:
        return template.dialect.attribute(f"{target}.Arn").value
    text = template.known_text(node)
    return text if text is not None and text.startswith("arn:") else None


def _bucket(template: Template, properties: SourceNode) -> str | None:
    node = properties.get("Bucket")
    target = template.resource_of(node) if node is not None else None
    if target is not None:
        return template.dialect.attribute(f"{target}.Arn").value
    text = template.known_text(node)
    return f"arn:aws:s3:::{text}" if text is not None else None


def _document(template: Template, properties: SourceNode) -> dict[str, Any] | None:
    node = properties.get("PolicyDocument")
    try:
        value = read_value(node, template.dialect) if node is not None else None
    except UnreadableError:
        return None
    return value if isinstance(value, dict) and value.get("Statement") else None
