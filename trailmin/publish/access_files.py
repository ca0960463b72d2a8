"""The files of proposals for policies on resources and for trust policies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailmin.current import DocumentPath, changes_in_source
from trailmin.policy import Policy, parse_policy, policy_of
from trailmin.publish.access_commands import Putting, document_of, look_at, put_policy
from trailmin.publish.change_files import has_byte_order_mark, with_mark
from trailmin.publish.diff import fingerprint, unified_diff
from trailmin.publish.layout import SUMMARY, safe_name
from trailmin.publish.output_folder import OutputFolder
from trailmin.publish.scripts import Look, Step, render_steps
from trailmin.publish.source_patches import SourcePatch, pasted_texts, patch_texts, source_patches, sources_json
from trailmin.report.access import access_proposal_json, headline_json, resource_policies_json
from trailmin.report.access_markdown import render_access
from trailmin.report.escape import visible_json
from trailmin.report.json_output import json_text, schema
from trailmin.synth.access import AccessProposal
from trailmin.synth.access.halves import BothSides

RESOURCE_POLICIES = "resource-policies.json"
PATCH = "documents.patch"
"""The changes to documents of the team's own, from the top of their repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAccess:
    """What was left in the output folder."""

    out: Path
    files: tuple[str, ...]
    """POSIX paths below `out`, sorted."""
    removed: tuple[str, ...]
    """Files of an earlier run that are not part of this one."""
    refused: tuple[str, ...] = ()
    """What could not be changed in place in infrastructure code, and why, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFiles:
    """The files of one proposal."""

    folder: str
    """POSIX path below the output folder."""
    texts: tuple[tuple[str, str], ...]
    """Path below `folder`, and text."""
    refused: tuple[str, ...]
    """What could not be changed in place, a sentence each."""

    @property
    def paths(self) -> tuple[str, ...]:
        """POSIX paths below the output folder, sorted."""
        return tuple(sorted(f"{self.folder}/{name}" for name, _ in self.texts))


def write_resource_policies(
    proposals: Sequence[AccessProposal], sides: Sequence[BothSides], out: Path, beside: Sequence[AccessProposal] = ()
) -> WrittenAccess:
    """Write each policy's files, the patches and a summary, and remove those of an earlier run.

    `trailmin pr` commits what stands in the folder. Code that policies share with those `beside` them, which are not to
    be written, is changed only as they all ask for.

    Raises:
        PublishError: The folder cannot be written.
        CurrentError: A file of infrastructure code cannot be parsed any more.
    """
    patches = source_patches(proposals, beside)
    found = [files_of_access(one, own) for one, own in zip(proposals, patches.of_each, strict=True)]
    texts = texts_of_access(found) | patch_texts(patches.of_run)
    patch = "".join(_document_diff(proposal) for proposal in proposals)
    if patch:
        texts[PATCH] = patch
    texts[RESOURCE_POLICIES] = json_text(resource_policies_json(proposals, sides))
    headlines = access_headlines(proposals, found)
    texts[SUMMARY] = json_text({"schema": schema("summary"), "run": {}, "roles": [], **headlines})
    with OutputFolder(out) as folder:
        folder.withdraw(SUMMARY)
        folder.write(texts)
        removed = folder.remove_stale()
    refused = tuple(reason for one in found for reason in one.refused)
    return WrittenAccess(out=out, files=tuple(sorted(texts)), removed=removed, refused=refused)


def texts_of_access(files: Sequence[AccessFiles]) -> dict[str, str]:
    """Return the texts of proposals by their paths below the output folder."""
    return {f"{one.folder}/{name}": text for one in files for name, text in one.texts}


def access_headlines(proposals: Sequence[AccessProposal], files: Sequence[AccessFiles]) -> dict[str, Any]:
    """Return what a summary says of policies with principals, each with its files."""
    return {
        "resource_policies": [
            {**headline_json(proposal), "files": list(one.paths)}
            for proposal, one in zip(proposals, files, strict=True)
        ]
    }


def files_of_access(proposal: AccessProposal, patches: Sequence[SourcePatch]) -> AccessFiles:
    """Return the files of a proposal.

    A trust policy's are below `<account>/<role>/trust/`, other policies' below `<account>/<service>/<name>/`.

    Args:
        proposal: What is proposed for one policy.
        patches: Its changes of infrastructure code.
    """
    left = (*(text for patch in patches for text in (*patch.refused, *patch.wider)), *_elsewhere(proposal))
    document = {"schema": schema("access-evidence"), **access_proposal_json(proposal)}
    texts = [("evidence.json", json_text(document))]
    if proposal.is_emitted:
        texts += _change(proposal)
        texts += patch_texts(patches).items()
        texts += pasted_texts(patches)
        has_scripts = any(name == "apply.sh" for name, _ in texts)
        texts.append(("PULL_REQUEST.md", render_access(proposal, left, has_scripts=has_scripts)))
        texts.append(("changes.json", json_text(_changes_json(proposal, patches))))
    return AccessFiles(folder=_folder(proposal), texts=tuple(texts), refused=left)


def diff_of(proposal: AccessProposal) -> str:
    """Return the diff of one policy's texts; empty where nothing changes."""
    if not proposal.is_emitted:
        return ""
    return unified_diff("policy.json", proposal.policy.text, proposal.new_text, git_header=False)


