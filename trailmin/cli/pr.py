"""`trailmin pr`: proposals as commits on branches, and as pull requests."""

import os
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import JsonOption

if TYPE_CHECKING:
    from trailmin.config import Config
    from trailmin.publish.pull_requests.make import Made, Outcome, Request

EXAMPLES = """
trailmin pr --repo policies/
trailmin pr out --repo policies/ --per team --open
trailmin pr out --repo policies/ --per role --branch least-privilege --base main
"""

_TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")


class PerOption(StrEnum):
    """What gets a pull request of its own."""

    ROLE = "role"
    TEAM = "team"
    RUN = "run"


def pr(
    repo: Annotated[Path, typer.Option("--repo", metavar="PATH", help="The git repository that the policies are in.")],
    results: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="Folder that 'tighten -o' or 'run' wrote. [default: out]"),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option(
            "--branch",
            metavar="NAME",
            help="Branch to commit on; for roles and teams what their branches start with. "
            "[default: trailmin/least-privilege, trailmin/role, trailmin/team]",
        ),
    ] = None,
    per: Annotated[
        PerOption | None,
        typer.Option("--per", help="One for each role, for each owner of files (CODEOWNERS), or one. [default: run]"),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="NAME", help="Branch to merge into. [default: the remote's, else what is checked out]"
        ),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Push, and open or update the pull request; the token is in GITHUB_TOKEN.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option("-c", "--config", metavar="FILE", help="Take OUT and [pull_request] from a configuration."),
    ] = None,
    as_json: JsonOption = False,
) -> Iterable[ExitCode]:
    """Commit proposed patches on a branch, and open the pull request.

    The working tree and the index are never touched, no hook is run, nothing is forced. A second time the same branch
    is brought up to date; an unchanged proposal changes nothing. The body is beside the results, in pull-requests.
    """
    from dataclasses import replace

    from trailmin.config import read_config
    from trailmin.publish.pull_requests import Per, make_pull_requests

    configuration = read_config(config) if config is not None else None
    request = request_of(configuration, repo=repo, results=results)
    given = {"branch": branch, "per": Per(per.value) if per else None, "base": base, "open": open_ or None}
    made = make_pull_requests(replace(request, **{k: v for k, v in given.items() if v is not None}))  # type: ignore[arg-type]
    codes = tuple(codes_of(made))
    if as_json:
        write_json(made_json(made), codes, None)
    show_made(made)
    return codes


def request_of(config: "Config | None", *, repo: Path, results: Path | None) -> "Request":
    """Return what a configuration asks for, with the token of the environment.

    Raises:
        PublishError: The author or a name is not of its form.
    """
    from trailmin.publish.pull_requests import Author, GithubSettings, Per
    from trailmin.publish.pull_requests.hosts import PUBLIC_API
    from trailmin.publish.pull_requests.make import Request

    token = next((found for name in _TOKENS if (found := os.environ.get(name, "").strip())), None)
    api = os.environ.get("GITHUB_API_URL", "").strip() or PUBLIC_API
    if config is None:
        return Request(results=results or Path("out"), repo=repo, github=GithubSettings(base_url=api, token=token))
    asked = config.pull_request
    return Request(
        results=results or config.output,
        repo=repo,
        per=Per(asked.per),
        branch=asked.branch,
        base=asked.base,
        remote=asked.remote,
        author=Author.parse(asked.author) if asked.author is not None else None,
        sign_off=asked.sign_off,
        labels=asked.labels,
        codeowners=asked.codeowners,
        open=asked.open,
        github=GithubSettings(base_url=asked.base_url or api, repository=asked.repository, token=token),
    )


def codes_of(made: "Made") -> Iterator[ExitCode]:
    """Yield the exit codes that hold."""
    if any(outcome.error is not None for outcome in made.outcomes):
        yield ExitCode.ERROR


def show_made(made: "Made") -> None:
    """Say what became of each pull request, and what is left to do."""
    if not made.outcomes:
        say("no proposal changes a file of this repository: nothing to commit")
    for outcome in made.outcomes:
        for line in _lines(outcome):
            say(line)
    for note in made.notes:
        say(f"not in a pull request: {note}")
    for one in made.vanished:
        where = f" ({one.url})" if one.url is not None else ""
        say(f"no longer proposed: what the branch {one.branch} holds{where}; close its pull request and delete it")


def _lines(outcome: "Outcome") -> Iterator[str]:
    if outcome.branch is not None:
        files = f"{len(outcome.branch.files):,} file{'' if len(outcome.branch.files) == 1 else 's'}"
        yield f"{outcome.branch.state.value}: {outcome.group.branch} ({outcome.group.title}; {files})"
    if outcome.error is not None:
        yield f"error: {outcome.group.branch}: {outcome.error.message}"
        yield f"hint: {outcome.error.hint}"
    if outcome.url is not None:
        yield f"pull request: {outcome.url}"
    yield from (f"note: {note}" for note in outcome.notes)
    if outcome.commands:
        yield "to open it:"
        yield from (f"  {command}" for command in outcome.commands)


def made_json(made: "Made") -> dict[str, Any]:
    """Return what became of each pull request as JSON."""
    from trailmin.report.json_output import schema

    return {
        "schema": schema("pr"),
        "base": {"branch": made.base.branch, "commit": made.base.commit},
        "pull_requests": [_outcome_json(outcome) for outcome in made.outcomes],
        "no_longer_proposed": [{"branch": one.branch, "url": one.url} for one in made.vanished],
        "notes": list(made.notes),
    }


def _outcome_json(outcome: "Outcome") -> dict[str, Any]:
    branch, error = outcome.branch, outcome.error
    return {
        "branch": outcome.group.branch,
        "state": branch.state.value if branch else None,
        "commit": branch.commit if branch else None,
        "title": outcome.group.title,
        "roles": [{"account": role.account, "role": role.role} for role in outcome.group.roles],
        "files": list(branch.files) if branch else [],
        "owners": list(outcome.group.owners),
        "body_file": str(outcome.body_path),
        "url": outcome.url,
        "commands": list(outcome.commands),
        "error": {"message": error.message, "hint": error.hint} if error else None,
        "notes": list(outcome.notes),
    }
