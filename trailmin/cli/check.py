"""`trailmin check`: is a policy no broader than another, over every possible request?"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_data, write_json
from trailmin.cli.parameters import FileOption, JsonOption

if TYPE_CHECKING:
    from trailmin.policy import Inclusion, Policy, Refuted

EXAMPLES = """
trailmin check out/111122223333/reader/policies/Read.json --against policies/Read.json
trailmin check new.json --against old.json --against boundary.json --json | jq .witness
"""


def check(
    new: Annotated[list[Path], typer.Argument(metavar="NEW", help="Policy documents (JSON), taken together.")],
    against: Annotated[
        list[Path],
        typer.Option("--against", metavar="OLD", help="A document of the old policies. May be given several times."),
    ],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Prove that new policies allow nothing that old ones do not.

    The answer holds for every possible request, of actions too that AWS adds later. Ends with 0 when it is proven, with
    10 when it is refuted (and shows a request that only the new policies allow), with 11 when neither could be shown.
    """
    from trailmin.policy import included

    outcome = included(_read(new), _read(against))
    codes = _codes(outcome)
    if as_json:
        write_json(_json(outcome), codes, output)
    else:
        write_data([_words(outcome)], output)
    return codes


def _read(paths: Sequence[Path]) -> list["Policy"]:
    from trailmin.current.json_file import read_text
    from trailmin.policy import guess_kind, parse_policy

    texts = [(path, read_text(path)) for path in paths]
    return [parse_policy(text, kind=guess_kind(text), origin=str(path)) for path, text in texts]


def _codes(outcome: "Inclusion") -> list[ExitCode]:
    from trailmin.policy import Proven, Refuted

    match outcome:
        case Proven():
            return []
        case Refuted():
            return [ExitCode.DIFFERS]
        case _:
            return [ExitCode.NOT_PROVEN]


def _json(outcome: "Inclusion") -> dict[str, Any]:
    from trailmin.policy import Proven, Refuted
    from trailmin.report.json_output import schema

    head = {"schema": schema("check")}
    match outcome:
        case Proven():
            return {**head, "result": "proven"}
        case Refuted():
            return {**head, "result": "refuted", "witness": _witness(outcome), "reason": _reason(outcome)}
        case unproven:
            return {**head, "result": "not_proven", "reason": unproven.reason}


def _witness(refuted: "Refuted") -> dict[str, Any]:
    witness = refuted.witness
    found: dict[str, Any] = {} if refuted.principal is None else {"principal": refuted.principal}
    context = {key: list(values) for key, values in sorted(witness.context.items())}
    return {**found, "action": witness.action, "resource": witness.resource, "context": context}


def _reason(refuted: "Refuted") -> str:
    before = f"{refuted.denied_by} denies it" if refuted.denied_by else "no old statement allows it"
    return f"{refuted.allowed_by} allows it, {before}"


def _words(outcome: "Inclusion") -> str:
    from trailmin.policy import Proven, Refuted
    from trailmin.report.escape import visible

    match outcome:
        case Proven():
            return "proven: the new policies allow nothing that the old ones do not\n"
        case Refuted():
            say("BROADER: the new policies allow something that the old ones do not")
            lines = [f"refuted: {_reason(outcome)}"]
            for name, value in _witness(outcome).items():
                pairs = value.items() if isinstance(value, dict) else ()
                lines += [f"  {key} = {', '.join(map(repr, values))}" for key, values in pairs]
                lines += [] if isinstance(value, dict) else [f"  {name}: {value}"]
            return "".join(visible(line) + "\n" for line in lines)
        case unproven:
            return visible(f"not proven: {unproven.reason}") + "\n"