def _elsewhere(proposal: AccessProposal) -> Iterator[str]:
    """What changes and is in no file, of a policy that is kept in code."""
    if proposal.is_emitted:
        for statement in changes_in_source(proposal.policy, proposal.edits).elsewhere:
            name = statement.sid or statement.index + 1
            yield f"statement {name} of the {proposal.policy.label} is in no file that was given"


def _folder(proposal: AccessProposal) -> str:
    account, name = safe_name(proposal.policy.account), proposal.policy.resource.split(":", 5)[-1]
    if proposal.is_trust:
        return f"{account}/{safe_name(name.rpartition('/')[2])}/trust"
    place = proposal.policy.resource.split(":")[3]
    return f"{account}/{proposal.policy.service}/{safe_name(f'{place}-{name}' if place else name)}"


def _change(proposal: AccessProposal) -> Iterator[tuple[str, str]]:
    yield "current.json", visible_json(proposal.policy.text)
    if proposal.new_text is not None:
        yield "policy.json", visible_json(proposal.new_text)
    yield "policy.diff", diff_of(proposal)
    if (document := _document_diff(proposal)) != "":
        yield "document.diff", document
    # What is kept in code is changed there alone.
    if not any(proposal.policy.sources):
        yield from _scripts(proposal)


def _scripts(proposal: AccessProposal) -> Iterator[tuple[str, str]]:
    old, new = proposal.policy.policy, _new(proposal)
    empty = policy_of((), version=old.version)
    resource, account = proposal.policy.resource, proposal.policy.account
    forth, back = put_policy(proposal, old, new, "policy.json"), put_policy(proposal, new or empty, old, "current.json")
    if forth is None or back is None:
        return
    after = " Deploy the stages of the API afterwards." if proposal.policy.service == "apigateway" else ""
    yield from (*forth.files.items(), *back.files.items())
    title = f"Put the tightened policy on {resource}; rollback.sh undoes it.{after}"
    files = ("current.json", "policy.json" if new is not None else None)
    yield "apply.sh", render_steps(_steps(proposal, forth, *files), title=title, account=account)
    title = f"Put the policy back on {resource}.{after}"
    yield "rollback.sh", render_steps(_steps(proposal, back, *reversed(files)), title=title, account=account)


def _steps(proposal: AccessProposal, putting: Putting, before: str | None, after: str | None) -> list[Step]:
    """The commands, made only where the policy in force is the one that was looked at."""
    command, service = look_at(proposal), proposal.policy.service
    look = None
    if command is not None:
        look = Look(
            policy=proposal.policy.label,
            expected_path=before and document_of(service, before),
            new_path=after and document_of(service, after),
            command=command,
        )
    return [Step(command=one, look=look) for one in putting.commands]


def _new(proposal: AccessProposal) -> Policy | None:
    if proposal.new_text is None:
        return None
    return parse_policy(proposal.new_text, kind="trust" if proposal.is_trust else "resource")


def _changes_json(proposal: AccessProposal, patches: Sequence[SourcePatch]) -> dict[str, Any]:
    place = proposal.policy.document
    change = {
        "policy": proposal.policy.label,
        "document": place.relative if place is not None else None,
        "diff_file": "document.diff" if place is not None else "policy.diff",
        "base_sha256": fingerprint(_document_before(proposal, place)) if place is not None else None,
    }
    return {
        "schema": schema("changes"),
        "resource": proposal.policy.resource,
        "account": proposal.policy.account,
        "changes": [] if any(proposal.policy.sources) else [change],
        "elsewhere": list(_elsewhere(proposal)),
        "sources": sources_json(patches),
    }


def _document_diff(proposal: AccessProposal) -> str:
    place = proposal.policy.document
    if not proposal.is_emitted or place is None:
        return ""
    mark = has_byte_order_mark(place.path)
    new = with_mark(proposal.new_text, mark=mark) if proposal.new_text is not None else None
    return unified_diff(place.relative, _document_before(proposal, place), new, git_header=True)


def _document_before(proposal: AccessProposal, place: DocumentPath) -> str:
    return with_mark(proposal.policy.text, mark=has_byte_order_mark(place.path))
