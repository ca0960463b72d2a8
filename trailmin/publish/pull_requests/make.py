"""From the results of a run to branches and pull requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from trailmin.errors import PublishError
from trailmin.publish.layout import safe_name
from trailmin.publish.output_folder import write_file
from trailmin.publish.pull_requests.body import render_body
from trailmin.publish.pull_requests.branches import Base, Branch, find_base, update_branch
from trailmin.publish.pull_requests.codeowners import PLACES, CodeOwners
from trailmin.publish.pull_requests.commit import Author
from trailmin.publish.pull_requests.git import Repository, open_repository
from trailmin.publish.pull_requests.github import Github, PullRequest
from trailmin.publish.pull_requests.grouping import Group, Per, group_results
from trailmin.publish.pull_requests.hosts import GithubSettings, Remote, commands_for, github_repository, parse_remote
from trailmin.publish.pull_requests.mark import (
    as_withdrawn,
    change_of,
    is_text_as_made,
    is_title_as_made,
    read_mark,
    with_mark,
)
from trailmin.publish.pull_requests.results import Patch, Results, RoleResult, read_results
from trailmin.publish.pull_requests.vanished import Vanished, vanished_branches

BODIES = "pull-requests"
"""Folder of the bodies, below that of the results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for."""

    results: Path
    """Folder that `tighten -o` or `run` wrote."""
    repo: Path
    """The git repository, or a folder in it."""
    per: Per = Per.RUN
    branch: str | None = None
    base: str | None = None
    remote: str = "origin"
    author: Author | None = None
    sign_off: bool = False
    labels: tuple[str, ...] = ()
    codeowners: str | None = None
    """Path of the CODEOWNERS file in the repository; None: where GitHub looks for it."""
    open: bool = False
    """Whether to push, and open or update the pull request."""
    github: GithubSettings = field(default_factory=GithubSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one pull request."""

    group: Group
    body: str
    body_path: Path
    branch: Branch | None = None
    """None where it could not be brought up to date: `error`."""
    error: PublishError | None = None
    url: str | None = None
    """Of the pull request, where one is open."""
    commands: tuple[str, ...] = ()
    """What is left to a person: commands that push and open it."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of all of them."""

    base: Base
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]
    """What goes into no pull request, and why."""
    vanished: tuple[Vanished, ...]
    """Branches of earlier runs that hold what is no longer proposed."""


