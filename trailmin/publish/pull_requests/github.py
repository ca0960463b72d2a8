"""GitHub's REST API, as far as pull requests need it.

Source: GitHub REST API, "Pulls", "Labels", "Review requests", version 2022-11-28. The token goes to the configured API
alone: no redirect is followed, and nothing is sent without TLS except to this machine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from trailmin import __version__
from trailmin.errors import PublishError
from trailmin.report.escape import shorten, visible

_VERSION = "2022-11-28"
_SECONDS = 60
_LONGEST_ANSWER = 16 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class _NoRedirect(HTTPRedirectHandler):
    """Whoever answers must not choose who gets the token."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request."""

    number: int
    url: str
    title: str
    body: str
    labels: frozenset[str]
    is_merged: bool
    merge_commit: str | None
    """Where it was merged, what the base got by that."""


class Github:
    """One repository on GitHub, by its REST API."""

    def __init__(self, base_url: str, repository: str, token: str) -> None:
        """Know where to ask, and as whom.

        Raises:
            PublishError: The address or the token cannot be one.
        """
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise PublishError(
                f"'{visible(base_url)}' is no https address", hint='set [pull_request] base_url = "https://…"'
            )
        if not token.isascii() or not token.isprintable() or " " in token:
            raise PublishError("the GitHub token has characters that no token has", hint="set GITHUB_TOKEN again")
        self._root = f"{base_url.rstrip('/')}/repos/{quote(repository)}"
        self._repository = repository
        self._token = token
        self._opener = _opener(parts.hostname)

    @property
    def owner(self) -> str:
        """Who owns the repository."""
        return self._repository.partition("/")[0]

    def find(self, branch: str) -> PullRequest | None:
        """Return the open pull request of a branch.

        Raises:
            PublishError: GitHub refuses, or cannot be reached.
        """
        found = self._of_branch(branch, "open")
        return _pull_request(found[0]) if found else None

    def find_closed(self, branch: str) -> list[PullRequest]:
        """Return the pull requests of a branch that were merged or closed, the last 100 at most, newest first.

        Raises:
            PublishError: GitHub refuses, or cannot be reached.
        """
        return [_pull_request(one) for one in self._of_branch(branch, "closed")]

    def create(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request and return it.

        Raises:
            PublishError: GitHub refuses, or cannot be reached.
        """
        return _pull_request(self._ask("POST", "/pulls", {"title": title, "head": branch, "base": base, "body": body}))

    def update(self, number: int, *, title: str, body: str) -> None:
        """Set title and body of a pull request.

        Raises:
            PublishError: GitHub refuses, or cannot be reached.
        """
        self._ask("PATCH", f"/pulls/{number}", {"title": title, "body": body})

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Add labels to a pull request; those that the repository lacks are made.

        Raises:
            PublishError: GitHub refuses, or cannot be reached.
        """
        self._ask("POST", f"/issues/{number}/labels", {"labels": list(labels)})

    def request_reviews(self, number: int, users: Sequence[str], teams: Sequence[str]) -> None:
        """Ask users and teams of the owner for a review.

        Raises:
            PublishError: GitHub refuses, or cannot be reached.
        """
        self._ask(
            "POST", f"/pulls/{number}/requested_reviewers", {"reviewers": list(users), "team_reviewers": list(teams)}
        )

    def _of_branch(self, branch: str, state: str) -> list[Any]:
        query = urlencode({"state": state, "head": f"{self.owner}:{branch}", "per_page": 100})
        return [one for one in self._ask("GET", f"/pulls?{query}", None) if one["head"]["ref"] == branch]

    def _ask(self, method: str, path: str, content: Mapping[str, object] | None) -> Any:
        request = Request(  # noqa: S310 (the scheme was checked)
            self._root + path,
            data=None if content is None else json.dumps(content).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": _VERSION,
                "User-Agent": f"trailmin/{__version__}",
            },
        )
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read(_LONGEST_ANSWER))
        except HTTPError as error:
            with error:
                raise self._refusal(error.code, error.headers, error.read(_LONGEST_ANSWER)) from None
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise PublishError(
                f"GitHub cannot be reached: {visible(str(reason))}", hint="check the network and base_url; run it again"
            ) from None
        except ValueError as error:
            raise PublishError("GitHub answered with something else than JSON", hint="check base_url") from error

    def _refusal(self, status: int, headers: Message, content: bytes) -> PublishError:
        said = _said(content)
        if status in {403, 429} and (headers.get("x-ratelimit-remaining") == "0" or headers.get("retry-after")):
            return PublishError(
                f"GitHub's rate limit is used up ({said})", hint=f"run it again {_when(headers)}; it goes on from there"
            )
        message = f"GitHub answered {status} for {self._repository}: {said}"
        return PublishError(message, hint=_HINTS.get(status, "see GitHub's words; githubstatus.com tells of outages"))


_HINTS = {
    301: "the repository was renamed: set [pull_request] repository, and the remote's address",
    307: "the repository was renamed: set [pull_request] repository, and the remote's address",
    401: "the token is not valid: set GITHUB_TOKEN to one that is",
    403: "the token may not do this: it needs write access to pull requests and contents of the repository",
    404: "check the repository's name; a token without access to it gets the same answer",
    422: "GitHub took the request for wrong: see its words; the base must be a branch that it has",
}


def _opener(host: str | None) -> OpenerDirector:
    return build_opener(_NoRedirect, *([ProxyHandler({})] if host in _LOOPBACK else []))


def _pull_request(value: Any) -> PullRequest:
    return PullRequest(
        number=int(value["number"]),
        url=str(value["html_url"]),
        title=str(value["title"]),
        body=str(value["body"] or ""),
        labels=frozenset(str(label["name"]) for label in value.get("labels", ())),
        is_merged=bool(value.get("merged_at")),
        merge_commit=value.get("merge_commit_sha"),
    )


def _said(content: bytes) -> str:
    """GitHub's own words, short and inert."""
    try:
        value = json.loads(content)
    except ValueError:
        return "no reason given"
    if not isinstance(value, dict):
        return "no reason given"
    errors = value.get("errors")
    details = [str(e.get("message") or e.get("code")) if isinstance(e, dict) else str(e) for e in errors or ()]
    return visible(shorten("; ".join([str(value.get("message", "no reason given")), *details]), 300))


def _when(headers: Message) -> str:
    if (seconds := headers.get("retry-after", "")).isdigit():
        return f"in {seconds} s"
    if (moment := headers.get("x-ratelimit-reset", "")).isdigit():
        return f"after {datetime.fromtimestamp(int(moment), UTC):%H:%M} UTC"
    return "later"
