"""The application: every command under its name. Commands import what they work with only when they run."""

from collections.abc import Callable, Iterable, Sequence
from textwrap import indent
from typing import Annotated

import typer

from trailmin import __version__
from trailmin.cli import (
    boundary,
    catalog,
    check,
    coverage,
    demo,
    denied,
    diff,
    drift,
    explain,
    ingest,
    lake,
    lint,
    metrics,
    pr,
    render,
    report,
    resource_policies,
    roles,
    run,
    simulate,
    snapshot,
    tighten,
    usage,
    users,
    why,
)
from trailmin.cli.edge import guarded
from trailmin.cli.exit_codes import ExitCode

_Command = tuple[Callable[..., Iterable[ExitCode]], str]
"""A command and its examples."""

_COMMANDS: tuple[_Command, ...] = (
    (ingest.ingest, ingest.EXAMPLES),
    (roles.roles, roles.EXAMPLES),
    (usage.usage, usage.EXAMPLES),
    (users.users, users.EXAMPLES),
    (denied.denied, denied.EXAMPLES),
    (coverage.coverage, coverage.EXAMPLES),
    (why.why, why.EXAMPLES),
    (explain.explain, explain.EXAMPLES),
    (tighten.tighten, tighten.EXAMPLES),
    (resource_policies.resource_policies, resource_policies.EXAMPLES),
    (boundary.boundary, boundary.EXAMPLES),
    (diff.diff, diff.EXAMPLES),
    (check.check, check.EXAMPLES),
    (simulate.simulate, simulate.EXAMPLES),
    (lint.lint, lint.EXAMPLES),
    (drift.drift, drift.EXAMPLES),
    (metrics.metrics, metrics.EXAMPLES),
    (report.report, report.EXAMPLES),
    (pr.pr, pr.EXAMPLES),
    (render.render, render.EXAMPLES),
    (run.run, run.EXAMPLES),
    (demo.demo, demo.EXAMPLES),
)
"""In the order of the help."""

_GROUPS: tuple[tuple[str, str, Sequence[_Command]], ...] = (
    ("lake", "Look into a lake, and keep it in order.", lake.COMMANDS),
    ("catalog", "Ask what IAM and CloudTrail know of actions and operations.", catalog.COMMANDS),
    ("snapshot", "Ask AWS for the state of accounts, and keep it.", snapshot.COMMANDS),
)

HELP = """Least-privilege IAM policies from AWS CloudTrail logs.

Reads CloudTrail log files, works out what each IAM role really did and on which resources, and proposes policies that
grant just that: as a diff against the policies in force, with the evidence for each line.

\b
Start here:
  trailmin demo                                  the whole job on sample logs
  trailmin ingest LOGS --lake lake               your own logs into a lake
  trailmin roles --lake lake                     who did something
  trailmin tighten --current SNAPSHOT --lake lake -o out
"""


def build_app() -> typer.Typer:
    """Return the command line, ready to be called."""
    app = typer.Typer(
        name="trailmin",
        help=HELP,
        no_args_is_help=True,
        # Plain help starts in half the time and is the same in a terminal, a pipe and the README.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_options)
    _add(app, _COMMANDS)
    for name, about, commands in _GROUPS:
        app.add_typer(_group(about, commands), name=name)
    return app


def _group(about: str, commands: Sequence[_Command]) -> typer.Typer:
    group = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
    _add(group, commands)
    return group


def _add(app: typer.Typer, commands: Sequence[_Command]) -> None:
    for command, examples in commands:
        app.command(epilog=f"\b\nExamples:\n{_unwrapped(examples)}")(guarded(command))


def _unwrapped(examples: str) -> str:
    """Lines that the help shows as they are."""
    return indent(examples.strip(), "  ").replace("\n\n", "\n\n\b\n")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trailmin {__version__}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options that stand before the command."""
