"""`trailmin diff`: two policies compared by what they mean."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import FileOption, JsonOption

if TYPE_CHECKING:
    from rich.table import Table

    from trailmin.policy import Comparison, Grant, GrantChange, Policy

EXAMPLES = """
trailmin diff policies/reader/Read.json out/111122223333/reader/policies/Read.json
trailmin diff old.json new.json --json | jq '.changes[] | select(.change == "added")'
"""

_STYLES = {"added": "bold white on red", "removed": "red", "narrowed": "yellow", "kept": "green"}
_NAMED = 6
"""How many actions of a row are named; of what is added, all are."""


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A policy document (JSON).")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The policy document to compare with it.")],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Compare two policies by what they mean.

    Shows which actions and resources went, were narrowed, or stayed, and loudly which were added. The order of
    statements and how they are split does not matter; s3:* and a list of actions are compared action by action. Ends
    with 10 when the policies differ.
    """
    from trailmin.catalog import load_catalog
    from trailmin.cli.screen import show
    from trailmin.policy import compare

    comparison = compare([_read(old)], [_read(new)], load_catalog())
    codes = [] if comparison.is_same else [ExitCode.DIFFERS]
    if as_json:
        write_json(_json(comparison), codes, output)
    else:
        show(_table(comparison), path=output)
    if comparison.is_same:
        say("the policies mean the same")
    if comparison.may_be_broader:
        say("BROADER: the new policy allows something that the old one does not")
    return codes


def _read(path: Path) -> "Policy":
    from trailmin.current.json_file import read_text
    from trailmin.policy import parse_policy

    return parse_policy(read_text(path), origin=str(path))


def _json(comparison: "Comparison") -> dict[str, Any]:
    from trailmin.report.json_output import schema

    return {
        "schema": schema("diff"),
        "same": comparison.is_same,
        "may_be_broader": comparison.may_be_broader,
        "changes": [
            {"change": one.change.value, **_grant_json(one.grant), "now": [_grant_json(grant) for grant in one.now]}
            for one in comparison.changes
        ],
    }


def _grant_json(grant: "Grant") -> dict[str, Any]:
    return {
        "effect": grant.effect.value,
        "action": grant.action,
        "resource": grant.resource,
        "conditions": [{"operator": c.operator, "key": c.key, "values": list(c.values)} for c in grant.conditions],
    }


def _table(comparison: "Comparison") -> "Table":
    from trailmin.report.listing import list_some
    from trailmin.report.terminal import Styled, table

    rows = (
        (
            Styled(change.upper() if change == "added" else change, _STYLES[change]),
            members[0].grant.effect.value,
            list_some(sorted({one.grant.action for one in members}), len(members) if change == "added" else _NAMED),
            _resource(members[0].grant),
            now,
        )
        for (change, now), members in _grouped(comparison)
    )
    return table(None, ("Change", "Effect", "Actions", "Resource", "Now on"), rows)


def _grouped(comparison: "Comparison") -> Iterator[tuple[tuple[str, str], list["GrantChange"]]]:
    """Actions with the same fate on the same resources together, what was added first."""

    def key(one: "GrantChange") -> tuple[int, str, str, str, str]:
        change = one.change.value
        return (list(_STYLES).index(change), change, one.grant.effect.value, _resource(one.grant), _now(one))

    for (_, change, _, _, now), members in groupby(sorted(comparison.changes, key=key), key=key):
        yield (change, now), list(members)


def _now(one: "GrantChange") -> str:
    return ", ".join(sorted({_resource(grant) for grant in one.now}))


def _resource(grant: "Grant") -> str:
    conditions = " and ".join(f"{c.operator} {c.key}: {', '.join(c.values)}" for c in grant.conditions)
    return f"{grant.resource} if {conditions}" if conditions else grant.resource
