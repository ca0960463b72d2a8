"""The files of one role's proposal: evidence, policies, diffs, scripts, and what says what they change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trailmin.current import PermissionSet
from trailmin.publish.calls import apply_calls, rollback_calls
from trailmin.publish.change_files import ChangeFiles, files_of_changes
from trailmin.publish.permission_set_calls import permission_set_calls, set_steps
from trailmin.publish.scripts import render_script, render_steps
from trailmin.publish.source_patches import SourcePatch, is_in_source, pasted_texts, patch_texts, sources_json
from trailmin.report.evidence_texts import EvidenceTexts
from trailmin.report.json_output import json_text, schema
from trailmin.report.markdown import render_pull_request
from trailmin.report.proposal_json import permission_set_json
from trailmin.synth.model import Proposal


def files_of_proposal(
    proposal: Proposal, evidence: EvidenceTexts, patches: Sequence[SourcePatch]
) -> Iterator[tuple[str, str]]:
    """Yield the path, below the role's folder, and the text of each file of a proposal.

    Args:
        proposal: What is proposed for one role.
        evidence: Spells the evidence of the run's roles.
        patches: The role's changes of infrastructure code.

    Raises:
        DefectError: A change lacks what it is made with.
    """
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
    yield from patch_texts(patches).items()
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
        apply=[call.to_json() for call in forth],
        rollback=[call.to_json() for call in back],
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
        "base_sha256": files.base_sha256,
    }
