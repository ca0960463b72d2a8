"""docs/configuration.md has every key of the configuration, and its examples are read."""

import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

from tests.test_docs import ROOT, blocks
from trailmin.config import known_keys, read_config
from trailmin.errors import ConfigError

PAGE = ROOT / "docs" / "configuration.md"


def whole() -> str:
    [text] = blocks(PAGE, "toml")
    return text


def test_the_page_is_what_make_docs_writes() -> None:
    script = ROOT / "docs" / "fill_configuration.py"
    assert subprocess.run([sys.executable, script, "--check"], cwd=ROOT, check=False).returncode == 0


def test_the_page_speaks_of_every_key() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for section, names in known_keys().items():
        _, _, of_section = text.partition(f"## [{section}]\n")
        table, _, _ = of_section.partition("\n\n")
        assert [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")] == list(names)


def test_the_whole_example_is_read_and_sets_every_key(tmp_path: Path) -> None:
    path = tmp_path / "trailmin.toml"
    path.write_text(whole(), encoding="utf-8")
    config = read_config(path)
    for names in known_keys().values():
        for field, _ in names.values():
            assert attrgetter(field)(config) not in (None, ()), field


@pytest.mark.parametrize("section", sorted(known_keys()))
def test_a_wrong_key_and_a_wrong_value_are_told_with_their_line_in_every_section(tmp_path: Path, section: str) -> None:
    path = tmp_path / "trailmin.toml"
    lines = whole().splitlines()
    head = lines.index(f"[{section}]")
    for name in known_keys()[section]:
        line = next(n for n in range(head, len(lines)) if lines[n].startswith(f"{name} = "))
        for wrong in (f"{name}x = 1", f"{name} = {{ a = 1 }}"):
            path.write_text("\n".join([*lines[:line], wrong, *lines[line + 1 :]]), encoding="utf-8")
            with pytest.raises(ConfigError, match=rf":{line + 1}: .*{section}\.{name}"):
                read_config(path)
