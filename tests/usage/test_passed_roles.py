"""Roles that calls hand to services."""

import json
from typing import Any

from tests.usage.reading import event_of, record
from trailmin.catalog import load_catalog
from trailmin.usage.authorization import Authorization, Basis
from trailmin.usage.resolver import Resolver

RESOLVER = Resolver(load_catalog())
EXEC = "arn:aws:iam::111122223333:role/exec"


def passed(source: str, name: str, parameters: dict[str, Any]) -> list[Authorization]:
    resolution = RESOLVER.resolve(event_of(record(source, name, parameters)))
    return [one for one in resolution.authorizations if one.action == "iam:PassRole"]


def test_a_task_definition_passes_both_its_roles() -> None:
    [one] = passed(
        "ecs",
        "RegisterTaskDefinition",
        {"family": "web", "taskRoleArn": EXEC, "executionRoleArn": "pull", "containerDefinitions": []},
    )
    assert one.resources == (
        "arn:aws:iam::111122223333:role/*/pull",
        EXEC,
        "arn:aws:iam::111122223333:role/pull",
    )
    assert (one.passed_to, one.basis, one.required) == ("ecs-tasks.amazonaws.com", Basis.PASSED_ROLE, True)


def test_an_instance_profile_may_hold_any_role() -> None:
    [one] = passed("ec2", "RunInstances", {"iamInstanceProfile": {"name": "web"}, "instancesSet": {"items": []}})
    assert one.resources == ("arn:aws:iam::111122223333:role/*",)
    assert one.passed_to == "ec2.amazonaws.com"


def test_a_role_may_stand_inside_a_document() -> None:
    for number in range(9):
        document = json.dumps({"RoleArn": f"{EXEC}{number}", "FilterPattern": f"{EXEC}-not"})
        [one] = passed("logs", "PutAccountPolicy", {"policyName": "p", "policyDocument": document})
        assert one.resources == (f"{EXEC}{number}",)
    assert passed("logs", "PutAccountPolicy", {"policyName": "p", "policyDocument": '{"DataIdentifier": []}'}) == []


def test_services_have_other_names_in_china() -> None:
    role = "arn:aws-cn:iam::111122223333:role/exec"
    call = record("lambda", "CreateFunction20150331", {"functionName": "f", "role": role}, awsRegion="cn-north-1")
    [one] = [a for a in RESOLVER.resolve(event_of(call)).authorizations if a.action == "iam:PassRole"]
    assert (one.resources, one.passed_to, one.required) == ((role,), None, True)


def test_a_launch_without_profile_passes_nothing() -> None:
    assert passed("ec2", "RunInstances", {"instancesSet": {"items": [{"imageId": "ami-1"}]}}) == []


def test_a_stack_passes_its_role_to_cloudformation() -> None:
    [one] = passed("cloudformation", "CreateStack", {"stackName": "app", "roleARN": EXEC})
    assert (one.resources, one.passed_to) == ((EXEC,), "cloudformation.amazonaws.com")


def test_a_role_parameter_that_is_no_role_passes_nothing() -> None:
    assert passed("lambda", "CreateFunction20150331", {"functionName": "f", "role": "arn:aws:s3:::b/role/x"}) == []
    assert passed("lambda", "CreateFunction20150331", {"functionName": "f", "role": "arn:aws:iam"}) == []


def test_assuming_a_role_is_not_passing_it() -> None:
    assert passed("sts", "AssumeRole", {"roleArn": EXEC, "roleSessionName": "x"}) == []


def test_a_value_counts_as_a_role_only_where_the_parameters_say_that_it_is_one() -> None:
    topic = "arn:aws:sns:us-east-1:111122223333:t"
    named = {"topicArn": topic, "attributeName": "LambdaSuccessFeedbackRoleArn", "attributeValue": EXEC}
    [one] = passed("sns", "SetTopicAttributes", named)
    assert (one.resources, one.passed_to) == ((EXEC,), "sns.amazonaws.com")
    assert passed("sns", "SetTopicAttributes", {**named, "attributeName": "DisplayName", "attributeValue": "hi"}) == []


def test_of_patches_only_those_of_credentials_pass_a_role() -> None:
    patches = [
        {"op": "replace", "path": "/credentials", "value": EXEC},
        {"op": "replace", "path": "/timeoutInMillis", "value": "29000"},
    ]
    target = {"restApiId": "a1", "resourceId": "r1", "httpMethod": "GET"}
    [one] = passed("apigateway", "UpdateIntegration", {**target, "patchOperations": patches})
    assert (one.resources, one.passed_to) == ((EXEC,), "apigateway.amazonaws.com")
    assert passed("apigateway", "UpdateIntegration", {**target, "patchOperations": patches[1:]}) == []
