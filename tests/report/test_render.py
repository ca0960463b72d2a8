"""Policies written anew, read back with each language's own parser."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import hcl2
import pytest
import yaml  # type: ignore[import-untyped]
from cfnlint.api import lint_all
from typer.testing import CliRunner

from trailmin.cli.app import build_app
from trailmin.errors import PublishError
from trailmin.report.render import RenderFormat, render_policy

CDK = Path(__file__).parent / "cdk.mjs"
HOSTILE = "arn:aws:s3:::b/${aws:username}/%{if}'\"\\ #{x} `id` é !Ref: - *"
PLAIN = "arn:aws:s3:::b/in/2026-01-01/*"


def document(resource: str) -> dict[str, Any]:
    statement = {
        "Sid": "Yes",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": [resource],
        "Condition": {"Bool": {"aws:SecureTransport": True}, "StringLike": {"s3:prefix": ["no", "0777", "2026-01-01"]}},
    }
    return {"Version": "2012-10-17", "Statement": [statement, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


def read_back(language: RenderFormat, text: str) -> Any:
    """The statements that a text holds."""
    match language:
        case RenderFormat.JSON:
            return json.loads(text)["Statement"]
        case RenderFormat.CLOUDFORMATION:
            (resource,) = yaml.safe_load(text)["Resources"].values()
            return resource["Properties"]["PolicyDocument"]["Statement"]
        case RenderFormat.SAM:
            return yaml.safe_load(text)["Policies"][0]["Statement"]
        case RenderFormat.SERVERLESS:
            return yaml.safe_load(text)["provider"]["iam"]["role"]["statements"]
        case RenderFormat.CDK_PYTHON:
            calls = [
                n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call) and "from_json" in ast.dump(n.func)
            ]
            return [ast.literal_eval(call.args[0]) for call in calls]
        case RenderFormat.CDK_TYPESCRIPT:
            return [
                json.loads(found) for found in re.findall(r"^    iam\.PolicyStatement\.fromJson\((.*)\),$", text, re.M)
            ]
        case RenderFormat.TERRAFORM:
            hcl2.loads(text)
            body = text.partition("jsonencode(")[2].rpartition(")")[0]
            assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", body)
            return json.loads(body.replace("$${", "${").replace("%%{", "%{"))["Statement"]


@pytest.mark.parametrize("language", RenderFormat)
@pytest.mark.parametrize("resource", [PLAIN, HOSTILE])
def test_what_is_written_reads_back_as_the_policy(language: RenderFormat, resource: str) -> None:
    if language is RenderFormat.SERVERLESS and resource == HOSTILE:
        with pytest.raises(PublishError, match="policy variable"):
            render_policy(document(resource), "reader", language)
    else:
        text = render_policy(document(resource), "reader-1", language)
        assert read_back(language, text) == document(resource)["Statement"]
        assert text == render_policy(document(resource), "reader-1", language)


@pytest.mark.node
def test_typescript_compiles_the_cdk_app_and_runs_it_to_the_policy(tmp_path: Path) -> None:
    paths = []
    for number, resource in enumerate((PLAIN, HOSTILE)):
        path = tmp_path / f"app{number}.ts"
        path.write_text(render_policy(document(resource), "reader-1", RenderFormat.CDK_TYPESCRIPT), encoding="utf-8")
        paths.append(str(path))
    output = tmp_path / "made.json"
    subprocess.run(["node", str(CDK), str(output), *paths], check=True)
    found = json.loads(output.read_text(encoding="utf-8"))
    assert found["errors"] == []
    for (policy,), resource in zip(found["made"], (PLAIN, HOSTILE), strict=True):
        assert policy["managedPolicyName"] == policy["id"] == "reader-1"
        assert policy["statements"] == document(resource)["Statement"]


@pytest.mark.parametrize("resource", [PLAIN, HOSTILE])
def test_python_compiles_the_cdk_app_and_runs_it_to_the_policy(resource: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # aws-cdk-lib itself needs Node; what stands in for it does what is called of it.
    iam = ModuleType("aws_cdk.aws_iam")
    vars(iam).update(
        PolicyStatement=SimpleNamespace(from_json=lambda statement: statement),
        ManagedPolicy=lambda scope, name, **given: (scope, name, given),
    )
    package = ModuleType("aws_cdk")
    vars(package).update(aws_iam=iam)
    monkeypatch.setitem(sys.modules, "aws_cdk", package)
    made: dict[str, Any] = {}
    text = render_policy(document(resource), "reader-1", RenderFormat.CDK_PYTHON)
    exec(compile(text, "app.py", "exec"), made)
    given = {"managed_policy_name": "reader-1", "statements": document(resource)["Statement"]}
    assert made["policy_reader_1"]("scope") == ("scope", "reader-1", given)


def test_cfn_lint_takes_the_cloudformation() -> None:
    found = lint_all(render_policy(document(PLAIN), "reader", RenderFormat.CLOUDFORMATION))
    assert [match for match in found if match.rule.severity != "informational"] == []


@pytest.mark.parametrize("name", ['x"', "a\nb", "", "a b", "${x}", "é"])
def test_a_name_that_iam_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(PublishError, match="name"):
        render_policy(document(PLAIN), name, RenderFormat.TERRAFORM)


def test_the_command_writes_what_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": document(PLAIN)["Statement"][1]}))
    done = CliRunner().invoke(build_app(), ["render", str(path), "--format", "cdk-python"])
    assert done.exit_code == 0, done.stderr
    assert read_back(RenderFormat.CDK_PYTHON, done.stdout) == document(PLAIN)["Statement"][1:]
