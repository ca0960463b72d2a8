from pathlib import Path

import pytest

from bench.quality.document import DOCUMENT, filled, write_parts


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- worlds:begin -->\nold\n<!-- worlds:end -->\nb\n", encoding="utf-8")
    write_parts({"worlds": ["| x |", r"\1"]}, page)
    assert page.read_text(encoding="utf-8") == "a\n<!-- worlds:begin -->\n| x |\n\\1\n<!-- worlds:end -->\nb\n"


def test_a_part_that_the_page_does_not_have_is_named() -> None:
    with pytest.raises(ValueError, match="no part worlds"):
        filled("nothing", "worlds", "x")


@pytest.mark.parametrize("part", ["worlds", "findings", "real"])
def test_the_page_has_each_part(part: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert filled(text, part, "x") != text
