"""The results of a run, read back from its folder: what a reviewer saw there is what is committed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from trailmin.errors import PublishError
from trailmin.publish.layout import SUMMARY
from trailmin.report.json_output import schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A diff of one file."""

    document: str
    """POSIX path below the top of the repository."""
    text: bytes
    is_new: bool
    """Whether it makes the file."""
    base_sha256: str | None = None
    """The `fingerprint` of the file that it is for; None for one that it makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleResult:
    """A role with a proposal, or a policy on a resource or a trust policy with one."""

    role: str
    """Name of the role, or what a person calls the policy."""
    account: str | None
    folder: str
    """POSIX path below the folder of results; of no two roles alike."""
    headline: Mapping[str, Any]
    """Its entry in `summary.json`."""
    is_role: bool = True
    body: str
    """`PULL_REQUEST.md`."""
    patches: tuple[Patch, ...]
    """For the role alone, by document."""
    outside: tuple[str, ...]
    """Policies whose change is in no file of a repository: those of the account alone, and what was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a run left."""

    folder: Path
    roles: tuple[RoleResult, ...]
    """Those with a proposal, in the order of the summary, policies with principals last."""
    folders: tuple[str, ...]
    """Of all that the run looked at, those without a proposal among them, as in `RoleResult.folder`."""
    shared: Mapping[str, Patch]
    """Document to the patch with the changes of all roles, of infrastructure code."""


def read_results(folder: Path) -> Results:
    """Return what `tighten -o` or `run` left in a folder.

    Raises:
        PublishError: It holds no such results, or not all of them, or a run writes into it meanwhile.
    """
    summary = _read_json(folder / SUMMARY)
    if summary.get("schema") != schema("summary"):
        raise PublishError(f"{folder} holds results of another version", hint="run `trailmin tighten` again")
    try:
        entries = (*summary["roles"], *summary.get("resource_policies", ()))
        roles = tuple(_role(folder, entry) for entry in entries if entry["emitted"])
        folders = tuple(_folder(folder, entry).as_posix() for entry in entries if entry["files"])
        documents = {patch.document for role in roles for patch in role.patches}
        shared = {d: found for d in sorted(documents) if (found := _shared(folder, d, roles)) is not None}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PublishError(
            f"{folder} holds results that are not whole ({error!r})", hint="run `trailmin tighten` again"
        ) from error
    # A run takes the summary away before it writes anything, and writes it last.
    if _read_json(folder / SUMMARY) != summary:
        raise PublishError(f"{folder} was written anew while it was read", hint="do it again when the run has ended")
    return Results(folder=folder, roles=roles, folders=folders, shared=shared)


def _role(folder: Path, entry: Mapping[str, Any]) -> RoleResult:
    path = _folder(folder, entry)
    changes = _read_json(folder / path / "changes.json")
    patches = {patch.document: patch for patch in _patches(folder / path, changes)}
    return RoleResult(
        role=entry["role"] if "role" in entry else entry["policy"],
        account=entry["account"],
        folder=path.as_posix(),
        headline=entry,
        is_role="role" in entry,
        body=_read(folder / path / "PULL_REQUEST.md").decode(),
        patches=tuple(patches[document] for document in sorted(patches)),
        outside=tuple(_outside(changes)),
    )


def _folder(folder: Path, entry: Mapping[str, Any]) -> PurePosixPath:
    path = min((PurePosixPath(name).parent for name in entry["files"]), key=lambda path: len(path.parts))
    if path.is_absolute() or ".." in path.parts:
        raise PublishError(f"{folder} names files outside itself", hint="run `trailmin tighten` again")
    return path


def _patches(folder: Path, changes: Mapping[str, Any]) -> Iterator[Patch]:
    for change in changes["changes"]:
        if change["document"] and change["diff_file"]:
            yield _patch(change["document"], _read(folder / change["diff_file"]), change["base_sha256"])
    for source in changes["sources"]:
        if source["patch_file"]:
            yield _patch(source["document"], _read(folder / source["patch_file"]), source["base_sha256"])


def _patch(document: str, text: bytes, base_sha256: str | None) -> Patch:
    is_new = b"\nnew file mode " in text[:4096]
    return Patch(document=document, text=text, is_new=is_new, base_sha256=base_sha256)


def _outside(changes: Mapping[str, Any]) -> Iterator[str]:
    for change in changes["changes"]:
        if not change["document"]:
            yield f"policy {change['policy']}: it is in no file, only in the account"
    yield from changes.get("elsewhere", ())
    for source in changes["sources"]:
        for refusal in source["refused"]:
            yield refusal["text"]


def _shared(folder: Path, document: str, roles: tuple[RoleResult, ...]) -> Patch | None:
    """The run's own patch of a document, where there is one: roles may ask for different changes of one file."""
    for role in roles:
        changes = _read_json(folder / role.folder / "changes.json")
        for source in changes["sources"]:
            of_run = folder / (source["patch_file"] or "")
            if source["document"] == document and of_run.is_file():
                return _patch(document, _read(of_run), source["base_sha256"])
    return None


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(_read(path))
    except ValueError as error:
        raise PublishError(f"{path} is not JSON", hint="run `trailmin tighten` again") from error
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PublishError(
            f"cannot read {path}: {error.strerror}",
            hint="name the folder that `trailmin tighten -o` or `trailmin run` wrote",
        ) from error
