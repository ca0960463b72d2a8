"""The results of a run on disk: one folder per role and a summary, the same bytes for the same input."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from trailmin.current import PermissionSet
from trailmin.publish.access_files import access_headlines, files_of_access, texts_of_access
from trailmin.publish.calls import IamCall, apply_calls, rollback_calls
from trailmin.publish.change_files import ChangeFiles, files_of_changes
from trailmin.publish.layout import role_folders
from trailmin.publish.output_folder import OutputFolder
from trailmin.publish.permission_set_calls import permission_set_calls, set_steps
from trailmin.publish.rendered import rendered_policies
from trailmin.publish.scripts import render_script, render_steps
from trailmin.publish.source_patches import SourcePatch, is_in_source, pasted_texts, source_patches, sources_json
from trailmin.publish.split_files import split_texts
from trailmin.report.evidence_texts import EvidenceTexts
from trailmin.report.json_output import json_text, schema
from trailmin.report.markdown import render_pull_request
from trailmin.report.proposal_json import permission_set_json, summary_json
from trailmin.report.render import RenderFormat
from trailmin.synth.access import AccessProposal
from trailmin.synth.model import Proposal
from trailmin.synth.split_roles import SplitRole

SUMMARY = "summary.json"

PATCHES = "patches"
"""Folder of the patches of infrastructure code."""


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

    Raises:
        PublishError: The folder cannot be written.
        DefectError: A change lacks what it is made with.
    """
    by_role = {(split.account, split.role.name): split for split in splits}
    in_sources = source_patches((*proposals, *access))
    of_roles, of_access = in_sources.of_each[: len(proposals)], in_sources.of_each[len(proposals) :]
    told = [files_of_access(proposal, patches) for proposal, patches in zip(access, of_access, strict=True)]
    evidence = EvidenceTexts(run)
    with OutputFolder(out) as folder:
        roles = tuple(
            _write_role(
                folder, proposal, path, evidence, by_role.get((proposal.account, proposal.role.name)), patches, language
            )
            for proposal, path, patches in zip(proposals, role_folders(proposals), of_roles, strict=True)
        )
        summary = summary_json(proposals, files=[role.files for role in roles], run=run)
        summary |= access_headlines(access, told) if access else {}
        folder.write({SUMMARY: json_text(summary), **(pages or {}), **texts_of_access(told)})
        patches = {f"{PATCHES}/{patch.name}": patch.diff for patch in in_sources.of_run if patch.diff}
        folder.write(patches)
        removed = folder.remove_stale()
    return Written(
        out=out,
        roles=roles,
        patches=tuple(sorted(patches)),
        summary=SUMMARY,
        pages=tuple(sorted({*(pages or {}), *texts_of_access(told)})),
        refused=tuple(text for one in told for text in one.refused),
        removed=removed,
    )


def _write_role(
    folder: OutputFolder,
    proposal: Proposal,
    path: PurePosixPath,
    evidence: EvidenceTexts,
    split: SplitRole | None,
    patches: Sequence[SourcePatch],
    language: RenderFormat | None,
) -> WrittenRole:
    anew = rendered_policies(proposal, language)
    of_split = split_texts(split) if split is not None else ()
    found = (*_files(proposal, evidence, patches), *anew.texts.items(), *of_split)
    texts = {(path / name).as_posix(): text for name, text in found}
    folder.write(texts)
    return WrittenRole(
        role=proposal.role.name,
        account=proposal.account,
        folder=path.as_posix(),
        files=tuple(sorted(texts)),
        diffs=tuple(sorted(name for name in texts if name.endswith(".diff"))),
        refused=(*(text for patch in patches for text in patch.refused), *anew.refused),
    )


