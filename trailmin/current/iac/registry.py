"""The families of formats that are known, and which of them a file belongs to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from trailmin.current.iac.cloudformation.reader import TemplateReader
from trailmin.current.iac.interface import SourceReader
from trailmin.current.iac.serverless.reader import ServerlessReader
from trailmin.current.iac.terraform.reader import TerraformReader
from trailmin.current.source import SourceFile, SourceFormat
from trailmin.current.source_edit import EditedSource, SourceChange

_TEMPLATES = TemplateReader()

READERS: Mapping[SourceFormat, SourceReader] = {
    SourceFormat.SERVERLESS: ServerlessReader(),
    SourceFormat.CLOUDFORMATION: _TEMPLATES,
    SourceFormat.SAM: _TEMPLATES,
    SourceFormat.CDK: _TEMPLATES,
    SourceFormat.TERRAFORM: TerraformReader(),
}
"""The reader of each format."""


def recognise(path: Path, text: str) -> SourceFormat | None:
    """Return the format of a file, None where no reader knows it."""
    for reader in dict.fromkeys(READERS.values()):
        if (found := reader.recognise(path, text)) is not None:
            return found
    return None


def edit_source(file: SourceFile, changes: Sequence[SourceChange]) -> EditedSource:
    """Return a source file with changes made, each whole or refused with a reason.

    Raises:
        CurrentError: The file cannot be parsed.
    """
    return READERS[file.format].edit(file, changes)
