"""The documents say what is so: their paths, commands, options, tables and examples are held against the program."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from trailmin.cli.app import build_app
from trailmin.cli.exit_codes import MEANINGS, ExitCode, ranked
from trailmin.config import read_config

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "sample_logs" / "README.md"])

NOT_OURS = re.compile(
    r"(out|snapshots|policies|current|logs)/|managed/$|[a-z-]+\.json$|(apply|rollback)\.sh$|(PULL_REQUEST|REPORT|WORKLOADS)\.md$|"
    r"(trailmin|samconfig)\.toml$|serverless\.yml$|(patches|paste)/|cdk\.out"
)
"""Files of a user, which a snapshot, a configuration or a proposal is made of."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_PATH = re.compile(r"(?P<first>[\w.<>*-]+)/(?:[\w.<>*-]+/)*[\w.<>*-]*|[\w-]+\.(?:py|md|toml|json|gz|sh|txt|yml)")
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    text = document.read_text(encoding="utf-8")
    return [body for found, body in _FENCE.findall(text) if found == language]


def spans(document: Path) -> list[str]:
    """What stands in single backticks, on one line each."""
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    return [" ".join(code.split()) for code in _CODE.findall(text)]


def marked(name: str) -> str:
    """What stands between the README's markers of a part."""
    text = README.read_text(encoding="utf-8")
    [part] = re.findall(rf"<!-- {name}:begin -->\n(.*?)<!-- {name}:end -->", text, re.DOTALL)
    return str(part)


def rows(name: str) -> list[tuple[str, str]]:
    """The rows of a table of two columns, without its head; a bar in a cell may be escaped."""
    found = re.findall(r"^\| (.+?) \| (.+) \|$", marked(name), re.MULTILINE)
    return [(left.strip("`"), right.replace("\\|", "|")) for left, right in found[1:]]


def paths() -> list[tuple[Path, str]]:
    """Every path of the repository that stands in backticks."""
    return [(document, span) for document in DOCUMENTS for span in spans(document) if is_ours(span, document)]


def is_ours(span: str, document: Path) -> bool:
    path = _PATH.fullmatch(span)
    if path is None or NOT_OURS.match(span):
        return False
    # What looks like a path may be a resource: `loadbalancer/*`.
    first, has_suffix = path["first"], "." in span.rpartition("/")[2]
    return first is None or has_suffix or any((place / first).exists() for place in places(document))


def places(document: Path) -> tuple[Path, ...]:
    """What a path in a document may be relative to."""
    return (ROOT, ROOT / "trailmin", document.parent)


def commands() -> list[tuple[Path, str]]:
    """Every command line of trailmin, from blocks for a shell and from backticks."""
    found = []
    for document in DOCUMENTS:
        lines = [line for block in blocks(document, "sh") for line in block.splitlines()]
        found += [(document, line) for line in [*lines, *spans(document)] if line.startswith("trailmin ")]
    return [(document, line) for document, line in found if "COMMAND" not in line]


def help_of(*words: str) -> str:
    shown = CliRunner().invoke(build_app(), [*words, "--help"], prog_name="trailmin")
    assert shown.exit_code == 0, (words, shown.output)
    return shown.stdout


def test_the_documents_are_there() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
    assert names >= {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/known-gaps.md"}


@pytest.mark.parametrize(
    ("document", "path"), paths(), ids=lambda value: value.name if isinstance(value, Path) else value
)
def test_every_path_that_is_named_exists(document: Path, path: str) -> None:
    # Up to a placeholder, as in `trailmin/report/<format>.py`, which must at least have its folder.
    fixed = re.split(r"[^/]*[<*]", path, maxsplit=1)[0]
    found = [place / fixed for place in places(document) if (place / fixed).exists()]
    # A bare file name speaks of the folder that the text is about.
    assert found or ("/" not in path and any((ROOT / "trailmin").rglob(path))), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = [target for target in _LINK.findall(document.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize(
    ("document", "line"), commands(), ids=lambda value: value.name if isinstance(value, Path) else value
)
def test_every_command_line_has_a_command_and_options_that_exist(document: Path, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(build_app())
    names: list[str] = []
    while words and words[0] in getattr(command, "commands", {}):
        names.append(words.pop(0))
        command = command.commands[names[-1]]
    is_group = bool(getattr(command, "commands", {}))
    assert not is_group or not words or words[0].startswith("-"), f"{document.name}: no such command: {line}"
    known = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", help_of(*names)))
    used = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert used <= known


def test_the_readmes_commands_are_those_of_the_help() -> None:
    _, _, listed = help_of().partition("\nCommands:\n")
    shown = [tuple(line.split(maxsplit=1)) for line in listed.strip().splitlines()]
    assert shown
    told = rows("commands")
    assert [name for name, _ in told] == [name for name, _ in shown]
    # The list of commands cuts what is too long for its column.
    assert all(text.startswith(cut.removesuffix("...")) for (_, text), (_, cut) in zip(told, shown, strict=True))


def test_the_readmes_exit_codes_are_those_of_the_program() -> None:
    assert rows("exit-codes") == [(str(int(code)), MEANINGS[code]) for code in ExitCode]


def test_the_readmes_order_of_exit_codes_is_the_programs() -> None:
    [order] = re.findall(r"outranks the rest is returned\s+\(([\d, ]+)\)", README.read_text(encoding="utf-8"))
    told = [ExitCode(int(code)) for code in order.split(", ")]
    assert told[-1] is ExitCode.OK
    assert ranked(told) == tuple(told[:-1])
    assert set(told) == set(ExitCode) - {ExitCode.INTERRUPTED, ExitCode.PIPE_CLOSED}


def test_the_readmes_configuration_is_one(tmp_path: Path) -> None:
    for number, block in enumerate(blocks(README, "toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, encoding="utf-8")
        assert read_config(path).sources


def test_every_page_is_in_the_readme_and_in_the_sites_navigation() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    linked = {target.removeprefix("docs/") for target in _LINK.findall(README.read_text(encoding="utf-8"))}
    assert pages - linked == set()
    listed = re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert pages == set(listed) - {"index.md"}


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        lines = [line for block in blocks(document, "sh") for line in block.splitlines()]
        named = {line.split()[1] for line in [*lines, *spans(document)] if re.match(r"make [a-z]", line)}
        assert named <= targets, document.name
