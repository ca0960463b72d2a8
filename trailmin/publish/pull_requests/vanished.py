"""Branches of earlier runs that hold what is no longer proposed: told, never closed or deleted without a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trailmin.publish.pull_requests.branches import Base
from trailmin.publish.pull_requests.commit import is_ours
from trailmin.publish.pull_requests.git import Repository
from trailmin.publish.pull_requests.grouping import BRANCHES, Group, Per, branch_of_role
from trailmin.publish.pull_requests.results import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """A branch whose proposal the results do not have."""

    branch: str
    url: str | None = None
    """Of its pull request, where one is known to be open."""


def vanished_branches(
    repository: Repository,
    results: Results,
    groups: Sequence[Group],
    base: Base,
    *,
    per: Per,
    branch: str | None,
    remote: str,
) -> tuple[str, ...]:
    """Return branches of earlier runs that the groups are not on, and that are not merged, sorted.

    Of roles only those that the results speak of: a run over one role says nothing of the others. What somebody else
    committed to is not ours to speak of.
    """
    start = branch or BRANCHES[per]
    tips = dict(_tips(repository, start, remote))
    for group in groups:
        tips.pop(group.branch, None)
    if per is Per.ROLE:
        of_results = {branch_of_role(start, folder) for folder in results.folders}
        tips = {name: tip for name, tip in tips.items() if name in of_results}
    return tuple(
        name
        for name, tip in sorted(tips.items())
        if not repository.is_ancestor(tip, base.commit) and is_ours(repository, tip, base.commit)
    )


def _tips(repository: Repository, start: str, remote: str) -> Iterator[tuple[str, str]]:
    """Yield the branches of a name, or below it, with their commits: as the remote has them, then as they are here."""
    for place in (f"refs/remotes/{remote}/", "refs/heads/"):
        found = repository.git("for-each-ref", "--format=%(objectname) %(refname)", f"{place}{start}")
        for line in found.splitlines():
            commit, _, name = line.partition(" ")
            yield name.removeprefix(place), commit
