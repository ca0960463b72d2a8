from contextlib import suppress
from pathlib import Path

import hcl2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.current.iac.terraform.hcl_parser import parse_hcl
from trailmin.current.iac.terraform.hcl_tree import Block, Interpolation, Literal, Template
from trailmin.current.iac.terraform.hcl_writer import quoted
from trailmin.errors import CurrentError

CORPUS = Path(__file__).parents[3] / "iac" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*.tf"))

PIECES = [
    'a = "x"\n',
    "b {",
    "}",
    "[",
    "]",
    "${",
    '"',
    "<<E\n",
    "E\n",
    "?",
    ":",
    "for ",
    " in ",
    "(",
    ")",
    "#",
    "\n",
    ".",
]


def test_every_place_is_where_its_text_is() -> None:
    text = 'resource "a" "b" {\n  c = [1, "x${var.y}z", { d = e.f["g"] }] # h\n}\n'
    (block,) = parse_hcl(text, origin="x").blocks
    assert text[block.start : block.end] == text.rstrip()
    assert (block.type, block.labels) == ("resource", ("a", "b"))
    (member,) = block.members
    assert text[member.key_start : member.key_end] == "c"
    assert [text[item.start : item.end] for item in member.value.children] == ["1", '"x${var.y}z"', '{ d = e.f["g"] }']


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
def test_the_corpus_has_the_blocks_that_python_hcl2_finds(path: Path) -> None:
    text = path.read_bytes().decode()
    found = parse_hcl(text, origin=path.name)
    theirs = hcl2.loads(text)
    for kind in ("resource", "data"):
        expected = sorted(
            tuple(label.strip('"') for label in (first, second))
            for entry in theirs.get(kind, ())
            for first, inner in entry.items()
            for second in inner
            if not first.startswith("__")
        )
        assert sorted(block.labels for block in found.of_type(kind)) == expected


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
@settings(max_examples=300)
def test_any_text_is_read_or_is_an_error_with_its_place(text: str) -> None:
    with suppress(CurrentError):
        assert isinstance(parse_hcl(text, origin="main.tf"), Block)
        return
    with pytest.raises(CurrentError, match=r"^main\.tf:\d+:\d+: "):
        parse_hcl(text, origin="main.tf")


def test_what_is_nested_without_end_is_an_error() -> None:
    with pytest.raises(CurrentError, match="nested too deep"):
        parse_hcl("a = " + "[" * 5000, origin="main.tf")


@given(st.text(st.sampled_from(list('${}%&"\\\n\ta~é\u2028')), max_size=12))
def test_a_quoted_text_is_read_as_it_was(text: str) -> None:
    (member,) = parse_hcl(f"a = {quoted(text)}\n", origin="x").members
    assert isinstance(member.value, Template)
    assert not [part for part in member.value.parts if isinstance(part, Interpolation)]
    assert "".join(part.text for part in member.value.parts if isinstance(part, Literal)) == text


def test_a_heredoc_ends_where_its_word_stands_alone() -> None:
    text = "a = <<-EOF\n  EOF x\n  $${b} %%{c} ${d}\n  EOF\nb = 1\n"
    first, second = parse_hcl(text, origin="x").members
    assert isinstance(first.value, Template)
    assert first.value.is_heredoc
    literals = [part.text for part in first.value.parts if isinstance(part, Literal)]
    assert "".join(literals) == "  EOF x\n  ${b} %{c} \n"
    assert text[second.key_start] == "b"
