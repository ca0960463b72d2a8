"""The branch of a pull request, brought to what is proposed: forward only, and only past commits of our own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from trailmin.errors import PublishError
from trailmin.publish.pull_requests.commit import Author, author_of, describe, is_ours, make_commit
from trailmin.publish.pull_requests.git import Repository
from trailmin.publish.pull_requests.grouping import Group
from trailmin.report.escape import without_mention


class BranchState(StrEnum):
    """What became of a branch."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What pull requests are to be merged into."""

    commit: str
    branch: str | None
    """None where a commit is on no branch that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch with what is proposed."""

    name: str
    state: BranchState
    commit: str
    files: tuple[str, ...]
    """Paths that it changes."""


def find_base(repository: Repository, name: str | None, remote: str) -> Base:
    """Return what pull requests go into: the named one, else the remote's default branch, else what is checked out.

    Raises:
        PublishError: There is no such commit, or none at all.
    """
    if name is not None:
        for candidate in (f"refs/remotes/{remote}/{name}", f"refs/heads/{name}"):
            if (commit := repository.commit_of(candidate)) is not None:
                return Base(commit=commit, branch=name)
        if (commit := repository.commit_of(name)) is not None:
            return Base(commit=commit, branch=None)
        raise PublishError(f"there is no branch or commit '{name}'", hint="git branch --all lists the branches")
    prefix = f"refs/remotes/{remote}/"
    default = repository.try_git("symbolic-ref", "--quiet", f"{prefix}HEAD").output
    if default.startswith(prefix) and (commit := repository.commit_of(default)) is not None:
        return Base(commit=commit, branch=default.removeprefix(prefix))
    commit = repository.commit_of("HEAD")
    if commit is None:
        raise PublishError("the repository has no commit yet", hint="commit the policies in force first")
    head = repository.try_git("symbolic-ref", "--quiet", "HEAD").output
    return Base(commit=commit, branch=head.removeprefix("refs/heads/") or None)


def update_branch(
    repository: Repository, group: Group, base: Base, *, remote: str, author: Author | None, sign_off: bool
) -> Branch:
    """Bring the branch of a group to base and patches, with one commit at most.

    The branch goes forward only. One that somebody else committed to, or that is checked out, is left as it is.

    Raises:
        PublishError: It cannot be brought there; nothing was changed.
    """
    if repository.try_git("check-ref-format", f"refs/heads/{group.branch}").code != 0 or group.branch.startswith("-"):
        raise PublishError(f"'{group.branch}' is no name of a branch", hint="name another one: --branch")
    patches = ((patch.document, patch.text, patch.base_sha256) for patch in group.patches)
    tree = repository.tree_with(base.commit, patches)
    files = repository.changed_paths(base.commit, tree)
    if strays := sorted(files - {patch.document for patch in group.patches}):
        raise PublishError(
            f"a patch changes {strays[0]}, which is not its own file", hint="run `trailmin tighten` again"
        )
    tip = _tip(repository, group.branch, remote)
    facts = tuple(sorted(files))
    if tip is not None:
        _check_ours(repository, tip, base, group.branch)
        if _has(repository, tip, tree, files, base):
            _set(repository, group.branch, tip)
            return Branch(name=group.branch, state=BranchState.UNCHANGED, commit=tip, files=facts)
    commit = make_commit(
        repository,
        tree,
        _parents(repository, tip, base),
        _message(group),
        author_of(repository, author),
        sign_off=sign_off,
    )
    _set(repository, group.branch, commit)
    state = BranchState.CREATED if tip is None else BranchState.UPDATED
    return Branch(name=group.branch, state=state, commit=commit, files=facts)


def _tip(repository: Repository, branch: str, remote: str) -> str | None:
    """The newest commit of a branch, here or as last seen on the remote."""
    here, there = (repository.commit_of(f"refs/{kind}/{branch}") for kind in ("heads", f"remotes/{remote}"))
    if here is None or there is None or repository.is_ancestor(there, here):
        return here or there
    if repository.is_ancestor(here, there):
        return there
    raise PublishError(
        f"the branch {branch} here and the one on {remote} went different ways; nothing was changed",
        hint=f"bring them together, or delete the one here: git branch -D {branch}",
    )


def _check_ours(repository: Repository, tip: str, base: Base, branch: str) -> None:
    if repository.try_git("merge-base", tip, base.commit).code != 0:
        raise PublishError(
            f"the branch {branch} has nothing in common with the base; nothing was changed",
            hint="name another branch with --branch, or fetch the whole history: git fetch --unshallow",
        )
    for commit in repository.git("rev-list", tip, f"^{base.commit}").split():
        if not is_ours(repository, commit, base.commit):
            raise PublishError(
                f"the branch {branch} has a commit of somebody else, {describe(repository, commit)}; "
                "nothing was changed",
                hint="merge it or close it, and delete the branch; or name another one: --branch",
            )


def _has(repository: Repository, tip: str, tree: str, files: frozenset[str], base: Base) -> bool:
    """Whether a branch holds what is proposed, no less and no more, on whatever base it stands."""
    if repository.is_ancestor(tip, base.commit):
        return not files
    fork = repository.git("merge-base", tip, base.commit)
    if repository.changed_paths(fork, tip) != files:
        return False
    paths = sorted(files)
    return repository.blobs(tip, paths) == repository.blobs(tree, paths)


def _parents(repository: Repository, tip: str | None, base: Base) -> tuple[str, ...]:
    """The base alone for a first commit; behind commits that are proposed already, them, and the base if it moved."""
    if tip is None or repository.is_ancestor(tip, base.commit):
        return (base.commit,)
    return (tip,) if repository.is_ancestor(base.commit, tip) else (tip, base.commit)


def _set(repository: Repository, branch: str, commit: str) -> None:
    reference = f"refs/heads/{branch}"
    before = repository.commit_of(reference)
    if before == commit:
        return
    if (place := repository.checked_out_at(branch)) is not None:
        raise PublishError(
            f"the branch {branch} is checked out at {os.fsdecode(place)}; nothing was changed",
            hint="check out another branch there, or name another one: --branch",
        )
    done = repository.try_git("update-ref", "-m", "trailmin pr", reference, commit, before or "0" * len(commit))
    if done.code != 0:
        raise PublishError(
            f"the branch {branch} cannot be set: {' '.join(done.error.split())}",
            hint="a branch cannot be named like a folder of branches; name another one: --branch",
        )


def _message(group: Group) -> str:
    return f"{group.title}\n\n" + "\n".join(_lines(group)) + "\n"


def _lines(group: Group) -> Iterator[str]:
    for role in group.roles:
        yield without_mention(f"- {role.account or 'unknown'}/{role.role}: {role.headline['reason']}")
    if all((role.headline["proof"] or {}).get("proven") for role in group.roles):
        yield ""
        yield "The new policies allow nothing that the ones in force do not, and all that was used in the window."
