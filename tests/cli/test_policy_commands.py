"""`trailmin check`, `simulate` and `lint`, as they are called."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from trailmin.cli.app import build_app


def written(path: Path, **statement: Any) -> str:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def run(*arguments: str, given: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(build_app(), list(arguments), input=given)
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    ("new", "result", "code"),
    [
        ({"Action": "s3:GetObject"}, "proven", 0),
        ({"Action": "s3:*"}, "refuted", 10),
        ({"Action": "s3:GetObject", "Condition": {"Odd": {"a:b": "1"}}}, "proven", 0),
    ],
)
def test_check_tells_what_is_shown(tmp_path: Path, new: dict[str, Any], result: str, code: int) -> None:
    old = written(tmp_path / "old.json", Action="s3:Get*")
    exit_code, output = run("check", written(tmp_path / "new.json", **new), "--against", old, "--json")
    document = json.loads(output)
    assert (exit_code, document["result"], document["exit_codes"][0]) == (code, result, code)
    assert ("witness" in document) == (result == "refuted")
    exit_code, output = run("check", str(tmp_path / "new.json"), "--against", old)
    assert exit_code == code
    assert output.startswith(result)


def test_check_ends_with_eleven_where_nothing_is_shown(tmp_path: Path) -> None:
    old = written(tmp_path / "old.json", Action="s3:Get*", Condition={"Odd": {"a:b": "1"}})
    new = written(tmp_path / "new.json", Action="s3:Get*", Condition={"Even": {"a:b": "1"}})
    exit_code, output = run("check", new, "--against", old, "--json")
    assert exit_code == 11
    assert json.loads(output)["result"] == "not_proven"
    assert json.loads(output)["reason"]


def test_check_takes_policies_together(tmp_path: Path) -> None:
    get, put = (written(tmp_path / f"{name}.json", Action=f"s3:{name}*") for name in ("Get", "Put"))
    both = written(tmp_path / "both.json", Action=["s3:PutObject", "s3:GetObject"])
    assert run("check", both, "--against", get, "--against", put)[0] == 0
    assert run("check", both, "--against", get)[0] == 10


def test_simulate_decides_each_line_and_sets_aside_what_is_no_case(tmp_path: Path) -> None:
    policy = json.loads(Path(written(tmp_path / "p.json", Action="s3:Get*")).read_text(encoding="utf-8"))
    lines = [
        json.dumps({"id": "a", "action": "s3:GetObject", "identity": [policy]}),
        "nonsense",
        '{"id": "c", "action": "s3:GetObject", "action": "s3:PutObject"}',
        json.dumps({"id": "b", "action": "s3:PutObject", "identity": [policy]}),
    ]
    exit_code, output = run("simulate", "-", given="\n".join(lines))
    assert exit_code == 4
    assert [(one["id"], one["decision"]) for one in map(json.loads, output.splitlines())] == [
        ("a", "Allowed"),
        ("b", "ImplicitlyDenied"),
    ]


def test_simulate_one_request_by_options(tmp_path: Path) -> None:
    identity = written(tmp_path / "p.json", Action="s3:*", Condition={"NumericLessThan": {"s3:max-keys": "10"}})
    asked = ("simulate", "--identity", identity, "--action", "s3:ListBucket", "--resource", "arn:aws:s3:::b")
    assert json.loads(run(*asked, "--context", "s3:max-keys=5")[1])["decision"] == "Allowed"
    assert json.loads(run(*asked)[1])["by"]["element"] == "Condition.NumericLessThan.s3:max-keys"
    scp = written(tmp_path / "scp.json", Action="iam:*")
    assert json.loads(run(*asked, "--scp", scp)[1])["by"]["layer"] == "service control policy"
    assert run("simulate")[0] == 2


def test_lint_names_the_place_and_the_check(tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", Action="iam:PassRole")
    exit_code, output = run("lint", path, "--json")
    (found,) = json.loads(output)["findings"]
    assert exit_code == 10
    assert (found["file"], found["code"], found["type"]) == (
        path,
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        "SECURITY_WARNING",
    )
    assert "Pass role with star in resource" in run("lint", path)[1]
    assert run("lint", written(tmp_path / "fine.json", Action="s3:GetObject"))[0] == 0
    assert run("lint", path, "--kind", "odd")[0] == 2
