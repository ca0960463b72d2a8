"""A git repository, worked on by git itself without its working tree, its index or its hooks.

Trees are made in an index of their own; commits and references by plumbing (git-apply --cached, git-commit-tree,
git-update-ref). So a dirty tree, a read-only file or a detached head is neither in the way nor in danger. No hook of
the repository is run: a scheduled job must not run what a repository holds.
"""

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from trailmin.errors import PublishError
from trailmin.publish.diff import fingerprint

_SAFE_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "apply.whitespace=nowarn",
    "apply.ignoreWhitespace=no",
    "protocol.ext.allow=never",
)

_OF_ANOTHER_REPOSITORY = {
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_EXTERNAL_DIFF",
    "GIT_LITERAL_PATHSPECS", "GIT_TRACE", "GIT_TRACE_CURL",
}  # fmt: skip
"""Variables that would lead git elsewhere (git-rev-parse --local-env-vars), or let it print credentials."""

_SECONDS = 600
"""Longest time of one git command: a push of a few files to a slow host."""


class NotAppliedError(PublishError):
    """A patch does not fit the commit that it is to be made on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a git command ended with."""

    code: int
    output: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository on disk."""

    top: Path
    """Top of its working tree, or the folder of a bare one."""

    def git(self, *arguments: str, content: bytes | None = None, index: Path | None = None) -> str:
        """Run git and return what it prints, without the final line end.

        Raises:
            PublishError: It fails.
        """
        done = self.try_git(*arguments, content=content, index=index)
        if done.code != 0:
            raise PublishError(
                f"git {arguments[0]} failed: {_last_line(done.error)}", hint=f"see git's words on {self.top}"
            )
        return done.output

    def try_git(self, *arguments: str, content: bytes | None = None, index: Path | None = None) -> Done:
        """Run git, whatever it ends with.

        Raises:
            PublishError: There is no git, or it takes too long.
        """
        environment = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_REPOSITORY}
        environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat", "LC_ALL": "C.UTF-8"}
        if index is not None:
            environment["GIT_INDEX_FILE"] = str(index)
        settings = [part for setting in _SAFE_SETTINGS for part in ("-c", setting)]
        try:
            ended = subprocess.run(  # noqa: S603 (arguments are a list, and no shell reads them)
                ["git", "--no-pager", "--literal-pathspecs", *settings, *arguments],  # noqa: S607 (the user's git)
                cwd=self.top,
                env=environment,
                input=content or b"",
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except FileNotFoundError as error:
            raise PublishError("there is no git", hint="install git, and let it be found in PATH") from error
        except subprocess.TimeoutExpired as error:
            raise PublishError(
                f"git {arguments[0]} takes longer than {_SECONDS} s", hint="check the network and the remote"
            ) from error
        output, said = (part.decode("utf-8", "surrogateescape") for part in (ended.stdout, ended.stderr))
        return Done(code=ended.returncode, output=output.removesuffix("\n"), error=said)

    def commit_of(self, name: str) -> str | None:
        """Return the id of the commit that a name stands for, None where there is none."""
        done = self.try_git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return done.output if done.code == 0 else None

    def is_ancestor(self, earlier: str, later: str) -> bool:
        """Whether a commit is another one or among those before it."""
        return self.try_git("merge-base", "--is-ancestor", earlier, later).code == 0

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        return self.git("rev-parse", f"{commit}^{{tree}}")

    def tree_with(self, base: str, patches: Iterable[tuple[str, bytes, str | None]]) -> str:
        """Return the id of a new tree: that of a commit with patches applied.

        Args:
            base: The commit.
            patches: Each with its document's path, and the fingerprint of the document that it is for; None for one
                that it makes.

        Raises:
            NotAppliedError: A patch does not apply, or the document is another one.
        """
        with TemporaryDirectory(prefix="trailmin-") as folder:
            index = Path(folder) / "index"
            self.git("read-tree", base, index=index)
            for document, patch, base_sha256 in patches:
                self._apply(document, patch, base_sha256, index)
            return self.git("write-tree", index=index)

    def _apply(self, document: str, patch: bytes, base_sha256: str | None, index: Path) -> None:
        held = self.try_git("cat-file", "blob", f":{document}", index=index)
        is_meant = base_sha256 is None or (held.code == 0 and fingerprint(held.output) == base_sha256)
        # A working tree may have CR LF where the repository has LF (core.autocrlf, text attributes).
        for variant in (patch, patch.replace(b"\r\n", b"\n")) if is_meant else ():
            if self.try_git("apply", "--cached", "-", content=variant, index=index).code == 0:
                return
        raise NotAppliedError(
            f"the patch of {document} does not apply: the file is not what the proposal was made for",
            hint="commit what you changed in it or name the commit with --base, and run `trailmin tighten` again",
        )

    def changed_paths(self, before: str, after: str) -> frozenset[str]:
        """Return the paths that differ between two trees or commits."""
        found = self.git("diff-tree", "-r", "-z", "--no-renames", "--name-only", before, after)
        return frozenset(path for path in found.split("\0") if path)

    def blobs(self, tree: str, paths: Sequence[str]) -> dict[str, str]:
        """Return path to mode and blob id, of those paths that a tree has."""
        found = self.git("ls-tree", "-r", "-z", "--full-tree", tree, "--", *paths) if paths else ""
        rows = (row.partition("\t") for row in found.split("\0") if row)
        return {path: facts for facts, _, path in rows}

    def read(self, commit: str, path: str) -> str | None:
        """Return the text of a file of a commit, None where it has none."""
        done = self.try_git("cat-file", "blob", f"{commit}:{path}")
        return done.output if done.code == 0 else None

    def checked_out_at(self, branch: str) -> str | None:
        """Return the working tree that has a branch checked out."""
        place = None
        for line in self.git("worktree", "list", "--porcelain").splitlines():
            key, _, value = line.partition(" ")
            if key == "worktree":
                place = value
            elif line == f"branch refs/heads/{branch}":
                return place
        return None


def open_repository(path: Path) -> Repository:
    """Return the repository that a path lies in.

    Raises:
        PublishError: It lies in none.
    """
    if not path.is_dir():
        raise PublishError(f"{path} is no folder", hint="name the git repository of the policies: --repo PATH")
    given = Repository(top=path.resolve())
    done = given.try_git("rev-parse", "--show-toplevel")
    if done.code == 0:
        return Repository(top=Path(done.output))
    if given.try_git("rev-parse", "--is-bare-repository").output == "true":
        return given
    raise PublishError(
        f"{path} is no git repository ({_last_line(done.error)})",
        hint="name the git repository of the policies: --repo PATH",
    )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
