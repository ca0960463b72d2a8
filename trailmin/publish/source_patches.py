"""Patches of infrastructure code: file against file, with the changes of one role or of a whole run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trailmin.current import (
    EditedSource,
    PolicyKind,
    Refusal,
    SourceChange,
    SourceChangeKind,
    SourceFile,
    SourcePlace,
)
from trailmin.current.iac.registry import edit_source
from trailmin.publish.change_files import has_byte_order_mark, with_mark
from trailmin.publish.diff import unified_diff
from trailmin.publish.layout import safe_name
from trailmin.synth.model import ChangeKind, PolicyChange, Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePatch:
    """What becomes of one source file."""

    document: str
    """POSIX path below the folder that the patch applies in."""
    diff: str
    """Empty where every change was refused."""
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the patch's file."""
        return f"{safe_name(self.document)}.diff"


def is_in_source(change: PolicyChange) -> bool:
    """Whether a change is made in infrastructure code."""
    return _source_change(change) is not None


def source_patches(proposals: Sequence[Proposal], *, run: Sequence[Proposal]) -> tuple[SourcePatch, ...]:
    """Return the patches that make the changes of some proposals in infrastructure code, sorted by document.

    Args:
        proposals: Whose changes.
        run: All proposals of the run: what stands for policies of others too is changed only as they all ask for.

    Raises:
        CurrentError: A file cannot be parsed any more.
    """
    if not any(True for proposal in proposals for _ in _changes(proposal)):
        return ()
    wanted = _wanted(run)
    made: dict[str, list[SourceChange]] = defaultdict(list)
    refused: dict[str, list[Refusal]] = defaultdict(list)
    for proposal in proposals:
        for change in _changes(proposal):
            path = change.place.file.document.path.as_posix()
            if (reason := _at_odds(change, wanted)) is not None:
                refused[path].append(Refusal(policy=change.policy, reason=reason, paste=None))
            else:
                made[path].append(change)
    files = {_file(change).document.path.as_posix(): _file(change) for p in proposals for change in _changes(p)}
    return tuple(_patch(files[path], made[path], refused[path]) for path in sorted(files))


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
            "patch_file": f"patches/{patch.name}" if patch.diff else None,
            "refused": [
                {
                    "policy": refusal.policy.name,
                    "reason": refusal.reason,
                    "paste_file": _paste_path(patch, number, refusal) if refusal.paste is not None else None,
                }
                for number, refusal in enumerate(patch.refusals, start=1)
            ],
            "notes": list(patch.notes),
        }
        for patch in patches
    ]


def _paste_path(patch: SourcePatch, number: int, refusal: Refusal) -> str:
    return f"paste/{patch.name.removesuffix('.diff')}-{number}-{safe_name(refusal.policy.name)}.txt"


def _patch(file: SourceFile, changes: Sequence[SourceChange], refused: Sequence[Refusal]) -> SourcePatch:
    edited = _edited(changes)
    refusals = (*refused, *(refusal for one in edited for refusal in one.refusals))
    texts = {one.text for one in edited}
    if len(texts) > 1:
        reason = "its stacks would need different texts of the file"
        refusals = (*refusals, *(Refusal(policy=c.policy, reason=reason, paste=None) for c in changes))
    new = texts.pop() if len(texts) == 1 else file.text
    mark = has_byte_order_mark(file.document.path)
    return SourcePatch(
        document=file.document.relative,
        diff=unified_diff(
            file.document.relative, with_mark(file.text, mark=mark), with_mark(new, mark=mark), git_header=True
        ),
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


def _wanted(run: Iterable[Proposal]) -> Mapping[tuple[str, str], set[_Asked | None]]:
    """Place of an inline policy to what each role that holds it asks for; None for nothing."""
    wanted: dict[tuple[str, str], set[_Asked | None]] = defaultdict(set)
    for proposal in run:
        asked = {_key(change.place): _asked(change) for change in _changes(proposal)}
        for policy in proposal.role.policies:
            if policy.kind is PolicyKind.INLINE and policy.source is not None:
                wanted[_key(policy.source)].add(asked.get(_key(policy.source)))
    return wanted


def _at_odds(change: SourceChange, wanted: Mapping[tuple[str, str], set[_Asked | None]]) -> str | None:
    """Why a change cannot be made in a text that stands for policies of several roles."""
    if len(wanted.get(_key(change.place), ())) < 2:
        return None
    return "the same lines make policies of several roles or stacks, which do not need the same change"


def _asked(change: SourceChange) -> _Asked:
    return (change.kind, change.edits)


def _changes(proposal: Proposal) -> Iterator[SourceChange]:
    for change in proposal.changes if proposal.is_emitted else ():
        if (found := _source_change(change)) is not None:
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
