"""The command line in this process, and one lake of the sample logs for all tests that only read it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trailmin.cli.app import build_app
from trailmin.packaged import packaged_path

Run = Callable[..., Result]

SAMPLES = packaged_path("sample_logs")
HOSTILE = "\x1b[31m\u202e\r\n{{ 7*7 }}`id`$(id)'\"<b>|"
"""A terminal escape, a right-to-left mark, line ends, a template, shell and Markdown."""

UNPRINTABLE = frozenset("\x1b\u202e\r")


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs one command, its arguments given one by one."""

    def invoke(*arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(build_app(), [str(a) for a in arguments], input=stdin)

    return invoke


@pytest.fixture(scope="session")
def sample_lake(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of the sample logs; read only."""
    lake = tmp_path_factory.mktemp("samples") / "lake"
    result = run("ingest", SAMPLES / "AWSLogs", "--lake", lake, "--workers", "1")
    assert result.exit_code == 0, result.stderr
    return lake
