"""What is written parses with HashiCorp's own parser, and stays as its formatter leaves it where the source was so."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.iac.case import Case, all_cases, edited
from trailmin.current import SourceFormat
from trailmin.current.iac.terraform.hcl_writer import quoted

pytestmark = pytest.mark.node

CASES = [case for case in all_cases() if case.path.suffix == ".tf" and case.golden.read_bytes()]
BRIDGE = Path(__file__).parent / "hcl.mjs"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the tools say of every source before and after, by name."""
    folder = tmp_path_factory.mktemp("hcl")
    for case in CASES:
        result = edited(case, case.path)
        assert result.file.format is SourceFormat.TERRAFORM
        if result.file.document.relative.endswith(".tf"):
            (folder / f"{case.name}.old.tf").write_bytes(result.file.text.encode())
            (folder / f"{case.name}.new.tf").write_bytes(result.text.encode())
    paths = sorted(str(path) for path in folder.iterdir())
    output = tmp_path_factory.mktemp("said") / "output.json"
    subprocess.run(["node", str(BRIDGE), str(output), *paths], check=True, capture_output=True)
    found = {Path(entry["path"]).name: entry for entry in json.loads(output.read_text(encoding="utf-8"))}
    assert len(found) == len(paths) >= 40
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hashicorps_parser_reads_what_is_written(case: Case, tools: dict[str, Any]) -> None:
    for when in ("old", "new"):
        if (entry := tools.get(f"{case.name}.{when}.tf")) is not None:
            assert entry["parsed"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_formatted_stays_formatted(case: Case, tools: dict[str, Any]) -> None:
    if f"{case.name}.old.tf" not in tools:
        return
    result = edited(case, case.path)
    old, new = (tools[f"{case.name}.{when}.tf"]["formatted"] for when in ("old", "new"))
    if old == result.file.text:
        assert new == result.text


def test_most_of_the_corpus_is_formatted(tools: dict[str, Any]) -> None:
    texts = {case.name: edited(case, case.path).file.text for case in CASES}
    formatted = [n for n, text in texts.items() if tools.get(f"{n}.old.tf", {}).get("formatted") == text]
    assert len(formatted) >= 15


PIECES = (
    "${",
    "}",
    "%{",
    "&{",
    "$",
    "$${",
    "\n",
    "EOF",
    "\\",
    '"',
    "'",
    "~}",
    "é",
    "a",
    "/",
    "*",
    "%",
    "%%{",
    "\t",
    "\x07",
)


def test_hostile_texts_are_data_to_hashicorps_parser(tmp_path: Path) -> None:
    chosen = random.Random(7)
    texts = ["".join(chosen.choices(PIECES, k=chosen.randint(1, 8))) for _ in range(300)]
    source, output = tmp_path / "hostile.tf", tmp_path / "output.json"
    lines = [f"  a{number} = {quoted(text)}\n" for number, text in enumerate(texts)]
    source.write_bytes("".join(["locals {\n", *lines, "}\n"]).encode())
    subprocess.run(["node", str(BRIDGE), str(output), str(source)], check=True, capture_output=True)
    (found,) = json.loads(output.read_text(encoding="utf-8"))[0]["parsed"]["locals"]
    for number, text in enumerate(texts):
        # The tool writes texts as a template's, so that an interpolation could be told from data.
        assert found[f"a{number}"] == text.replace("${", "$${").replace("%{", "%%{")
