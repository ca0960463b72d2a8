"""The files of proposals for policies on resources and for trust policies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trailmin.publish.change_files import has_byte_order_mark, with_mark
from trailmin.publish.diff import unified_diff
from trailmin.publish.layout import safe_name
from trailmin.publish.output_folder import OutputFolder
from trailmin.publish.scripts import render_commands
from trailmin.report.access import proposal_json, resource_policies_json
from trailmin.report.escape import visible_json
from trailmin.report.json_output import json_text, schema
from trailmin.synth.access import AccessProposal
from trailmin.synth.access.halves import BothSides

SUMMARY = "resource-policies.json"
PATCH = "documents.patch"
"""The changes to documents of the team's own, from the top of their repository."""

_Command = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAccess:
    """What was left in the output folder."""

    out: Path
    files: tuple[str, ...]
    """POSIX paths below `out`, sorted."""
    removed: tuple[str, ...]
    """Files of an earlier run that are not part of this one."""


def write_resource_policies(
    proposals: Sequence[AccessProposal], sides: Sequence[BothSides], out: Path
) -> WrittenAccess:
    """Write each policy's files, the patch of documents and a summary, and remove those of an earlier run.

    Raises:
        PublishError: The folder cannot be written.
    """
    texts = dict(access_texts(proposals))
    patch = "".join(_document_diff(proposal) for proposal in proposals)
    if patch:
        texts[PATCH] = patch
    texts[SUMMARY] = json_text(resource_policies_json(proposals, sides))
    with OutputFolder(out) as folder:
        folder.write(texts)
        removed = folder.remove_stale()
    return WrittenAccess(out=out, files=tuple(sorted(texts)), removed=removed)


def access_texts(proposals: Sequence[AccessProposal]) -> Iterator[tuple[str, str]]:
    """Yield each file's path below the output folder, and its text.

    Trust policies are below `<account>/<role>/trust/`, other policies below `<account>/<service>/<name>/`.
    """
    for proposal in proposals:
        folder = _folder(proposal)
        document = {"schema": schema("access-evidence"), **proposal_json(proposal)}
        yield f"{folder}/evidence.json", json_text(document)
        if proposal.is_emitted:
            yield from ((f"{folder}/{name}", text) for name, text in _change(proposal))


def diff_of(proposal: AccessProposal) -> str:
    """Return the diff of one policy's texts; empty where nothing changes."""
    if not proposal.is_emitted:
        return ""
    return unified_diff("policy.json", proposal.policy.text, proposal.new_text, git_header=False)


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
    resource, account = proposal.policy.resource, proposal.policy.account
    if forth := _command(proposal, "policy.json" if proposal.new_text is not None else None):
        title = f"Put the tightened policy on {resource}; rollback.sh undoes it."
        yield "apply.sh", render_commands((forth,), title=title, account=account)
        back = _command(proposal, "current.json")
        title = f"Put the policy back on {resource}."
        yield "rollback.sh", render_commands((back,) if back else (), title=title, account=account)


def _command(proposal: AccessProposal, file: str | None) -> _Command | None:
    """The call of the AWS CLI that puts a policy, or takes it off where there is no file; None where it takes more.

    Source: AWS CLI reference of each command.
    """
    resource = proposal.policy.resource
    region, last = resource.split(":")[3], resource.split(":", 5)[-1]
    at = (f"--region={region}",) if region else ()
    text = f"file://{file}"
    putting: Mapping[str, _Command] = {
        "iam": (
            "iam", "update-assume-role-policy", f"--role-name={last.rpartition('/')[2]}", f"--policy-document={text}",
        ),
        "s3": ("s3api", "put-bucket-policy", f"--bucket={last}", f"--policy={text}"),
        "kms": ("kms", "put-key-policy", f"--key-id={resource}", "--policy-name=default", f"--policy={text}"),
        "sns": (
            "sns", "set-topic-attributes", f"--topic-arn={resource}", "--attribute-name=Policy",
            f"--attribute-value={text}",
        ),
        "secretsmanager": (
            "secretsmanager", "put-resource-policy", f"--secret-id={resource}", f"--resource-policy={text}",
        ),
        "events": ("events", "put-permission", f"--event-bus-name={last.rpartition('/')[2]}", f"--policy={text}"),
    }  # fmt: skip
    removing: Mapping[str, _Command] = {
        "s3": ("s3api", "delete-bucket-policy", f"--bucket={last}"),
        "secretsmanager": ("secretsmanager", "delete-resource-policy", f"--secret-id={resource}"),
    }
    found = (putting if file is not None else removing).get(proposal.policy.service)
    return ("aws", *found, *at) if found is not None else None


def _document_diff(proposal: AccessProposal) -> str:
    place = proposal.policy.document
    if not proposal.is_emitted or place is None:
        return ""
    mark = has_byte_order_mark(place.path)
    new = with_mark(proposal.new_text, mark=mark) if proposal.new_text is not None else None
    return unified_diff(place.relative, with_mark(proposal.policy.text, mark=mark), new, git_header=True)
