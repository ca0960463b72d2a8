"""Variables, names and notes of serverless.yml; edits are the corpus's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.iac.case import read_source
from trailmin.current import SourceChange, SourceChangeKind
from trailmin.current.iac.interface import SourceContents
from trailmin.current.iac.registry import edit_source
from trailmin.current.sources import find_sources
from trailmin.policy import RemoveStatement, ReplaceStatement, keep_spec

BASE = """service: shop
provider:
  name: aws
  stage: ${opt:stage, 'dev'}
  region: eu-west-1
  iam: {role: {statements: [{Effect: Allow, Action: "s3:*", Resource: RESOURCE}]}}
functions:
  resize: {handler: a.b, events: [{sqs: "arn:aws:sqs:eu-west-1:111122223333:jobs"}]}
custom:
  bucket: ${self:service}-uploads
  loop: ${self:custom.loop}
  list: ["arn:aws:s3:::a", "arn:aws:s3:::b"]
"""


def read(folder: Path, resource: str, **options: str) -> SourceContents:
    path = folder / "serverless.yml"
    path.write_text(BASE.replace("RESOURCE", json.dumps(resource)), encoding="utf-8")
    if options:
        (folder / "parameters.json").write_text(json.dumps({"Parameters": options}), encoding="utf-8")
    return read_source(path)


@pytest.mark.parametrize(
    ("resource", "texts"),
    [
        ("arn:aws:s3:::${file(config/prod.yml):buckets.in}/*", ("arn:aws:s3:::shop-in/*",)),
        ("arn:aws:s3:::${file(./names.json):bucket}", ("arn:aws:s3:::data",)),
        ("${file(config/prod.yml):all}", ("arn:aws:s3:::a", "arn:aws:s3:::shop-b")),
        ("arn:aws:s3:::${file(config/prod.yml):none, 'default'}", ("arn:aws:s3:::default",)),
        ("arn:aws:s3:::${file(config/missing.yml):x, 'default'}", ("arn:aws:s3:::*",)),
        ("arn:aws:s3:::${file(config/names.js):bucket, 'default'}", ("arn:aws:s3:::*",)),
        ("arn:aws:s3:::${file(../outside.yml):bucket}", ("arn:aws:s3:::*",)),
        ("arn:aws:s3:::${file(config/broken.yml):bucket}", ("arn:aws:s3:::*",)),
    ],
)
def test_a_file_of_the_repository_is_read_for_texts(tmp_path: Path, resource: str, texts: tuple[str, ...]) -> None:
    folder = tmp_path / "repo"
    (folder / "config").mkdir(parents=True)
    files = {
        "config/prod.yml": "buckets: {in: '${self:service}-in'}\nall: ['arn:aws:s3:::a', "
        "'arn:aws:s3:::${self:service}-b']",
        "names.json": '{"bucket": "data"}',
        "config/names.js": "module.exports = {bucket: 'data'}",
        "config/broken.yml": "a: [",
        "../outside.yml": "bucket: secret",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    ((policy,),) = [role.policies for role in read(folder, resource).roles]
    assert policy.policy.statements[-2].resources == texts


@pytest.mark.parametrize(
    ("resource", "texts"),
    [
        ("arn:aws:s3:::${self:custom.bucket}/*", ("arn:aws:s3:::shop-uploads/*",)),
        ("arn:aws:s3:::x-${self:provider.stage}", ("arn:aws:s3:::x-*",)),
        ("arn:aws:s3:::x-${self:custom.none, 'y'}", ("arn:aws:s3:::x-y",)),
        ("arn:aws:s3:::x-${env:BUCKET}", ("arn:aws:s3:::x-*",)),
        ("arn:aws:s3:::x-${file(a.yml):b}", ("arn:aws:s3:::x-*",)),
        ("arn:aws:s3:::x-${self:custom.loop}", ("arn:aws:s3:::x-*",)),
        ("arn:aws:sqs:${aws:region}:*:q", ("arn:aws:sqs:eu-west-1:*:q",)),
        ("arn:aws:s3:::x/${aws:username}/*", ("arn:aws:s3:::x/${aws:username}/*",)),
        ("${self:custom.list}", ("arn:aws:s3:::a", "arn:aws:s3:::b")),
    ],
)
def test_a_variable_stands_for_what_the_file_says_and_else_for_anything(
    tmp_path: Path, resource: str, texts: tuple[str, ...]
) -> None:
    (role,) = read(tmp_path, resource).roles
    assert role.policies[0].policy.statements[2].resources == texts


def test_the_options_of_the_deployment_give_names(tmp_path: Path) -> None:
    (role,) = read(tmp_path, "*", stage="prod").roles
    assert (role.name, role.policies[0].name) == ("shop-prod-eu-west-1-lambdaRole", "shop-prod-lambda")


def test_without_the_options_the_name_is_known_in_part(tmp_path: Path) -> None:
    (role,) = read(tmp_path, "*").roles
    assert role.generated_name is not None
    assert role.generated_name.fits("shop-test-eu-west-1-lambdaRole")
    assert not role.generated_name.fits("shop-test-us-east-1-lambdaRole")


def test_what_the_framework_adds_is_part_of_the_policy(tmp_path: Path) -> None:
    (role,) = read(tmp_path, "*").roles
    statements = role.policies[0].policy.statements
    assert statements[0].actions[0] == "logs:CreateLogStream"
    assert statements[1].actions == ("logs:PutLogEvents",)
    assert statements[3].actions[0] == "sqs:ReceiveMessage"
    assert statements[3].resources == ("arn:aws:sqs:eu-west-1:111122223333:jobs",)


def test_a_service_in_json_is_read_and_a_document_with_such_words_is_not(tmp_path: Path) -> None:
    service = {
        "service": "shop",
        "provider": {
            "name": "aws",
            "stage": "prod",
            "region": "eu-west-1",
            "iam": {"role": {"statements": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}},
        },
        "functions": {"resize": {"handler": "a.b"}},
    }
    path = tmp_path / "serverless.json"
    path.write_text(json.dumps(service, indent=2), encoding="utf-8")
    (role,) = read_source(path).roles
    assert role.name == "shop-prod-eu-west-1-lambdaRole"
    assert role.policies[0].policy.statements[-1].actions == ("s3:*",)
    for other in ({**service, "provider": "aws-like"}, {"service": "x"}, [service]):
        path.write_text(json.dumps(other), encoding="utf-8")
        assert find_sources(tmp_path) == ()


STATEMENTS = {
    "iam.yml": "statements:\n  - {Effect: Allow, Action: 'sqs:*', Resource: '*'}\n  - ${self:custom.more}\n",
    "serverless.yml": """service: shop
