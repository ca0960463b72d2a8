"""Commits that trailmin makes, and how it knows them again.

Each commit names its own tree in a trailer. What somebody else commits, amends or rebases lacks it or has another tree,
so nothing of theirs is ever taken for ours.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trailmin.errors import PublishError
from trailmin.publish.pull_requests.git import Repository
from trailmin.report.escape import visible

TRAILER = "Trailmin-Tree"

_AUTHOR = re.compile(r"\s*([^<>\r\n\0]*[^<>\s\0])\s*<([^<>\s\0]+@[^<>\s\0]+)>\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who commits."""

    name: str
    mail: str

    @classmethod
    def parse(cls, text: str) -> "Author":
        """Return the author of `Name <mail>`.

        Raises:
            PublishError: It is not of this form.
        """
        found = _AUTHOR.fullmatch(text)
        if found is None:
            raise PublishError(f"'{visible(text)}' is no author", hint='write it as "Name <mail@example.com>"')
        return cls(name=found[1], mail=found[2])

    @property
    def line(self) -> str:
        """As git writes it."""
        return f"{self.name} <{self.mail}>"


def author_of(repository: Repository, configured: Author | None) -> Author:
    """Return who commits: the configured one, else the one that git knows.

    Raises:
        PublishError: There is none.
    """
    if configured is not None:
        return configured
    done = repository.try_git("var", "GIT_COMMITTER_IDENT")
    found = re.match(r"(.*) <([^<>]+)> \d+ [+-]\d+$", done.output)
    if done.code != 0 or found is None:
        raise PublishError(
            "git does not know who commits",
            hint='set [pull_request] author = "Name <mail>" in trailmin.toml, or git\'s user.name and user.email',
        )
    return Author(name=found[1], mail=found[2])


def make_commit(
    repository: Repository, tree: str, parents: Sequence[str], message: str, author: Author, *, sign_off: bool
) -> str:
    """Return the id of a new commit, on no branch yet."""
    trailers = [f"{TRAILER}: {tree}", *([f"Signed-off-by: {author.line}"] if sign_off else [])]
    text = f"{message.rstrip()}\n\n" + "\n".join(trailers) + "\n"
    options = [part for parent in parents for part in ("-p", parent)]
    identity = ("-c", f"user.name={author.name}", "-c", f"user.email={author.mail}")
    return repository.git(*identity, "commit-tree", tree, *options, "-F", "-", content=text.encode())


def is_ours(repository: Repository, commit: str, base: str) -> bool:
    """Whether a commit is as trailmin made it, or a merge of the base that nothing was added to."""
    tree = repository.tree_of(commit)
    message = repository.git("log", "-1", "--format=%(trailers:key=" + TRAILER + ",valueonly)", commit)
    if tree in message.split():
        return True
    parents = repository.git("rev-parse", f"{commit}^@").split()
    if len(parents) != 2 or not repository.is_ancestor(parents[1], base):
        return False
    merged = repository.try_git("merge-tree", "--write-tree", *parents)
    return merged.code == 0 and merged.output.split("\n", 1)[0] == tree


def describe(repository: Repository, commit: str) -> str:
    """Return what a person knows a commit by."""
    return visible(repository.git("log", "-1", "--format=%h (%an: %s)", commit))
