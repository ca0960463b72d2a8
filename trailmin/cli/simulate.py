"""`trailmin simulate`: what policies decide on requests."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_data
from trailmin.cli.parameters import FileOption
from trailmin.errors import PolicyError, TrailminError

if TYPE_CHECKING:
    from trailmin.policy import Case

EXAMPLES = """
trailmin simulate cases.jsonl | jq -r 'select(.decision != "Allowed") | .id'
trailmin simulate --identity read.json --action s3:GetObject --resource arn:aws:s3:::data/x
trailmin simulate --identity p.json --action s3:ListAllMyBuckets --context aws:SourceVpc=vpc-1
"""

_LINE_CAP = 32 * 1024 * 1024
"""Characters of one case."""


def simulate(
    cases: Annotated[
        str | None,
        typer.Argument(metavar="CASES", help="Requests with their policies, one a line (JSON), or '-'."),
    ] = None,
    action: Annotated[str | None, typer.Option("--action", help="One request instead: its action.")] = None,
    resource: Annotated[str, typer.Option("--resource", metavar="ARN", help="Its resource.")] = "*",
    principal: Annotated[str | None, typer.Option("--principal", metavar="ARN", help="Who makes it.")] = None,
    account: Annotated[str | None, typer.Option("--account", metavar="ID", help="The account of the resource.")] = None,
    context: Annotated[
        list[str] | None,
        typer.Option("--context", metavar="KEY=VALUE", help="A condition key; several times for several values."),
    ] = None,
    identity: Annotated[
        list[Path] | None, typer.Option("--identity", metavar="FILE", help="An identity policy; may be repeated.")
    ] = None,
    boundary: Annotated[
        list[Path] | None, typer.Option("--boundary", metavar="FILE", help="A permissions boundary.")
    ] = None,
    scp: Annotated[
        list[Path] | None,
        typer.Option("--scp", metavar="FILE", help="A service control policy; each one is a level of its own."),
    ] = None,
    rcp: Annotated[
        list[Path] | None,
        typer.Option("--rcp", metavar="FILE", help="A resource control policy; each one is a level of its own."),
    ] = None,
    session: Annotated[Path | None, typer.Option("--session", metavar="FILE", help="A session policy.")] = None,
    resource_policy: Annotated[
        Path | None, typer.Option("--resource-policy", metavar="FILE", help="The policy on the resource.")
    ] = None,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Say what policies decide on requests, and why.

    Reads one case a line and prints one decision a line: Allowed, ExplicitlyDenied or ImplicitlyDenied, with the layer,
    statement and element that decided. With --action it decides one request that is given by options.
    """
    if (cases is None) == (action is None):
        raise typer.BadParameter("give either CASES or --action")
    if cases is not None:
        tally = _Tally()
        write_data(tally.decisions(cases), output)
        return tally.codes()
    layers = {
        "identity": _documents(identity),
        "boundary": _documents(boundary) if boundary else None,
        "scp": [[one] for one in _documents(scp)],
        "rcp": [[one] for one in _documents(rcp)],
        "session": _document(session),
        "resourcePolicy": _document(resource_policy),
    }
    request = {"action": action, "resource": resource, "principal": principal, "account": account}
    write_data([_decided({**request, "context": _context(context or []), **layers})], output)
    return []


class _Tally:
    """Counts the lines that are not cases."""

    def __init__(self) -> None:
        self.set_aside = 0

    def decisions(self, cases: str) -> Iterator[str]:
        for number, line in _lines(cases):
            try:
                yield _decided(_read(line))
            except PolicyError as error:
                self.set_aside += 1
                say(f"line {number} set aside: {error.message}")

    def codes(self) -> list[ExitCode]:
        return [ExitCode.SET_ASIDE] if self.set_aside else []


def _lines(cases: str) -> Iterator[tuple[int, str]]:
    try:
        with nullcontext(sys.stdin) if cases == "-" else Path(cases).open(encoding="utf-8") as stream:
            number = 0
            while line := stream.readline(_LINE_CAP):
                number += 1
                if line.strip():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise TrailminError(f"cannot read {cases}: {reason}", hint="name a file of JSON lines, or '-'") from error


def _read(line: str) -> Any:
    try:
        return json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise PolicyError("not JSON") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise PolicyError("a key stands twice in one object")
    return found


def _decided(value: Any) -> str:
    from trailmin.policy import case_from_json, decision_to_json

    case: Case = case_from_json(value)
    return json.dumps(decision_to_json(case.id, case.evaluate())) + "\n"


def _documents(paths: list[Path] | None) -> list[Any]:
    return [_document(path) for path in paths or ()]


def _document(path: Path | None) -> Any:
    from trailmin.current.json_file import read_text
    from trailmin.policy import guess_kind, parse_policy, to_json

    if path is None:
        return None
    text = read_text(path)
    return to_json(parse_policy(text, kind=guess_kind(text), origin=str(path)))


def _context(pairs: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"--context {pair!r} is not KEY=VALUE")
        found.setdefault(key, []).append(value)
    return found
