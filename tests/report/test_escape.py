import json
import re
import subprocess
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.report.example import HOSTILE
from trailmin.report.escape import (
    markdown_cell,
    markdown_code,
    markdown_text,
    shell_comment,
    shell_quote,
    shorten,
    visible,
    without_mention,
)
from trailmin.report.json_output import json_text

HIDDEN = "\x00\x07\x1b\x7f\x85\x9b\n\r\t\u200b\u200f\u202e\u2028\u2066\ufeff\u3164\U000e0041"
ACTIVE = HIDDEN + "`|<>[]()!@#*_~\\&{}$'\"-+=:/.w0a "
texts = st.one_of(st.text(max_size=30), st.text(alphabet=ACTIVE, max_size=30), st.sampled_from(HOSTILE))

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(markdown: str) -> list[Token]:
    return [t for block in MARKDOWN.parse(markdown) for t in (block, *(block.children or ()))]


def assert_is_inert_markdown(markdown: str, *, allowed: set[str]) -> None:
    seen = {t.type for t in tokens(markdown)}
    assert seen <= allowed | {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
    prose = "".join(t.content for t in tokens(markdown) if t.type == "text")
    assert not set(prose) & set("@#<>&")
    assert "://" not in prose
    assert "www." not in prose


def is_printed(text: str) -> bool:
    return all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in text)


@given(texts)
def test_no_control_or_hidden_character_survives(text: str) -> None:
    for inert in (visible(text), markdown_code(text), markdown_text(text), shell_quote(text), shell_comment(text)):
        assert is_printed(inert)


@given(texts)
def test_what_is_visible_is_left_alone(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    "text",
    [
        "a/##vso[task.setvariable variable=PATH]/tmp",
        "##[add-path]/tmp",
        "##teamcity[buildStop]",
        "###vso[x]",
        "::add-mask::a",
        "  ::error file=a,line=1::b::c::d",
        "::stop-commands::x",
    ],
)
def test_no_text_commands_what_runs_a_build(text: str) -> None:
    for shown in (visible(text), markdown_code(text), shell_comment(text)):
        assert not re.search(r"##(vso|teamcity)?\[|::[a-z-]+( [^:]*)?::", shown)
    # Within quotes two colons are not at the start of a line.
    assert "##" not in json_text({"key": text})
    assert json.loads(json_text({"key": text})) == {"key": text}


@pytest.mark.parametrize(
    "name", ["AWS::DynamoDB::Table", "AWS::S3::AccessPoint and AWS::S3::Object", "AWS::SNS::Topic"]
)
def test_resource_types_are_shown_as_they_are(name: str) -> None:
    assert visible(name) == name


@pytest.mark.parametrize(
    "text", ["AWS::Error::a", "AWS::S3::Warning file=a::b", "AWS::S3::Object::error::a", "AWS::S3::aws::group::a"]
)
def test_a_text_like_a_resource_type_holds_no_command_wherever_its_line_is_broken(text: str) -> None:
    shown = visible(text)
    lines = [shown[at:] for at in range(len(shown))]
    assert not any(re.match(r"(?i)::(error|warning|group)( [^:]*)?::", line) for line in lines)


def test_nobody_is_mentioned_by_a_name() -> None:
    assert without_mention("@org/all and (@ann) a/@b") == r"\x40org/all and (\x40ann) a/\x40b"
    assert without_mention("ann@example.com a @ b") == "ann@example.com a @ b"


def test_arns_have_no_commands() -> None:
    for arn in ("arn:aws:s3:::a/b", "arn:aws:iam::111122223333:role/a", "arn:aws:ssm:eu-west-1::document/AWS-A", "##"):
        assert visible(arn) == arn


def test_escapes_name_the_character() -> None:
    assert visible("a\x1b[31m\u202e\U000e0041b") == r"a\x1b[31m\u202e\U000e0041b"
    assert visible("Müller-Straße ☃") == "Müller-Straße ☃"


@given(texts)
def test_markdown_code_is_one_code_span_that_shows_the_text(text: str) -> None:
    markdown = markdown_code(text)
    assert_is_inert_markdown(f"x {markdown} y", allowed=set())
    if visible(text).strip():
        spans = [t.content for t in tokens(f"x {markdown} y") if t.type == "code_inline"]
        assert spans == [visible(text)]


@given(texts)
def test_markdown_text_is_plain_prose_and_code(text: str) -> None:
    assert_is_inert_markdown(markdown_text(text), allowed=set())


@given(st.lists(texts, min_size=3, max_size=3))
def test_a_table_cell_stays_in_its_cell(cells: list[str]) -> None:
    row = " | ".join(markdown_cell(render(c)) for c in cells for render in (markdown_code, markdown_text))
    markdown = f"|{'a|' * 6}\n|{'-|' * 6}\n| {row} |\n"
    blocks = MARKDOWN.parse(markdown)
    assert [b.type for b in blocks].count("tr_open") == 2
    bodies = [b for b in blocks if b.type == "inline"][6:]
    assert len(bodies) == 6
    for block in bodies:
        assert {t.type for t in block.children or ()} <= {"text", "code_inline"}
    shown = [[t.content for t in b.children or () if t.type == "code_inline"] for b in bodies[::2]]
    for text, spans in zip(cells, shown, strict=True):
        if visible(text).strip() and "\\|" not in visible(text):
            assert spans == [visible(text)]


def test_prose_reads_as_prose() -> None:
    assert markdown_text("seen 1,204 times, 94.4% of it (read-only).") == "seen 1,204 times, 94.4% of it (read-only)."
    assert markdown_text("goes to arn:aws:s3:::b/*") == "goes to `arn:aws:s3:::b/*`"


@pytest.mark.parametrize("text", HOSTILE)
def test_bash_reads_a_quoted_text_as_it_was(text: str) -> None:
    octets = text.encode("utf-8", "surrogatepass")
    script = f"printf %s {shell_quote(text)}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C"})
    assert done.stdout == octets


@settings(max_examples=25)
@given(st.text(alphabet=ACTIVE.replace("\x00", ""), max_size=20))
def test_bash_reads_any_text_as_one_word(text: str) -> None:
    done = subprocess.run(["bash", "-c", f"printf '%s.' {shell_quote(text)}"], capture_output=True, check=True)
    assert done.stdout == f"{text}.".encode()


def test_a_file_name_that_is_not_utf8_keeps_its_bytes() -> None:
    script = "printf %s " + shell_quote("caf\udce9")
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stdout == b"caf\xe9"


@given(st.text(max_size=40), st.integers(min_value=3, max_value=20))
def test_a_shortened_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = shorten(text, width)
    assert len(short) <= width or short == text
    if text:
        assert (short[0], short[-1]) == (text[0], text[-1])
