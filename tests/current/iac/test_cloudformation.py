"""Reading templates: names, boundaries, values, functions; what the corpus does not ask."""

import json
from pathlib import Path

import pytest

from tests.iac.case import policy_called, read_source, role_called, source_file
from trailmin.current import EventSourceMapping, PolicyKind
from trailmin.current.iac.cloudformation.reader import deployed
from trailmin.current.iac.cloudformation.stacks import parse_stacks

STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/1"

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "${Stage}-jobs"}
  Bound:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: bound
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]
  Worker:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !Ref Bound
      ManagedPolicyArns: [!Ref Bound]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: !Sub "lambda.${AWS::URLSuffix}"}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: work
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: sqs:*
                Resource: !GetAtt Queue.Arn
                Condition: {StringEquals: {"aws:SourceVpce": !Ref Stage}}
  Handler:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: handler, Role: !GetAtt Worker.Arn}
  FromQueue:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Handler, EventSourceArn: !GetAtt Queue.Arn}
"""


def template(folder: Path, *stacks: object) -> Path:
    path = folder / "template.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    for number, stack in enumerate(stacks):
        (folder / f"stack-{number}.json").write_text(json.dumps(stack), encoding="utf-8")
    return path


def resources(**ids: str) -> dict[str, object]:
    return {
        "StackResources": [
            {"StackName": "shop", "StackId": STACK_ID, "LogicalResourceId": name, "PhysicalResourceId": physical}
            for name, physical in ids.items()
        ]
    }


ALL = resources(
    Queue="https://sqs.eu-west-1.amazonaws.com/111122223333/prod-jobs",
    Bound="arn:aws:iam::111122223333:policy/bound",
    Worker="shop-Worker-1A2B3C4D5E6F",
    Handler="handler",
    FromQueue="0d5c1f8e",
)


def test_without_a_deployment_a_default_is_not_taken_for_the_value(tmp_path: Path) -> None:
    policy = policy_called(read_source(template(tmp_path)), "Worker", "work")
    assert policy.policy.statements[0].resources == ("arn:*:sqs:*:*:*-jobs",)


def test_the_deployments_parameters_give_the_others_their_defaults(tmp_path: Path) -> None:
    stacks = {"Stacks": [{"StackName": "shop", "StackId": STACK_ID, "Parameters": []}]}
    policy = policy_called(read_source(template(tmp_path, stacks)), "Worker", "work")
    assert policy.policy.statements[0].resources == ("arn:aws:sqs:eu-west-1:111122223333:dev-jobs",)


def test_an_unknown_value_of_a_condition_equals_itself_alone(tmp_path: Path) -> None:
    policy = policy_called(read_source(template(tmp_path)), "Worker", "work")
    assert policy.policy.statements[0].conditions[0].values == ("${Stage}",)


def test_a_policy_that_bounds_a_role_is_known_to(tmp_path: Path) -> None:
    role = role_called(read_source(template(tmp_path, ALL)), "shop-Worker-1A2B3C4D5E6F")
    assert role.boundary is not None
    assert role.boundary.arn == "arn:aws:iam::111122223333:policy/bound"
    assert role.boundary.policy is not None
    (held,) = [policy for policy in role.policies if policy.kind is PolicyKind.CUSTOMER_MANAGED]
    assert held.bounds == (role.arn,)


def test_physical_ids_name_roles_functions_and_what_they_read(tmp_path: Path) -> None:
    contents = read_source(template(tmp_path, ALL))
    (function,) = contents.functions
    assert function.role_arn == "arn:aws:iam::111122223333:role/shop-Worker-1A2B3C4D5E6F"
    assert contents.event_source_mappings == (
        EventSourceMapping(
            function_arn="arn:aws:lambda:eu-west-1:111122223333:function:handler",
            source_arn="arn:aws:sqs:eu-west-1:111122223333:prod-jobs",
        ),
    )


def test_what_is_not_known_of_a_mapping_is_never_left_out(tmp_path: Path) -> None:
    path = template(tmp_path, ALL)
    text = path.read_text(encoding="utf-8")
    handler = "arn:aws:lambda:eu-west-1:111122223333:function:handler"
    path.write_text(text.replace("EventSourceArn: !GetAtt Queue.Arn", 'EventSourceArn: {"Fn::ImportValue": jobs}'))
    assert [(m.function_arn, m.source_arn) for m in read_source(path).event_source_mappings] == [(handler, "*")]
    path.write_text(text.replace("{FunctionName: !Ref Handler,", '{FunctionName: {"Fn::ImportValue": x},'))
    (mapping,) = read_source(path).event_source_mappings
    assert mapping.function_arn == handler
    assert mapping.source_arn.endswith(":prod-jobs")


def test_a_template_of_two_stacks_is_read_for_each(tmp_path: Path) -> None:
    other = json.loads(json.dumps(ALL).replace("shop", "other").replace("prod-jobs", "test-jobs"))
    path = template(tmp_path, ALL, other)
    assert len(deployed(source_file(path))) == 2
    assert {role.name for role in read_source(path).roles} == {"shop-Worker-1A2B3C4D5E6F", "other-Worker-1A2B3C4D5E6F"}


def test_stacks_of_one_name_in_two_accounts_are_two(tmp_path: Path) -> None:
    others = json.loads(json.dumps(ALL).replace("111122223333", "444455556666").replace("1A2B3C4D5E6F", "9Z8Y7X6W5V4U"))
    contents = read_source(template(tmp_path, ALL, others))
    assert {(r.account, r.name) for r in contents.roles if r.name.startswith("shop-Worker")} == {
        ("111122223333", "shop-Worker-1A2B3C4D5E6F"),
        ("444455556666", "shop-Worker-9Z8Y7X6W5V4U"),
    }


def test_files_that_tell_of_no_stack_are_passed_over() -> None:
    for text in ("{", "[]", '{"Parameters": 1}', '{"StackResources": [1]}', '{"Statement": []}', "7"):
        assert not any(stack.resources for stack in parse_stacks(text))


def test_what_a_deny_denies_is_never_more_than_what_is_known(tmp_path: Path) -> None:
    text = TEMPLATE.replace(
        "              - Effect: Allow\n                Action: sqs:*\n",
        '              - {Effect: Deny, Action: "s3:*", Resource: [!Sub "arn:aws:s3:::${Stage}/*", "arn:aws:s3:::a"]}\n'
        "              - Effect: Allow\n                Action: sqs:*\n",
    )
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    denied, allowed = policy_called(read_source(path), "Worker", "work").policy.statements
    assert denied.resources == ("arn:aws:s3:::${Stage}/*", "arn:aws:s3:::a")
    assert "*" in allowed.resources[0]


def work_policy(folder: Path, statements: str, *, version: str = 'Version: "2012-10-17"') -> Path:
    """The template with other statements in the worker's policy, each line indented as they stand."""
    head, _, rest = TEMPLATE.partition("          PolicyDocument:\n            Version")
    path = folder / "template.yaml"
    document = f"          PolicyDocument:\n            {version}\n            Statement:\n{statements}"
    conditions = "Conditions: {IsProd: !Equals [!Ref Stage, prod]}\n"
    path.write_text(f"{head}{document}  Handler:{rest.partition('  Handler:')[2]}{conditions}", encoding="utf-8")
    return path


