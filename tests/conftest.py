"""What all tests share: no test may be skipped for another reason than absent `../shared` files when CI says so."""

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from tests.aws_server import CREDENTIALS, moto_server

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"

ALLOWED_SKIP = "../shared"
"""How the reason of a permitted skip begins."""

NODE_MODULES = Path(__file__).resolve().parent / "node" / "node_modules"
"""What `.ci/tools` installs of tests/node/package.json."""

NEEDS: dict[str, Callable[[], bool]] = {
    "spark": lambda: shutil.which("java") is not None and find_spec("pyspark") is not None,
    "browser": lambda: None not in {shutil.which("chromium"), shutil.which("chromedriver")},
    "node": lambda: shutil.which("node") is not None and NODE_MODULES.is_dir(),
    "organization": lambda: False,
}
"""Marks of tests that need more than Python and git, or minutes, and whether it is there."""

_unexpected: list[str] = []

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what needs tools that are not there, unless `-m` names it; CI has them all, and runs everything."""
    if os.environ.get("TRAILMIN_NO_UNEXPECTED_SKIPS"):
        return
    absent = {mark for mark, is_there in NEEDS.items() if not is_there() and mark not in config.option.markexpr}
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in absent)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith(ALLOWED_SKIP):
            _unexpected.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _unexpected and os.environ.get("TRAILMIN_NO_UNEXPECTED_SKIPS"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _unexpected and os.environ.get("TRAILMIN_NO_UNEXPECTED_SKIPS"):
        terminalreporter.section("unexpected skips")
        for line in _unexpected:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def real_trails() -> Path:
    """The folder of published CloudTrail records; the test is skipped where it is not there."""
    folder = SHARED / "real_trails"
    if not folder.is_dir():
        pytest.skip("../shared/real_trails is not there")
    return folder


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """The endpoint of a moto server that all tests of this process share: each makes buckets and queues of its own."""
    with pytest.MonkeyPatch.context() as patch, moto_server() as endpoint:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield endpoint
