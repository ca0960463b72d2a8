"""Text from logs and policies made inert: the one place that decides what may reach a terminal, Markdown or a shell.

Names and keys are chosen by whoever made the call, so they may hold terminal escapes, markup, mentions or quotes.
"""

import json
import re
import shlex
import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Controls, bidi marks and zero-width characters, surrogates, unassigned, separators (all but the plain space)."""

_HIDDEN_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks without a glyph (Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties, and U+2800)."""

_NO_COMMAND = r"(?!(?i:debug|echo|endgroup|error|group|notice|warning)\b)[A-Z][A-Za-z0-9]*"
"""A word of a resource type that GitHub's runner knows no command by; its other commands have a hyphen."""

_RUNNER_COMMAND = re.compile(
    rf"(?P<type>AWS::{_NO_COMMAND}::{_NO_COMMAND})|##(?=(?:vso|teamcity)?\[)|::(?=[A-Za-z-]+(?: [^:]*)?::)"
)
"""How a line of a build's log begins, or holds, a command to what runs it: GitHub's runner, Azure Pipelines, TeamCity;
or a resource type (`AWS::DynamoDB::Table`), which is none wherever the line is broken.

Source: GitHub Docs, "Workflow commands"; actions/runner, ActionCommand.cs; Azure DevOps docs, "Logging commands".
"""

_PLAIN_WORD = re.compile(r"[(\"]?[A-Za-z]+(?:['-][A-Za-z]+)*[)\"]?[,;:!?]?\.{0,3}|[—–]")
"""A word that no Markdown dialect makes anything of: no address, mention, reference, emphasis or entity."""

_NUMBER = re.compile(r"(\(?\d{1,3}(?:,?\d{3})*(?:\.\d+)?%?)([).,;:]{0,2})")

_PUNCTUATED = re.compile(r"([(\"]?)(.*?)([)\",.;:!?]*)")
"""A word within the punctuation that belongs to the sentence around it."""

EMPTY = "—"
"""What stands for a text without a character, where markup needs one."""


def visible(text: str) -> str:
    """Return the text on one line with every character that has no glyph of its own written as an escape.

    What is left cannot move the cursor, change colours, reorder its surroundings, hide, or command a runner of builds.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escape(c) if _is_hidden(c) else c for c in text)
    if "##" in text or "::" in text:
        text = _RUNNER_COMMAND.sub(lambda found: found["type"] or _escape(found[0][0]) + found[0][1], text)
    return text


def without_mention(text: str) -> str:
    """Return the text as `visible` does, and with no `@` that a host of git would take for somebody it is to tell."""
    return re.sub(r"(?<![A-Za-z0-9])@(?=\w)", lambda _: _escape("@"), visible(text))


def visible_json(text: str) -> str:
    """Return JSON text of the same meaning in which every character without a glyph of its own is escaped.

    Such characters stand in strings only, where JSON has an escape for each; line ends and indentation stay.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if c in "\t\n\r" or not _is_hidden(c) else json.dumps(c)[1:-1] for c in text).replace(
        "\x7f", "\\u007f"
    )


def shorten(text: str, width: int) -> str:
    """Return the text, its middle left out where it is longer than `width` characters."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def markdown_code(text: str) -> str:
    """Return the text as a Markdown code span, in which nothing is a link, a mention or HTML."""
    shown = visible(text)
    if not shown.strip():
        return f"{EMPTY} ({len(shown)} spaces)" if shown else EMPTY
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_text(text: str) -> str:
    """Return the text as Markdown prose on one line: plain words as they are, everything else as code spans."""
    return " ".join(_markdown_word(word) for word in visible(text).split(" ") if word)


def markdown_cell(markdown: str) -> str:
    """Return Markdown of this module for a table cell (GFM, Tables: a pipe is escaped, within code spans too)."""
    return markdown.replace("|", "\\|")


def shell_quote(text: str) -> str:
    r"""Return the text as one word of bash, itself free of characters that a terminal acts upon.

    Unprintable characters are written `$'\xHH'`, byte by byte, which does not depend on the locale.
    """
    if visible(text) == text:
        return shlex.quote(text)
    octets = text.encode("utf-8", "surrogateescape" if _is_file_name(text) else "surrogatepass")
    return "$'" + "".join(_bash_octet(octet) for octet in octets) + "'"


def shell_comment(text: str) -> str:
    """Return the text for the rest of a comment line of a shell script."""
    return visible(text)


def _is_hidden(character: str) -> bool:
    if character == " ":
        return False
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or bool(_HIDDEN_LETTERS.match(character))


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _markdown_word(word: str) -> str:
    if _PLAIN_WORD.fullmatch(word):
        return word
    if number := _NUMBER.fullmatch(word):
        # "1." and "1)" at the start of a line would open a list.
        return number[1] + re.sub(r"[.)]", r"\\\g<0>", number[2])
    before, core, after = _PUNCTUATED.fullmatch(word).groups()  # type: ignore[union-attr]  # it matches any line
    return f"{before}{markdown_code(core)}{after}" if core else markdown_code(word)


def _is_file_name(text: str) -> bool:
    """Whether its surrogates, if any, stand for the bytes of a file name that is not UTF-8 (PEP 383)."""
    return all("\udc80" <= c <= "\udcff" for c in text if "\ud800" <= c <= "\udfff")


def _bash_octet(octet: int) -> str:
    character = chr(octet)
    return character if character.isascii() and (character.isalnum() or character in "-_./:=@ ") else f"\\x{octet:02x}"