provider:
  name: aws
  stage: prod
  region: eu-west-1
  iam:
    role:
      statements:
        - ${file(iam.yml):statements}
        - Effect: Allow
          Action: s3:*
          Resource: arn:aws:s3:::data/*
        - ${self:custom.more}
functions:
  resize: {handler: a.b}
custom:
  more: {Effect: Allow, Action: "kms:*", Resource: "*"}
""",
}


def test_statements_that_variables_bring_in_are_read_and_stay_with_a_note(tmp_path: Path) -> None:
    for name, text in STATEMENTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    contents = read_source(tmp_path / "serverless.yml")
    ((policy,),) = [role.policies for role in contents.roles]
    assert [s.actions for s in policy.policy.statements[2:]] == [("sqs:*",), ("kms:*",), ("s3:*",), ("kms:*",)]
    spec = replace(keep_spec(policy.policy.statements[4]), actions=("s3:GetObject",))
    edits = (RemoveStatement(index=2), ReplaceStatement(index=4, parts=(spec,)), RemoveStatement(index=5))
    change = SourceChange(kind=SourceChangeKind.EDIT, policy=policy, edits=edits)
    result = edit_source(change.place.file, [change])
    assert result.refusals == ()
    assert result.text == STATEMENTS["serverless.yml"].replace("s3:*", "s3:GetObject")
    assert [note.partition(" keeps ")[2] for note in result.notes] == [
        "sqs:*: it stands where ${file(iam.yml):statements} says",
        "kms:*: it stands where ${self:custom.more} says",
    ]


@pytest.mark.parametrize("place", ["${file(iam.js):statements}", "${self:custom.loop}", "${env:STATEMENTS}"])
def test_statements_that_nobody_knows_leave_the_role_alone_with_a_note(place: str, tmp_path: Path) -> None:
    text = STATEMENTS["serverless.yml"].replace("${self:custom.more}", place) + "  loop: ['${self:custom.loop}']\n"
    (tmp_path / "serverless.yml").write_text(text, encoding="utf-8")
    contents = read_source(tmp_path / "serverless.yml")
    notes = [*contents.notes, *(note for role in contents.roles for note in role.notes)]
    assert any("cannot be read" in note for note in notes)
