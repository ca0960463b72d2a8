"""`samconfig.toml` beside a template tells which stacks it is deployed as, and with which parameters."""

import json
from pathlib import Path

import pytest

from tests.iac.case import read_source
from trailmin.current.iac.cloudformation.sam_config import configured_stacks

TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Parameters:
  Table: {Type: String, Default: orders-dev}
  Folder: {Type: String, Default: incoming}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      CodeUri: src/
      Policies:
        - Statement:
            - Effect: Allow
              Action: dynamodb:GetItem
              Resource: !Sub "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}"
            - Effect: Allow
              Action: s3:GetObject
              Resource: !Sub "arn:aws:s3:::data/${Folder}/*"
"""
CONFIG = """version = 0.1
[default.global.parameters]
stack_name = "orders"
[default.deploy.parameters]
region = "eu-west-1"
parameter_overrides = "Table=orders-prod"
[default.build.parameters]
cached = true
"""


def resources(folder: Path, config: str | None) -> list[list[str]]:
    path = folder / "template.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    if config is not None:
        (folder / "samconfig.toml").write_text(config, encoding="utf-8")
    policies = [p for role in read_source(path).roles for p in role.policies if "table/" in p.text]
    return [[text for statement in policy.policy.statements for text in statement.resources] for policy in policies]


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)


def test_parameters_and_region_are_those_of_the_deployment(tmp_path: Path) -> None:
    assert resources(tmp_path, CONFIG) == [
        ["arn:aws:dynamodb:eu-west-1:*:table/orders-prod", "arn:aws:s3:::data/incoming/*"]
    ]


def test_without_it_nothing_is_known(tmp_path: Path) -> None:
    assert resources(tmp_path, None) == [["arn:aws:dynamodb:*:*:table/*", "arn:aws:s3:::data/*/*"]]


def test_each_environment_is_a_stack_of_its_own(tmp_path: Path) -> None:
    staging = (
        '[staging.deploy.parameters]\nstack_name = "orders-staging"\nparameter_overrides = ["Table=orders-staging"]\n'
    )
    assert sorted(resources(tmp_path, CONFIG + staging))[0][0] == "arn:aws:dynamodb:*:*:table/orders-staging"
    assert len(resources(tmp_path, CONFIG + staging)) == 2


@pytest.mark.parametrize(
    "overrides",
    [
        '"Table=\\"a b\\" Folder=in"',
        '\'Table="a b" Folder="in"\'',
        "\"ParameterKey=Table,ParameterValue='a b' ParameterKey=Folder,ParameterValue=in\"",
        '["Table=a b", "Folder=in"]',
        '{ Table = "a b", Folder = "in" }',
    ],
)
def test_overrides_are_read_in_all_their_forms(overrides: str, tmp_path: Path) -> None:
    config = f'[default.deploy.parameters]\nstack_name = "s"\nparameter_overrides = {overrides}\n'
    (tmp_path / "samconfig.toml").write_text(config, encoding="utf-8")
    (stack,) = configured_stacks(tmp_path / "template.yaml")
    assert stack.parameters == {"Table": "a b", "Folder": "in"}


def test_a_template_that_it_does_not_deploy_is_not_told_of(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text(CONFIG, encoding="utf-8")
    assert configured_stacks(tmp_path / "network.yaml") == ()
    named = CONFIG.replace("region =", 'template_file = "app/network.yaml"\nregion =')
    (tmp_path / "samconfig.toml").write_text(named, encoding="utf-8")
    assert configured_stacks(tmp_path / "template.yaml") == ()
    assert [stack.name for stack in configured_stacks(tmp_path / "network.yaml")] == ["orders"]


def test_what_aws_told_goes_before_it_and_names_the_stacks_that_there_are(tmp_path: Path) -> None:
    stack = {
        "StackName": "orders",
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/orders/1",
        "Parameters": [{"ParameterKey": "Table", "ParameterValue": "deployed"}],
    }
    (tmp_path / "template.stack.json").write_text(json.dumps({"Stacks": [stack]}))
    other = '[other.deploy.parameters]\nstack_name = "other"\n'
    assert resources(tmp_path, CONFIG + other) == [
        ["arn:aws:dynamodb:us-east-1:111122223333:table/deployed", "arn:aws:s3:::data/incoming/*"]
    ]


@pytest.mark.parametrize("text", ["[", "default = 1", "[default.deploy]\nparameters = 3", "[default]\ndeploy = 'x'"])
def test_a_configuration_that_is_none_tells_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text(text, encoding="utf-8")
    assert configured_stacks(tmp_path / "template.yaml") == ()