def test_what_an_allow_excepts_is_never_more_than_what_is_known(tmp_path: Path) -> None:
    resources = '[!Sub "arn:aws:s3:::${Stage}/*", "arn:aws:s3:::a"]'
    path = work_policy(tmp_path, f"              - {{Effect: Allow, Action: sqs:*, NotResource: {resources}}}\n")
    (allowed,) = policy_called(read_source(path), "Worker", "work").policy.statements
    assert allowed.not_resources == ("arn:aws:s3:::${Stage}/*", "arn:aws:s3:::a")
    path = work_policy(tmp_path, "              - {Effect: Allow, NotAction: [!Ref Stage], Resource: '*'}\n")
    role = role_called(read_source(path), "Worker")
    assert [policy.name for policy in role.policies] == ["bound"]
    assert "not known" in role.notes[0]


@pytest.mark.parametrize("version", ['Id: "no version"', 'Version: "2008-10-17"'])
@pytest.mark.parametrize(
    "rest", ['Resource: "*", Condition: {StringEquals: {"aws:SourceVpce": !Ref Stage}}', "NotResource: !Ref Stage"]
)
def test_an_unknown_value_is_no_plain_text_of_a_policy_without_variables(
    tmp_path: Path, rest: str, version: str
) -> None:
    path = work_policy(tmp_path, f'              - {{Effect: Allow, Action: "s3:*", {rest}}}\n', version=version)
    role = role_called(read_source(path), "Worker")
    assert [policy.name for policy in role.policies] == ["bound"]
    assert "a value is not known" in role.notes[0]
    stacks = {"Stacks": [{"StackName": "shop", "StackId": STACK_ID, "Parameters": []}]}
    (tmp_path / "stack-0.json").write_text(json.dumps(stacks), encoding="utf-8")
    assert [policy.name for policy in role_called(read_source(path), "Worker").policies] == ["work", "bound"]


def test_a_word_for_a_boolean_is_one(tmp_path: Path) -> None:
    condition = '{Bool: {"aws:SecureTransport": Yes, "aws:ViaAWSService": "no"}}'
    line = f'              - {{Effect: Allow, Action: "s3:*", Resource: "*", Condition: {condition}}}\n'
    (allowed,) = policy_called(read_source(work_policy(tmp_path, line)), "Worker", "work").policy.statements
    assert [one.values for one in allowed.conditions] == [("true",), ("no",)]


def test_statements_and_policies_in_conditions_may_not_be_deployed(tmp_path: Path) -> None:
    statements = """              - {Effect: Allow, Action: "s3:*", Resource: "*"}
              - !If
                - IsProd
                - {Effect: Allow, Action: "sqs:*", Resource: !GetAtt Queue.Arn}
                - {Effect: Allow, Action: "sqs:*", Resource: "*"}
  Further:
    Type: AWS::IAM::Policy
    Condition: IsProd
    Properties:
      PolicyName: further
      Roles: [!Ref Worker]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sns:*", Resource: "*"}]}
"""
    contents = read_source(work_policy(tmp_path, statements))
    assert policy_called(contents, "Worker", "work").doubtful == {1, 2}
    assert policy_called(contents, "Worker", "further").doubtful == {0}
