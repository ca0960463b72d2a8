"""Arguments and options that several commands share, so that they look and mean the same everywhere."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

LakeOption = Annotated[
    Path,
    typer.Option(
        "--lake", metavar="LAKE", help="Folder or s3://BUCKET/PREFIX of the lake, as made by 'trailmin ingest'."
    ),
]
RolesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="ROLE", help="By name, account/name or ARN; all roles where none is given."),
]
RoleArgument = Annotated[str, typer.Argument(metavar="ROLE", help="By name, account/name or ARN.")]
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


def parse_engine(text: str) -> str:
    """Return the name of an engine.

    Raises:
        typer.BadParameter: There is none of that name.
    """
    return _one_of(text, ("local", "spark"))


def parse_verify(text: str) -> str:
    """Return how log objects are verified.

    Raises:
        typer.BadParameter: There is no such mode.
    """
    return _one_of(text, ("require", "warn", "off"))


def _one_of(text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise typer.BadParameter(f"'{text}' is not one of {', '.join(known)}")
    return text


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
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        parser=parse_engine,
        help="Where the work is done: local, or spark (the extra trailmin[spark]).",
    ),
]
VerifyOption = Annotated[
    str,
    typer.Option(
        "--verify-digests",
        metavar="MODE",
        parser=parse_verify,
        help="Validate log files by the trail's digests: require (what is not verified is set aside), warn or off.",
    ),
]
PublicKeysOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--public-keys",
        metavar="FILE",
        help="What 'aws cloudtrail list-public-keys' prints, for --verify-digests; may be given several times. "
        "Keys that it lacks are asked of AWS where log objects are in S3.",
    ),
]
CurrentOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--current",
        metavar="PATH",
        help="What is in force: snapshots, policy documents, templates of CloudFormation and SAM, serverless.yml, "
        "Terraform, or a folder of them; aws asks AWS itself. May be given several times.",
    ),
]

AccountsOption = Annotated[
    list[str] | None, typer.Option("--account", metavar="ID", help="Only these accounts; may be given several times.")
]
RegionsOption = Annotated[
    list[str] | None, typer.Option("--region", metavar="REGION", help="Only these regions; may be given several times.")
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Profile of the AWS configuration to use.")
]
AssumeRoleOption = Annotated[
    str | None, typer.Option("--assume-role", metavar="ARN", help="Role to assume for reading the logs.")
]
ExternalIdOption = Annotated[
    str | None, typer.Option("--external-id", metavar="ID", help="External id that the role asks for.")
]
EndpointOption = Annotated[
    str | None, typer.Option("--endpoint-url", metavar="URL", help="Endpoint to use in place of AWS's own.")
]
RequesterPaysOption = Annotated[
    bool, typer.Option("--requester-pays", help="Pay for requests to a bucket that asks for it.")
]
