"""The application: every command under its name. Commands import what they work with only when they run."""

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

_COMMANDS = (
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
"""Each with its examples, in the order of the help."""

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
    for command, examples in _COMMANDS:
        app.command(epilog=f"\b\nExamples:\n{_unwrapped(examples)}")(guarded(command))
    app.add_typer(_lake_app(), name="lake")
    app.add_typer(_catalog_app(), name="catalog")
    app.add_typer(_snapshot_app(), name="snapshot")
    return app


def _lake_app() -> typer.Typer:
    group = typer.Typer(help="Look into a lake, and keep it in order.", no_args_is_help=True, rich_markup_mode=None)
    for command, examples in lake.COMMANDS:
        group.command(epilog=f"\b\nExamples:\n{_unwrapped(examples)}")(guarded(command))
    return group


def _snapshot_app() -> typer.Typer:
    group = typer.Typer(
        help="Ask AWS for the state of accounts, and keep it.", no_args_is_help=True, rich_markup_mode=None
    )
    for command, examples in snapshot.COMMANDS:
        group.command(epilog=f"\b\nExamples:\n{_unwrapped(examples)}")(guarded(command))
    return group


def _catalog_app() -> typer.Typer:
    group = typer.Typer(
        help="Ask what IAM and CloudTrail know of actions and operations.", no_args_is_help=True, rich_markup_mode=None
    )
    for command, examples in catalog.COMMANDS:
        group.command(epilog=f"\b\nExamples:\n{_unwrapped(examples)}")(guarded(command))
    return group


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
