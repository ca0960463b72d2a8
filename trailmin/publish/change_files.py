"""The files of one change: the text in force, the new text, and the diff against the document it came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trailmin.current import DocumentPath, PolicyInForce, PolicyKind, Role, SourcePlace
from trailmin.publish.diff import fingerprint, unified_diff
from trailmin.publish.layout import change_stems, safe_name
from trailmin.report.escape import visible_json
from trailmin.synth.model import ChangeKind, PolicyChange, Proposal

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFiles:
    """A change and its files, as paths below the role's folder."""

    change: PolicyChange
    stem: str
    """Name of its files, without suffix."""
    before: PolicyInForce | None
    """What is edited, removed or stood in for."""
    document: str | None
    """Path of the team's document that the diff changes, below the document's root; None without one."""
    diff: str
    """Empty where no document changes (a detachment)."""
    base_sha256: str | None = None
    """The `fingerprint` of the team's document as it was; None for a new one."""

    @property
    def current_path(self) -> str | None:
        """File with the text in force, None where there is none."""
        return f"current/{self.stem}.json" if self.before and self.change.kind is not ChangeKind.DETACH else None

    @property
    def new_path(self) -> str | None:
        """File with the new text, None where the policy goes."""
        return f"policies/{self.stem}.json" if self.change.new_text is not None else None

    @property
    def diff_path(self) -> str | None:
        """File with the diff, None where no document changes."""
        return f"policies/{self.stem}.diff" if self.diff else None

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield each file's path and text."""
        if self.current_path and self.before:
            yield self.current_path, visible_json(self.before.text)
        if self.new_path and self.change.new_text is not None:
            yield self.new_path, visible_json(self.change.new_text)
        if self.diff_path:
            yield self.diff_path, self.diff


def files_of_changes(proposal: Proposal) -> tuple[ChangeFiles, ...]:
    """Return the files of each change of a proposal, in the order of the changes."""
    stems = change_stems(proposal.changes)
    return tuple(_files(change, stem, proposal.role) for change, stem in zip(proposal.changes, stems, strict=True))


def _files(change: PolicyChange, stem: str, role: Role) -> ChangeFiles:
    before = change.policy or next((p for p in role.policies if change.replaces and p.arn == change.replaces), None)
    document, diff, base = None, "", None
    place_in_source = _place_in_source(change)
    if place_in_source is not None:
        # The patch is against the file as a whole: `source_patches`.
        document = place_in_source.file.document.relative
    elif change.kind is not ChangeKind.DETACH:
        if (place := _document(change, role)) is not None:
            document, old, new = place.relative, *_document_texts(place, change)
            diff, base = (
                unified_diff(document, old, new, git_header=True),
                fingerprint(old) if old is not None else None,
            )
        else:
            old = before.text if before else None
            diff = unified_diff(f"current/{stem}.json", old, change.new_text, git_header=False)
    return ChangeFiles(change=change, stem=stem, before=before, document=document, diff=diff, base_sha256=base)


def _place_in_source(change: PolicyChange) -> SourcePlace | None:
    if change.policy is None:
        return None
    is_attachment = change.kind is ChangeKind.DETACH or change.replaces is not None
    return change.policy.attachment if is_attachment else change.policy.source


def _document(change: PolicyChange, role: Role) -> DocumentPath | None:
    """Return the team's file that the change edits; a new policy goes beside the role's others."""
    if change.policy is not None and change.policy.kind is not PolicyKind.AWS_MANAGED:
        return change.policy.document
    for policy in role.policies:
        if policy.kind is PolicyKind.INLINE and policy.document is not None:
            folder = PurePosixPath(policy.document.relative).parent
            # Only a folder of the role's own: elsewhere a new file would be read as another role's policy.
            if (policy.document.root / folder).name == role.name:
                return DocumentPath(
                    root=policy.document.root, relative=(folder / f"{safe_name(change.name)}.json").as_posix()
                )
    return None


def _document_texts(place: DocumentPath, change: PolicyChange) -> tuple[str | None, str | None]:
    """The text of a team's document before and after a change; None for no file."""
    is_edited = change.policy is not None and change.policy.document is not None
    mark = is_edited and has_byte_order_mark(place.path)
    old = with_mark(change.policy.text, mark=mark) if change.policy is not None and is_edited else None
    new = with_mark(change.new_text, mark=mark) if change.new_text is not None else None
    return old, new


def with_mark(text: str, *, mark: bool) -> str:
    """Return a file's text as it is on disk."""
    return f"{_BYTE_ORDER_MARK}{text}" if mark else text


def has_byte_order_mark(path: Path) -> bool:
    """Return whether the file starts with a mark: reading it left the mark out, and the diff must have it."""
    try:
        with path.open("rb") as file:
            return file.read(3) == _BYTE_ORDER_MARK.encode()
    except OSError:
        return False
