"""A server that answers as GitHub's REST API does, checks what it is asked, and keeps pull requests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http_server import QuietHandler, serving

TOKEN = "ghp_" + "s3cr3t" * 6


@dataclass(slots=True)
class Stub:
    """What it keeps, and what it was asked."""

    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    refuse: dict[str, tuple[int, dict[str, str], Any]] = field(default_factory=dict)
    """Method and end of path to status, headers and answer."""
    url: str = ""

    @property
    def changes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.asked if method != "GET"]

    def answer(self, method: str, target: str, headers: Any, content: Any) -> tuple[int, dict[str, str], Any]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        self.asked.append((method, path, content))
        assert headers["Accept"] == "application/vnd.github+json"
        assert headers["X-GitHub-Api-Version"] == "2022-11-28"
        assert headers["User-Agent"].startswith("trailmin/")
        if headers["Authorization"] != f"Bearer {TOKEN}":
            return 401, {}, {"message": "Bad credentials"}
        for key, refusal in self.refuse.items():
            if method == key.split()[0] and path.endswith(key.split()[1]):
                return refusal
        return self._answer(method, path.removeprefix("/repos/org/policies"), query, content)

    def _answer(
        self, method: str, path: str, query: dict[str, list[str]], content: Any
    ) -> tuple[int, dict[str, str], Any]:
        parts = path.strip("/").split("/")
        if (method, parts) == ("GET", ["pulls"]):
            of_branch = [p for p in self.pulls if query["head"] == [f"org:{p['head']['ref']}"]]
            return 200, {}, [p for p in of_branch if query["state"] == [p["state"]]]
        if (method, parts) == ("POST", ["pulls"]):
            assert sorted(content) == ["base", "body", "head", "title"]
            number = len(self.pulls) + 1
            made = {
                "number": number,
                "html_url": f"{self.url}/org/policies/pull/{number}",
                "title": content["title"],
                # GitHub keeps line ends of its own.
                "body": content["body"].replace("\n", "\r\n"),
                "head": {"ref": content["head"]},
                "labels": [],
                "state": "open",
                "merged_at": None,
                "merge_commit_sha": None,
            }
            self.pulls.append(made)
            return 201, {}, made
        pull = self.pulls[int(parts[1]) - 1]
        if (method, parts[0], len(parts)) == ("PATCH", "pulls", 2):
            pull.update(content)
            return 200, {}, pull
        if (method, parts[0], parts[2]) == ("POST", "issues", "labels"):
            pull["labels"] += [{"name": label} for label in content["labels"]]
            return 200, {}, pull["labels"]
        if (method, parts[0], parts[2]) == ("POST", "pulls", "requested_reviewers"):
            return 201, {}, pull
        return 404, {}, {"message": "Not Found"}


@contextmanager
def github_stub() -> Iterator[Stub]:
    stub = Stub()

    class Handler(QuietHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else None
            status, headers, answer = stub.answer(self.command, self.path, self.headers, content)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - as the base class finds them

    with serving(Handler) as stub.url:
        yield stub
