import json
from pathlib import Path

import pytest

from tests.current.written import READ, write
from tests.iac.deployment import ACCOUNT, write_snapshot
from trailmin.current import load_current
from trailmin.errors import CurrentError

TEMPLATE = """Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Worker:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: work
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: dynamodb:*
                Resource: [!GetAtt Table.Arn, !Sub "${Table.Arn}/index/*"]
"""
ROLE = "shop-Worker-1A2B3C4D5E6F"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/shop-Table-QWERTZ123456"


def repository(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    return folder


def snapshot(folder: Path, *resources: str) -> Path:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": list(resources)}],
    }
    return write_snapshot(folder, ROLE, {"work": document})


def test_what_the_snapshot_has_in_an_expressions_place_is_what_it_stands_for(tmp_path: Path) -> None:
    taken = snapshot(tmp_path / ACCOUNT, TABLE, f"{TABLE}/index/*")
    state = load_current([taken, repository(tmp_path / "repo")])
    (role,) = state.roles
    (policy,) = role.policies
    assert policy.source is not None
    assert policy.policy.statements[0].resources == (TABLE, f"{TABLE}/index/*")
    values = {reference.expression: reference.value for reference in policy.source.file.values}
    assert values["Table.Arn"] == TABLE
    assert values["AWS::Region"] == "eu-west-1"
    assert not state.notes


def test_a_template_that_differs_from_what_is_deployed_is_what_is_tightened_and_that_is_said(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo")
    (repo / "template.yaml").write_text(TEMPLATE.replace("[!GetAtt Table.Arn,", '["arn:aws:s3:::x",'), encoding="utf-8")
    state = load_current([snapshot(tmp_path / ACCOUNT, TABLE, f"{TABLE}/index/*"), repo])
    assert state.roles[0].policies[0].policy.statements[0].resources[0] == "arn:aws:s3:::x"


def test_documents_and_templates_may_lie_in_one_folder_beside_other_files(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo")
    write(repo / "reader" / "Access.json", READ)
    (repo / "package.json").write_text(json.dumps({"name": "x"}), encoding="utf-8")
    (repo / "chart.yaml").write_text("{{ not yaml", encoding="utf-8")
    state = load_current([repo])
    assert sorted(role.name for role in state.roles) == ["Worker", "reader"]


def test_among_several_files_one_that_cannot_be_parsed_is_left_out_and_noted(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo")
    (repo / "broken.yaml").write_text("Resources:\n  A:\n    Type: AWS::S3::Bucket\n  {{ jinja }}: [", encoding="utf-8")
    state = load_current([repo])
    assert [role.name for role in state.roles] == ["Worker"]
    assert "broken.yaml" in state.notes[0]


def test_a_file_alone_that_cannot_be_parsed_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("Resources:\n  A: [\n    Type: AWS::S3::Bucket\n  b", encoding="utf-8")
    with pytest.raises(CurrentError, match=r"broken\.yaml:\d+:\d+"):
        load_current([path])


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    lines = ["Resources: {A: {Type: AWS::S3::Bucket}}", "a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CurrentError, match="aliases make more than"):
        load_current([path])
