"""`trailmin render`: a policy written anew in another language."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_data
from trailmin.cli.parameters import FileOption

EXAMPLES = """
trailmin render out/111122223333/reader/policies/own.json --format terraform
trailmin render policy.json --format cdk-typescript --name image-reader -o policy.ts
"""


class FormatOption(StrEnum):
    """Languages that a policy can be written in."""

    JSON = "json"
    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"
    SAM = "sam"
    SERVERLESS = "serverless"
    CDK_PYTHON = "cdk-python"
    CDK_TYPESCRIPT = "cdk-typescript"


def render(
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="A policy document, such as tighten wrote.")],
    language: Annotated[FormatOption, typer.Option("--format", help="What to write.")] = FormatOption.JSON,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name of the policy. [default: that of the file]")
    ] = None,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Write a policy anew, in the language that it is to be kept in.

    For those who start a file: policies that are in one already are edited in place by tighten, which writes new ones
    in a language with --format.
    """
    from trailmin.current.json_file import read_text
    from trailmin.report.render import RenderFormat, render_text

    text = render_text(read_text(policy), name or policy.stem, RenderFormat(language.value), origin=str(policy))
    write_data([text], output)
    return []
