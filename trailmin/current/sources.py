"""Files of infrastructure code below what `--current` names, and what they hold."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from trailmin.current.documents import document_path
from trailmin.current.iac.interface import SourceContents, union_of
from trailmin.current.iac.registry import READERS, recognise
from trailmin.current.json_file import read_text
from trailmin.current.source import Reference, SourceFile, SourceFormat
from trailmin.errors import CurrentError

_SUFFIXES = {".yaml", ".yml", ".json", ".template", ".tf"}
_NOT_SOURCES = {"node_modules", "__pycache__", "venv"}
_SIZE_CAP = 16 * 1024 * 1024
"""Of a file to look into: a template may have 1 MB."""


def find_sources(path: Path) -> tuple[SourceFile, ...]:
    """Return the files of infrastructure code at or below a path, sorted by path.

    Raises:
        CurrentError: The one file that is given cannot be read, or is not UTF-8.
    """
    found: list[SourceFile] = []
    for file, text in [(path, read_text(path))] if path.is_file() else _texts(path):
        if (known := recognise(file, text)) is not None:
            found.append(_source(file, path, known, text))
    return tuple(found)


def programs_among(path: Path) -> Iterator[str]:
    """Say which files at or below a path hold policies in a form that is not read, and what to give instead."""
    for file in [path] if path.is_file() else sorted(_walk(path)):
        for pattern, reason in _PROGRAMS.items():
            if file.match(pattern):
                yield f"{document_path(file, path if path.is_dir() else path.parent).relative}: {reason}"


_SERVERLESS_PROGRAM = (
    "a service written as a program is not read: give what `serverless print --format json` makes of it"
)
_PROGRAMS = {
    **dict.fromkeys(("serverless.ts", "serverless.js", "serverless.cjs", "serverless.mjs"), _SERVERLESS_PROGRAM),
    "*.tf.json": "Terraform's JSON syntax is not read: change its policies in the program that writes it",
}


def read_sources(files: Sequence[SourceFile]) -> SourceContents:
    """Return what files of infrastructure code hold, in the order of their readers.

    Raises:
        CurrentError: One of them cannot be parsed.
    """
    parts: list[SourceContents] = []
    for reader in dict.fromkeys(READERS.values()):
        ours = [file for file in files if READERS[file.format] is reader]
        if ours:
            parts.append(reader.read(ours))
    contents = union_of(parts)
    return replace(contents, notes=(*contents.notes, *_stacks_of_no_file(files, contents)))


def _stacks_of_no_file(files: Sequence[SourceFile], contents: SourceContents) -> Iterator[str]:
    """Say which stacks AWS was asked for in vain."""
    policies = [*contents.policies, *(policy for role in contents.roles for policy in role.policies)]
    deployed = {
        reference.value
        for policy in policies
        if policy.source is not None
        for reference in policy.source.file.values
        if reference.expression == "AWS::StackId"
    }
    for text in sorted({text for file in files for text in file.stacks}):
        (stack,) = json.loads(text)["Stacks"]
        if stack["StackId"] not in deployed:
            yield f"no template with policies is deployed as the stack {stack['StackName']}: its resources are others"


def _texts(folder: Path) -> Iterator[tuple[Path, str]]:
    for file in sorted(_files(folder)):
        try:
            yield file, read_text(file)
        except CurrentError:
            # What is not text is no source; a policy document that is not is an error where documents are read.
            continue


def _files(folder: Path) -> Iterator[Path]:
    for path in _walk(folder):
        if path.suffix in _SUFFIXES and path.stat().st_size <= _SIZE_CAP:
            yield path


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if not any(part.startswith(".") or part in _NOT_SOURCES for part in parts) and path.is_file():
            yield path


def _source(file: Path, given: Path, known: SourceFormat, text: str) -> SourceFile:
    folder = given if given.is_dir() else given.parent
    accounts = [
        part for part in (folder.name, *file.relative_to(folder).parts[:-1]) if len(part) == 12 and part.isdigit()
    ]
    values = (Reference(expression="AWS::AccountId", value=accounts[-1]),) if accounts else ()
    return SourceFile(document=document_path(file, folder), format=known, text=text, values=values)
