"""Arguments and options that several commands share, so that they look and mean the same everywhere."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

LakeOption = Annotated[
    Path, typer.Option("--lake", metavar="DIR", help="Folder of the lake, as made by 'trailmin ingest'.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print versioned JSON instead of words.")]
FileOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the data to FILE, not to standard output.")
]


def parse_date(text: str) -> date:
    """Return the UTC date of an option's value.

    Raises:
        typer.BadParameter: It is not a date as YYYY-MM-DD.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not a date as YYYY-MM-DD") from error


SinceOption = Annotated[
    date | None,
    typer.Option("--since", metavar="DATE", parser=parse_date, help="First day looked at, UTC, as YYYY-MM-DD."),
]
UntilOption = Annotated[
    date | None,
    typer.Option("--until", metavar="DATE", parser=parse_date, help="Last day looked at, itself included."),
]
AccountOption = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="Only this account, by its twelve digits.")
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Processes to use. [default: one per core]")
]
CurrentOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--current",
        metavar="PATH",
        help="What is in force: a snapshot, a folder of snapshots, a policy document or a folder of documents. "
        "May be given several times.",
    ),
]