def _files(proposal: Proposal, evidence: EvidenceTexts, patches: Sequence[SourcePatch]) -> Iterator[tuple[str, str]]:
    yield "evidence.json", evidence.text(proposal)
    if not proposal.is_emitted:
        yield "REPORT.md", render_pull_request(proposal)
        return
    changes = files_of_changes(proposal)
    calls = _calls(proposal, changes)
    left = [text for patch in patches for text in (*patch.refused, *patch.wider)]
    yield (
        "PULL_REQUEST.md",
        render_pull_request(
            proposal, left=left, is_in_code=bool(patches), has_scripts=bool(calls.files) or not patches
        ),
    )
    for files in changes:
        yield from files.texts()
    for patch in patches:
        if patch.diff:
            yield f"{PATCHES}/{patch.name}", patch.diff
    yield from pasted_texts(patches)
    yield from calls.files
    sources = sources_json(patches)
    yield "changes.json", json_text({**_changes_json(proposal, changes, calls), "sources": sources})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calls:
    """The calls of a proposal, as JSON, and the files that make them."""

    apply: list[dict[str, Any]]
    rollback: list[dict[str, Any]]
    files: list[tuple[str, str]]


def _calls(proposal: Proposal, changes: Sequence[ChangeFiles]) -> _Calls:
    """What is kept in code is changed there alone; a permission set, which changes whole, too if any of it is."""
    name, account = proposal.role.name, proposal.account
    in_account = [files for files in changes if not is_in_source(files.change)]
    one = proposal.role.permission_set
    if not in_account or (one is not None and len(in_account) < len(changes)):
        return _Calls(apply=[], rollback=[], files=[])
    if one is not None:
        return _calls_of_set(proposal, one)
    forth, back = apply_calls(name, in_account), rollback_calls(name, in_account)
    title = f"of role {name} in account {account or 'unknown'}"
    apply = render_script(forth, title=f"Tighten the policies {title}; rollback.sh undoes it.", account=account)
    rollback = render_script(back, title=f"Bring back the policies {title}, as before apply.sh.", account=account)
    return _Calls(
        apply=[_call_json(call) for call in forth],
        rollback=[_call_json(call) for call in back],
        files=[("apply.sh", apply), ("rollback.sh", rollback)],
    )


def _calls_of_set(proposal: Proposal, one: PermissionSet) -> _Calls:
    """Scripts only where the ARNs are known that they need. Who may change the set may do so from two accounts."""
    calls = permission_set_calls(proposal, one)
    files = list(calls.files.items())
    titles = {
        "apply.sh": (calls.apply, f"Tighten permission set {one.name} in all its accounts; rollback.sh undoes it."),
        "rollback.sh": (calls.rollback, f"Bring back permission set {one.name}, as before apply.sh."),
    }
    for name, (steps, title) in titles.items():
        if steps:
            files.append((name, render_steps(set_steps(steps, one.name), title=title, account=None)))
    return _Calls(
        apply=[call.to_json() for call in calls.apply],
        rollback=[call.to_json() for call in calls.rollback],
        files=files,
    )


def _changes_json(proposal: Proposal, changes: Sequence[ChangeFiles], calls: _Calls) -> dict[str, Any]:
    return {
        "schema": schema("changes"),
        "role": proposal.role.name,
        "role_arn": proposal.role_arn,
        "account": proposal.account,
        "changes": [_change_json(files) for files in changes],
        "permission_set": permission_set_json(proposal.role),
        "apply": calls.apply,
        "rollback": calls.rollback,
    }


def _change_json(files: ChangeFiles) -> dict[str, Any]:
    change = files.change
    return {
        "kind": change.kind.value,
        "policy": change.name,
        "policy_kind": files.before.kind.value if files.before else None,
        "policy_arn": change.policy.arn if change.policy else None,
        "replaces": change.replaces,
        "shared_with": list(change.shared_with),
        "document": files.document,
        "current_file": files.current_path,
        "new_file": files.new_path,
        "diff_file": files.diff_path,
    }


def _call_json(call: IamCall) -> dict[str, Any]:
    parameters = {
        "RoleName": call.role_name,
        "PolicyName": call.policy_name,
        "PolicyArn": call.policy_arn,
        "PolicyDocument": call.document,
        "SetAsDefault": True if call.operation.value == "CreatePolicyVersion" else None,
    }
    return {
        "operation": f"iam:{call.operation.value}",
        "parameters": {name: value for name, value in parameters.items() if value is not None},
        "document_file": call.document_path,
    }
