"""Patches of infrastructure code: file against file, with the changes of one role or of a whole run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trailmin.current import (
    EditedSource,
    PlacedPolicy,
    PolicyKind,
    Refusal,
    SourceChange,
    SourceChangeKind,
    SourceFile,
    SourcePlace,
    changes_in_source,
)
from trailmin.current.iac.registry import edit_source
from trailmin.publish.change_files import has_byte_order_mark, with_mark
from trailmin.publish.diff import fingerprint, unified_diff
from trailmin.publish.layout import PATCHES, safe_name
from trailmin.synth.access import AccessProposal
from trailmin.synth.model import ChangeKind, PolicyChange, Proposal

AnyProposal = Proposal | AccessProposal


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePatch:
    """What becomes of one source file."""

    document: str
    """POSIX path below the folder that the patch applies in."""
    diff: str
    """Empty where every change was refused."""
    base_sha256: str
    """The `fingerprint` of the file as it was."""
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]

    @property
    def path(self) -> str:
        """POSIX path of the patch's file, below the folder of the run or of the role."""
        return f"{PATCHES}/{safe_name(self.document)}.diff"

    @property
    def refused(self) -> tuple[str, ...]:
        """What is not changed in place, and why, a sentence each."""
        return tuple(
            f"{self.document}: {refusal.policy.label} is not changed in place: {refusal.reason}"
            for refusal in self.refusals
        )

    @property
    def wider(self) -> tuple[str, ...]:
        """What stands in the file that is wider than the proposal, a sentence each."""
        return tuple(f"{self.document}: {note}" for note in self.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePatches:
    """The patches of a run, each sorted by document."""

    of_each: tuple[tuple[SourcePatch, ...], ...]
    """For each proposal its own changes alone, in the order of the proposals."""
    of_run: tuple[SourcePatch, ...]
    """The changes of all of them."""


def is_in_source(change: PolicyChange) -> bool:
    """Whether a change is made in infrastructure code."""
    return _source_change(change) is not None


def source_patches(run: Sequence[AnyProposal], beside: Sequence[AnyProposal] = ()) -> SourcePatches:
    """Return the patches that make the changes of a run in infrastructure code.

    What stands for policies of several roles is changed only as they all ask for. A file that one role alone changes is
    edited once.

    Args:
        run: Whose changes are made.
        beside: Those that are not asked for, whose policies may be made of the same text.

    Raises:
        CurrentError: A file cannot be parsed any more.
    """
    wanted = _wanted((*run, *beside))
    asked = [_by_file(proposal, wanted) for proposal in run]
    by_path: dict[str, list[_FileChanges]] = defaultdict(list)
    for files in asked:
        for path, changes in files.items():
            by_path[path].append(changes)
    whole = {path: _patch(_joined(by_path[path])) for path in sorted(by_path)}
    return SourcePatches(
        of_each=tuple(
            tuple(whole[path] if len(by_path[path]) == 1 else _patch(files[path]) for path in sorted(files))
            for files in asked
        ),
        of_run=tuple(whole.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileChanges:
    """What is asked of one file."""

    file: SourceFile
    made: list[SourceChange] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def _by_file(proposal: AnyProposal, wanted: "_Wanted") -> dict[str, _FileChanges]:
    """What a proposal asks of each file, by path."""
    files: dict[str, _FileChanges] = {}
    for change in _changes(proposal):
        changes = files.setdefault(_file(change).document.path.as_posix(), _FileChanges(file=_file(change)))
        if (reason := _overwrites(change, proposal) or _at_odds(change, wanted)) is not None:
            changes.refused.append(Refusal(policy=change.policy, reason=reason, paste=None))
        else:
            changes.made.append(change)
    return files


def _joined(parts: Sequence[_FileChanges]) -> _FileChanges:
    return _FileChanges(
        file=parts[0].file,
        made=[change for part in parts for change in part.made],
        refused=[refusal for part in parts for refusal in part.refused],
    )


def patch_texts(patches: Iterable[SourcePatch]) -> dict[str, str]:
    """Return path and text of each patch that changes anything."""
    return {patch.path: patch.diff for patch in patches if patch.diff}


def pasted_texts(patches: Iterable[SourcePatch]) -> Iterator[tuple[str, str]]:
    """Yield path and text of what is to be pasted by hand, for changes that were refused."""
    for patch in patches:
        for number, refusal in enumerate(patch.refusals, start=1):
            if refusal.paste is not None:
                yield _paste_path(patch, number, refusal), refusal.paste


def sources_json(patches: Iterable[SourcePatch]) -> list[dict[str, object]]:
    """Return what becomes of source files as JSON, with every refusal."""
    return [
        {
            "document": patch.document,
            "patch_file": patch.path if patch.diff else None,
            "base_sha256": patch.base_sha256,
            "refused": [
                {
                    "policy": refusal.policy.name,
                    "reason": refusal.reason,
                    "text": text,
                    "paste_file": _paste_path(patch, number, refusal) if refusal.paste is not None else None,
                }
                for number, (refusal, text) in enumerate(zip(patch.refusals, patch.refused, strict=True), start=1)
            ],
            "notes": list(patch.notes),
        }
        for patch in patches
    ]


def _paste_path(patch: SourcePatch, number: int, refusal: Refusal) -> str:
    return f"paste/{safe_name(patch.document)}-{number}-{safe_name(refusal.policy.name)}.txt"


def _patch(changes: _FileChanges) -> SourcePatch:
    file = changes.file
    edited = _edited(changes.made)
    refusals = (*changes.refused, *(refusal for one in edited for refusal in one.refusals))
    texts = {one.text for one in edited}
    if len(texts) > 1:
        reason = "its stacks would need different texts of the file"
        refusals = (*refusals, *(Refusal(policy=c.policy, reason=reason, paste=None) for c in changes.made))
    new = texts.pop() if len(texts) == 1 else file.text
    mark = has_byte_order_mark(file.document.path)
    old, new = with_mark(file.text, mark=mark), with_mark(new, mark=mark)
    return SourcePatch(
        document=file.document.relative,
        diff=unified_diff(file.document.relative, old, new, git_header=True),
        base_sha256=fingerprint(old),
        refusals=refusals,
        notes=tuple(dict.fromkeys(note for one in edited for note in one.notes)),
    )


def _edited(changes: Sequence[SourceChange]) -> tuple[EditedSource, ...]:
    """The file edited, once for each stack that was made from it."""
    variants: dict[SourceFile, list[SourceChange]] = defaultdict(list)
    for change in changes:
        variants[_file(change)].append(change)
    return tuple(edit_source(file, ours) for file, ours in variants.items())


_Asked = tuple[SourceChangeKind, object]
_Wanted = Mapping[tuple[str, str], set[_Asked | None]]


def _wanted(run: Iterable[AnyProposal]) -> Mapping[tuple[str, str], set[_Asked | None]]:
    """Place of a text that may stand for several policies to what each of them asks for; None for nothing."""
    wanted: dict[tuple[str, str], set[_Asked | None]] = defaultdict(set)
    for proposal in run:
        asked = {_key(change.place): _asked(change) for change in _changes(proposal)}
        for place in _places(proposal):
            wanted[_key(place)].add(asked.get(_key(place)))
    return wanted


def _places(proposal: AnyProposal) -> Iterator[SourcePlace]:
    """Where the policies stand that a proposal is about, save managed ones, whose holders are looked at elsewhere."""
    if isinstance(proposal, AccessProposal):
        yield from (source.placed.source for source in proposal.policy.sources if source is not None)
        return
    for policy in proposal.role.policies:
        if policy.kind is PolicyKind.INLINE and policy.source is not None:
            yield policy.source


def _overwrites(change: SourceChange, proposal: AnyProposal) -> str | None:
    """Why what replaces an attachment cannot be written: a permission set's one inline policy is kept elsewhere."""
    if change.kind is not SourceChangeKind.REPLACE or isinstance(proposal, AccessProposal):
        return None
    role = proposal.role
    is_elsewhere = any(one.kind is PolicyKind.INLINE and one.source is None for one in role.policies)
    if role.permission_set is None or not is_elsewhere:
        return None
    return "the permission set has an inline policy that is kept elsewhere, and may have one only"


def _at_odds(change: SourceChange, wanted: _Wanted) -> str | None:
    """Why a change cannot be made in a text that stands for policies of several roles."""
    if len(wanted.get(_key(change.place), ())) < 2:
        return None
    if isinstance(change.policy, PlacedPolicy):
        return "the same lines make policies of several resources or stacks, which do not need the same change"
    return "the same lines make policies of several roles or stacks, which do not need the same change"


def _asked(change: SourceChange) -> _Asked:
    return (change.kind, change.edits)


def _changes(proposal: AnyProposal) -> Iterator[SourceChange]:
    if isinstance(proposal, AccessProposal):
        yield from changes_in_source(proposal.policy, proposal.edits if proposal.is_emitted else ()).changes
        return
    # What a permission set refers to by name is detached in one place, whatever it is in each account.
    detached: set[tuple[str, str]] = set()
    for change in proposal.changes if proposal.is_emitted else ():
        found = _source_change(change)
        if found is None or (found.kind is SourceChangeKind.DETACH and _key(found.place) in detached):
            continue
        if found.kind is SourceChangeKind.DETACH:
            detached.add(_key(found.place))
        yield found


def _source_change(change: PolicyChange) -> SourceChange | None:
    policy = change.policy
    if policy is None:
        return None
    kind = {
        ChangeKind.PUT_INLINE: SourceChangeKind.EDIT if change.replaces is None else SourceChangeKind.REPLACE,
        ChangeKind.CREATE_VERSION: SourceChangeKind.EDIT,
        ChangeKind.DELETE_INLINE: SourceChangeKind.REMOVE,
        ChangeKind.DETACH: SourceChangeKind.DETACH,
    }[change.kind]
    is_text = kind in {SourceChangeKind.EDIT, SourceChangeKind.REMOVE}
    if (policy.source if is_text else policy.attachment) is None:
        return None
    return SourceChange(kind=kind, policy=policy, edits=change.edits, name=change.name)


def _file(change: SourceChange) -> SourceFile:
    return change.place.file


def _key(place: SourcePlace) -> tuple[str, str]:
    return (place.file.document.path.as_posix(), place.address)
