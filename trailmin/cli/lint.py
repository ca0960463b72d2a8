"""`trailmin lint`: what is wrong or unsafe in a policy, as Access Analyzer would say."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_data, write_json
from trailmin.cli.parameters import FileOption, JsonOption

if TYPE_CHECKING:
    from trailmin.policy import Finding

EXAMPLES = r"""
trailmin lint policies/reader/Read.json
trailmin lint out/*/*/policies/*.json --json | jq -r '.findings[] | "\(.file) \(.code)"'
"""


def lint(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Policy documents (JSON).")],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", metavar="KIND", help="identity, resource, trust, scp or rcp. [default: told by the elements]"
        ),
    ] = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Find what is wrong or unsafe in policies.

    Runs the checks of IAM Access Analyzer's policy validation that need no account: errors, security warnings and
    general warnings, each under AWS's name. Ends with 10 when there is an error or a security warning.
    """
    from trailmin.policy import FindingType, PolicyKind

    if kind is not None and kind not in set(PolicyKind):
        raise typer.BadParameter(f"--kind '{kind}' is none of {', '.join(PolicyKind)}")
    found = [(path, finding) for path in files for finding in _findings(path, kind)]
    grave = [one for _, one in found if one.check.type is not FindingType.GENERAL_WARNING]
    codes = [ExitCode.DIFFERS] if grave else []
    if as_json:
        write_json(_json(found), codes, output)
    else:
        write_data((_line(path, finding) for path, finding in found), output)
        say(f"{len(found)} findings in {len(files)} files")
    return codes


def _findings(path: Path, kind: str | None) -> tuple["Finding", ...]:
    from trailmin.catalog import load_catalog
    from trailmin.current.json_file import read_text
    from trailmin.policy import lint as lint_policy

    return lint_policy(read_text(path), kind=kind, catalog=load_catalog())


def _json(found: Sequence[tuple[Path, "Finding"]]) -> dict[str, Any]:
    from trailmin.report.json_output import schema

    return {
        "schema": schema("lint"),
        "findings": [
            {
                "file": str(path),
                "line": one.line,
                "column": one.column,
                "path": list(one.path),
                "type": one.check.type.value,
                "code": one.check.code,
                "name": one.check.name,
                "message": one.message,
                "url": one.check.url,
            }
            for path, one in found
        ],
    }


def _line(path: Path, finding: "Finding") -> str:
    from trailmin.policy.json_text import format_path
    from trailmin.report.escape import visible

    place = str(path) if finding.line is None else f"{path}:{finding.line}:{finding.column}"
    kind = finding.check.type.value.lower().replace("_", " ")
    text = f"{place}: {kind}: {finding.check.name}: {finding.message} ({format_path(finding.path)})"
    return visible(text) + "\n"
