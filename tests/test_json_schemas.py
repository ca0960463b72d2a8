"""docs/schemas/: what commands print for the sample logs is what the schemas say."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import run as run  # noqa: PLC0414 - fixtures
from tests.cli.conftest import sample_lake as sample_lake  # noqa: PLC0414
from tests.test_docs import ROOT

FOLDER = ROOT / "docs" / "schemas"
ELSEWHERE = {"pr", "split", "lake-expire", "access-evidence"}
"""Documents that the sample logs give no case of: in their own tests."""

WIDE = {"boundary", "coverage", "resource-policies", "usage", "why"}
"""Commands that take longer; the others are run here."""


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fill_schemas", ROOT / "docs" / "fill_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()


def schema_of(name: str) -> Any:
    kind = name.removeprefix("trailmin/").replace("/", "-")
    return json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_each_is_a_schema_of_the_document_that_its_name_says(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    kind, _, version = path.stem.rpartition("-")
    assert schema["properties"]["schema"] == {"const": f"trailmin/{kind}/{version}"}
    assert "schema" in schema["required"]


def test_every_document_that_the_program_writes_has_one() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "trailmin").rglob("*.py"))
    written = set(re.findall(r'schema\("([\w-]+)"\)', sources))
    assert {path.stem.rpartition("-")[0] for path in FOLDER.glob("*.json")} >= written - ELSEWHERE


def test_the_page_lists_them() -> None:
    page = SCRIPT.page(sorted(path.stem for path in FOLDER.glob("*.json")))
    listed = re.findall(r"\(schemas/([\w-]+)\.json\)", (ROOT / "docs" / "json.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(re.findall(r"\(schemas/([\w-]+)\.json\)", page))


def test_what_commands_print_fits(sample_lake: Path) -> None:
    commands = [command for command in SCRIPT.COMMANDS if command[0] not in WIDE]
    seen = set()
    for document in SCRIPT.documents(commands, {"LAKE": sample_lake}):
        Draft202012Validator(schema_of(document["schema"])).validate(document)
        seen.add(document["schema"])
    assert len(seen) >= 6


@pytest.mark.parametrize(
    ("values", "fits", "does_not"),
    [
        ([{"a": 1, "b": None}, {"a": 2}], {"a": 3}, {"b": 1}),
        ([{"a": [1]}, {"a": [None, "x"]}], {"a": ["y", 2, None]}, {"a": [1.5]}),
        ([{"a": {"s3:Get": 1}}, {"a": {}}], {"a": {"new:Name": 2}}, {"a": {"new:Name": "x"}}),
        ([{"a": {"111122223333": 1}}, {"a": {"plain": 2}}], {"a": {"other": 3}}, {"a": {"other": None}}),
        ([{"a": 1}, {"a": 1.5}], {"a": 2.5}, {"a": "2.5"}),
    ],
)
def test_a_schema_is_that_of_all_that_was_seen(values: list[Any], fits: Any, does_not: Any) -> None:
    schema: Any = {}
    for value in values:
        schema = SCRIPT.merge(schema, SCRIPT.infer(value))
    validator = Draft202012Validator(schema)
    assert all(validator.is_valid(value) for value in [*values, fits])
    assert not validator.is_valid(does_not)
