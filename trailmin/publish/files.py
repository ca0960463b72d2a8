"""The results of a run on disk: one folder per role and a summary, the same bytes for the same input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trailmin.publish.access_files import access_headlines, files_of_access, texts_of_access
from trailmin.publish.layout import SUMMARY, role_folders
from trailmin.publish.output_folder import OutputFolder
from trailmin.publish.proposal_files import files_of_proposal
from trailmin.publish.rendered import rendered_policies
from trailmin.publish.source_patches import SourcePatch, patch_texts, source_patches
from trailmin.publish.split_files import split_texts
from trailmin.report.evidence_texts import EvidenceTexts
from trailmin.report.json_output import json_text
from trailmin.report.proposal_json import summary_json
from trailmin.report.render import RenderFormat
from trailmin.synth.access import AccessProposal
from trailmin.synth.model import Proposal
from trailmin.synth.split_roles import SplitRole


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRole:
    """The files of one role."""

    role: str
    account: str | None
    folder: str
    """POSIX path below the output folder."""
    files: tuple[str, ...]
    """POSIX paths below the output folder, sorted."""
    diffs: tuple[str, ...]
    """Those of them that are diffs."""
    refused: tuple[str, ...] = ()
    """What could not be changed in place in infrastructure code, or not be written in a language, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a run left in the output folder."""

    out: Path
    roles: tuple[WrittenRole, ...]
    """In the order of the proposals."""
    patches: tuple[str, ...]
    """Patches of infrastructure code with the changes of all roles, POSIX paths below `out`."""
    summary: str
    """POSIX path below `out`."""
    pages: tuple[str, ...] = ()
    """POSIX paths below `out`: files over all roles, and those of policies with principals."""
    refused: tuple[str, ...] = ()
    """Of policies with principals: what could not be changed in place in infrastructure code, a sentence each."""
    removed: tuple[str, ...]
    """Files of an earlier run that are not part of this one."""

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of this run."""
        return tuple(sorted({self.summary, *self.pages, *(path for role in self.roles for path in role.files)}))


def write_proposals(
    proposals: Sequence[Proposal],
    out: Path,
    *,
    run: Mapping[str, object] | None = None,
    pages: Mapping[str, str] | None = None,
    splits: Sequence[SplitRole] = (),
    language: RenderFormat | None = None,
    access: Sequence[AccessProposal] = (),
    beside: Sequence[Proposal] = (),
) -> Written:
    """Write the files of every proposal, and remove those of an earlier run that are not part of this one.

    A proposal with nothing to merge has its evidence and an explanation (`REPORT.md`), never a policy. No other file
    in the folder is touched.

    Args:
        proposals: In the order of the summary.
        out: The output folder, made where it is missing.
        run: Facts of the run for the JSON files (versions, options); none that change from run to run.
        pages: Files over all roles, by name, beside the summary.
        language: What new policies are written in beside JSON.
        splits: Shared roles with a role for each workload, written beside the proposals for them.
        access: Proposals for policies on resources and for trust policies.
        beside: What was proposed and is not to be written: code that they share is changed only as they all ask for.

    Raises:
        PublishError: The folder cannot be written.
        DefectError: A change lacks what it is made with.
    """
    in_sources = source_patches((*proposals, *access), beside)
    of_roles, of_access = in_sources.of_each[: len(proposals)], in_sources.of_each[len(proposals) :]
    told = [files_of_access(proposal, patches) for proposal, patches in zip(access, of_access, strict=True)]
    of_run = patch_texts(in_sources.of_run)
    over_all = {**(pages or {}), **texts_of_access(told)}
    with OutputFolder(out) as folder:
        folder.withdraw(SUMMARY)
        writer = _RoleWriter(folder=folder, evidence=EvidenceTexts(run), splits=splits, language=language)
        each = zip(proposals, role_folders(proposals), of_roles, strict=True)
        roles = tuple(writer.write(*one) for one in each)
        summary = summary_json(proposals, files=[role.files for role in roles], run=run)
        summary |= access_headlines(access, told) if access else {}
        folder.write({**over_all, **of_run, SUMMARY: json_text(summary)})
        removed = folder.remove_stale()
    return Written(
        out=out,
        roles=roles,
        patches=tuple(sorted(of_run)),
        summary=SUMMARY,
        pages=tuple(sorted(over_all)),
        refused=tuple(text for one in told for text in one.refused),
        removed=removed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _RoleWriter:
    """Writes one role after the other, so that no more than one role's texts are held."""

    folder: OutputFolder
    evidence: EvidenceTexts
    splits: Sequence[SplitRole]
    language: RenderFormat | None

    def write(self, proposal: Proposal, path: PurePosixPath, patches: Sequence[SourcePatch]) -> WrittenRole:
        anew = rendered_policies(proposal, self.language)
        found = (
            *files_of_proposal(proposal, self.evidence, patches),
            *anew.texts.items(),
            *(text for split in self.splits if _is_of(split, proposal) for text in split_texts(split)),
        )
        texts = {(path / name).as_posix(): text for name, text in found}
        self.folder.write(texts)
        return WrittenRole(
            role=proposal.role.name,
            account=proposal.account,
            folder=path.as_posix(),
            files=tuple(sorted(texts)),
            diffs=tuple(sorted(name for name in texts if name.endswith(".diff"))),
            refused=(*(text for patch in patches for text in patch.refused), *anew.refused),
        )


def _is_of(split: SplitRole, proposal: Proposal) -> bool:
    return (split.account, split.role.name) == (proposal.account, proposal.role.name)