def make_pull_requests(request: Request) -> Made:
    """Commit the patches of a run on branches, and open or update their pull requests if asked to.

    A second time nothing changes but what has to: an unchanged proposal makes no commit, and an open pull request is
    updated. A branch that cannot be brought up to date does not keep the others from it. Working tree and index are
    never touched.

    Raises:
        PublishError: There is no such repository, base or result.
    """
    repository = open_repository(request.repo)
    results = read_results(request.results)
    remote = parse_remote(repository.try_git("remote", "get-url", "--", request.remote).output)
    base = find_base(repository, request.base, request.remote)
    owners = _code_owners(repository, base, request.codeowners)
    ours, notes = _in_repository(results, repository, base)
    maker = _Maker(request=request, repository=repository, remote=remote, base=base)
    groups = group_results(ours, request.per, request.branch, owners.owners_of)
    gone = vanished_branches(
        repository, results, groups, base, per=request.per, branch=request.branch, remote=request.remote
    )
    return Made(
        base=base,
        outcomes=tuple(maker.make(group) for group in groups),
        notes=tuple(notes),
        vanished=tuple(Vanished(branch=branch, url=maker.withdraw(branch)) for branch in gone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    request: Request
    repository: Repository
    remote: Remote
    base: Base

    def make(self, group: Group) -> Outcome:
        body = with_mark(render_body(group), group)
        path = self.request.results / BODIES / f"{safe_name(group.branch.replace('/', '-'))}.md"
        write_file(path, body)
        outcome = Outcome(group=group, body=body, body_path=path, notes=tuple(self._dirty(group)))
        try:
            if self.request.open:
                self._fetch(group.branch)
            branch = update_branch(
                self.repository,
                group,
                self.base,
                remote=self.request.remote,
                author=self.request.author,
                sign_off=self.request.sign_off,
            )
            return self._opened(replace(outcome, branch=branch))
        except PublishError as error:
            return replace(outcome, error=error)

    def _opened(self, outcome: Outcome) -> Outcome:
        group, branch = outcome.group, outcome.branch
        commands = commands_for(
            self.remote,
            name=self.request.remote,
            branch=group.branch,
            base=self.base.branch,
            title=group.title,
            body_path=str(outcome.body_path),
        )
        name = github_repository(self.remote, self.request.github)
        if not self.request.open or name is None or branch is None:
            return replace(outcome, commands=tuple(commands))
        if self.request.github.token is None:
            raise PublishError(
                "there is no GitHub token",
                hint=f"set GITHUB_TOKEN or GH_TOKEN, or do it by hand: {'; '.join(commands)}",
            )
        if self.base.branch is None:
            raise PublishError("the base is no branch", hint="name the branch to merge into: --base main")
        github = Github(self.request.github.base_url, name, self.request.github.token)
        found = github.find(group.branch)
        if found is None and (settled := self._settled(github, group)) is not None:
            return replace(outcome, notes=(*outcome.notes, settled))
        self._push(group.branch, branch.commit)
        pull_request, notes = self._ask(github, found, outcome, self.base.branch)
        return replace(outcome, url=pull_request.url, notes=(*outcome.notes, *notes))

    def withdraw(self, branch: str) -> str | None:
        """Return the open pull request of a branch, which is to say that it is withdrawn; None where none is known."""
        settings = self.request.github
        name = github_repository(self.remote, settings)
        if not self.request.open or name is None or settings.token is None:
            return None
        try:
            github = Github(settings.base_url, name, settings.token)
            if (found := github.find(branch)) is None:
                return None
            if (body := as_withdrawn(found.body)) is not None:
                github.update(found.number, title=found.title, body=body)
        except PublishError:
            # That the branch is to go is said all the same.
            return None
        return found.url

    def _settled(self, github: Github, group: Group) -> str | None:
        """Why a change is not asked for again: a person declined it, or merged it into a base that is not here yet."""
        closed = github.find_closed(group.branch)
        same = (one for one in closed if (mark := read_mark(one.body)) and mark.change == change_of(group))
        if (last := next(same, None)) is None:
            return None
        if not last.is_merged:
            said = "was closed without a merge, and this is the same change: it is not asked for again"
            return f"{last.url} {said}; reopen it there if it is wanted"
        if last.merge_commit is None or self.repository.is_ancestor(last.merge_commit, self.base.commit):
            return None
        return f"{last.url} was merged, and the base here is older: git pull, and propose on that"

    def _ask(
        self, github: Github, found: PullRequest | None, outcome: Outcome, base: str
    ) -> tuple[PullRequest, list[str]]:
        group = outcome.group
        if found is None:
            found = github.create(branch=group.branch, base=base, title=group.title, body=outcome.body)
            notes = _review(github, found.number, group.owners)
        else:
            notes = _describe_again(github, found, outcome)
        if missing := sorted(set(self.request.labels) - found.labels):
            github.add_labels(found.number, missing)
        return found, notes

    def _fetch(self, branch: str) -> None:
        """Learn what the remote has of a branch, so that nothing of it is missed."""
        reference = f"refs/heads/{branch}"
        if self.repository.git("ls-remote", "--", self.request.remote, reference):
            there = f"refs/remotes/{self.request.remote}/{branch}"
            self.repository.git("fetch", "--no-tags", "--quiet", "--", self.request.remote, f"+{reference}:{there}")

    def _push(self, branch: str, commit: str) -> None:
        reference = f"refs/heads/{branch}"
        if self.repository.git("ls-remote", "--", self.request.remote, reference).split("\t")[0] == commit:
            return
        done = self.repository.try_git("push", "--quiet", "--", self.request.remote, f"{reference}:{reference}")
        if done.code != 0:
            raise PublishError(
                f"the branch {branch} cannot be pushed to {self.request.remote}: {_words(done.error)}",
                hint="git needs write access there (its own credentials are used); run it again, nothing was forced",
            )

    def _dirty(self, group: Group) -> Iterator[str]:
        documents = [patch.document for patch in group.patches]
        for path in self.repository.try_git(
            "diff", "--name-only", "-z", self.base.commit, "--", *documents
        ).output.split("\0"):
            if path:
                yield f"{path} of the working tree is not as in the base; the branch has the base's with the proposal"


def _describe_again(github: Github, found: PullRequest, outcome: Outcome) -> list[str]:
    """Bring title and body of an open pull request up to date, but for what a person edited."""
    if not is_text_as_made(found.body):
        return [f"the text of {found.url} was edited by hand and stays; what it would say now is {outcome.body_path}"]
    title = outcome.group.title if is_title_as_made(found.title, read_mark(found.body)) else found.title
    if (found.title, _lines(found.body)) != (title, _lines(outcome.body)):
        github.update(found.number, title=title, body=outcome.body)
    return []


def _review(github: Github, number: int, owners: Sequence[str]) -> list[str]:
    """Ask the owners for a review; what GitHub does not take is said, and does not undo the pull request."""
    names = [owner.removeprefix("@") for owner in owners if owner.startswith("@")]
    teams = [name.partition("/")[2] for name in names if name.lower().startswith(f"{github.owner.lower()}/")]
    users = [name for name in names if "/" not in name]
    notes = [f"{owner} cannot be asked for a review" for owner in owners if not _is_asked(owner, users, teams)]
    if users or teams:
        try:
            github.request_reviews(number, users, teams)
        except PublishError as error:
            notes.append(f"the owners could not be asked for a review: {error.message}")
    return notes


def _is_asked(owner: str, users: Sequence[str], teams: Sequence[str]) -> bool:
    return owner.startswith("@") and (owner[1:] in users or owner.partition("/")[2] in teams)


def _code_owners(repository: Repository, base: Base, place: str | None) -> CodeOwners:
    for path in (place,) if place is not None else PLACES:
        if (text := repository.read(base.commit, path)) is not None:
            return CodeOwners.parse(text)
    if place is not None:
        raise PublishError(f"the base has no file {place}", hint="set [pull_request] codeowners to one that it has")
    return CodeOwners()


def _in_repository(results: Results, repository: Repository, base: Base) -> tuple[Results, list[str]]:
    """The results with those patches alone whose file the base has, or whose new file's folder it has."""
    notes: list[str] = []
    roles: list[RoleResult] = []
    lost: set[str] = set()
    for role in results.roles:
        kept = tuple(patch for patch in role.patches if _has_place(repository, base, patch))
        left_out = [patch.document for patch in role.patches if patch not in kept]
        if left_out and kept:
            # Half of a change could take away before the other half grants.
            left_out, kept = [patch.document for patch in role.patches], ()
        lost.update(left_out)
        notes += [f"{role.role}: {document} is not all in this repository" for document in left_out]
        notes += [f"{role.role}: {text}" for text in role.outside]
        roles.append(replace(role, patches=kept))
    # What all roles want of a file has in it what those want that are left out.
    shared = {document: patch for document, patch in results.shared.items() if document not in lost}
    return replace(results, roles=tuple(roles), shared=shared), notes


def _has_place(repository: Repository, base: Base, patch: Patch) -> bool:
    path = patch.document.rpartition("/")[0] if patch.is_new else patch.document
    return not path or repository.try_git("cat-file", "-e", f"{base.commit}:{path}").code == 0


def _lines(text: str) -> list[str]:
    """GitHub keeps bodies with line ends of its own."""
    return text.split()


def _words(text: str) -> str:
    return " ".join(text.split())
