"""What `--current` names, put together: account state from snapshots, texts from documents and infrastructure code."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from trailmin.current.documents import read_document, read_documents
from trailmin.current.history import day_of, with_history
from trailmin.current.json_file import read_text, read_value
from trailmin.current.live_request import LiveRequest
from trailmin.current.model import AccountSnapshot, PermissionSet, PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.current.overlay import lay_over
from trailmin.current.snapshot import AUTHORIZATION_DETAILS, read_snapshot
from trailmin.current.source import SourceFile
from trailmin.current.sources import find_sources, programs_among
from trailmin.errors import CurrentError

LIVE = Path("aws")
"""What stands for AWS itself among the paths."""

_DETAILS_KEY = "RoleDetailList"
"""Tells saved authorization details, whatever their file is called, from documents and templates."""


def load_current(
    paths: Sequence[Path], *, role_name: str | None = None, live: LiveRequest | None = None
) -> StateInForce:
    """Return the state in force from snapshots, documents, infrastructure code, and folders of them.

    Of several snapshots of an account the newest is what is in force, by the days that name their folders; the others
    tell since when. Where both a snapshot and a document or source hold a policy, the document's text is the one to
    edit.

    Args:
        paths: Where to look; `aws` is AWS itself.
        role_name: Whose policy a single document is.
        live: Which accounts to ask, and as whom; None: that of the credentials. Its stacks are asked for templates.

    Raises:
        CurrentError: A path is missing or holds none of these.
        PolicyError: A document is not a policy; the message holds path, line and column.
    """
    found = _Found()
    for path in paths:
        found.add(path, role_name, live or LiveRequest())
    sources = _with_stacks(found.sources, live) if live is not None and live.stacks else found.sources
    snapshots = _union([*found.snapshots, *with_history(found.dated)])
    state = lay_over(_overlay(snapshots, found.documents), sources)
    return replace(state, notes=(*state.notes, *found.programs))


@dataclass(slots=True)
class _Found:
    """What stands at the paths that were given."""

    snapshots: list[StateInForce] = field(default_factory=list)
    """Asked of AWS now."""
    dated: list[tuple[date | None, StateInForce]] = field(default_factory=list)
    documents: list[PolicyInForce] = field(default_factory=list)
    sources: list[SourceFile] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    """What is not read, as it would have to be run."""

    def add(self, path: Path, role_name: str | None, live: LiveRequest) -> None:
        if path == LIVE:
            from trailmin.current.live_snapshot import read_live  # noqa: PLC0415 - boto3 takes a while to load

            self.snapshots.append(read_live(live))
            return
        if not path.exists():
            raise CurrentError(
                f"{path} does not exist", hint="--current takes a snapshot, a document, a template or a folder"
            )
        self.programs += (reasons := list(programs_among(path)))
        if folders := _snapshot_paths(path):
            self.dated += [(day_of(folder), read_snapshot(folder)) for folder in folders]
        elif found := find_sources(path):
            self.sources += found
            self.documents += read_documents(path, beside_sources=True) if path.is_dir() else ()
        elif path.is_dir():
            self.documents += read_documents(path, beside_sources=bool(reasons))
        elif reasons:
            raise CurrentError(reasons[0], hint="trailmin reads sources, and runs no program")
        else:
            self.documents.append(_single_document(path, role_name))


def _with_stacks(sources: Sequence[SourceFile], live: LiveRequest) -> list[SourceFile]:
    from trailmin.current.live_stacks import fetch_stacks  # noqa: PLC0415 - boto3 takes a while to load

    if not sources:
        raise CurrentError("stacks are asked for, and there is no template", hint="give the template: --current FILE")
    texts = tuple(json.dumps(stack) for stack in fetch_stacks(live))
    return [replace(file, stacks=texts) for file in sources]


def _snapshot_paths(path: Path) -> list[Path]:
    if path.is_file():
        value = read_value(path) if path.suffix == ".json" and _DETAILS_KEY in read_text(path) else None
        return [path] if isinstance(value, dict) and _DETAILS_KEY in value else []
    if (path / AUTHORIZATION_DETAILS).is_file():
        return [path]
    return sorted(p.parent for p in path.glob(f"*/{AUTHORIZATION_DETAILS}"))


def _single_document(path: Path, role_name: str | None) -> PolicyInForce:
    if role_name is None:
        raise CurrentError(f"{path} is one policy: whose?", hint="name the role: trailmin tighten ROLE --current FILE")
    return read_document(path, role_name=role_name)


def _union(states: Iterable[StateInForce]) -> StateInForce:
    roles: list[Role] = []
    accounts: dict[str, AccountSnapshot] = {}
    notes: list[str] = []
    missing: list[str] = []
    sets: dict[tuple[str, str | None], PermissionSet] = {}
    for state in states:
        if twice := accounts.keys() & state.accounts.keys():
            raise CurrentError(f"two snapshots of account {min(twice)}", hint="give one snapshot per account")
        roles += state.roles
        accounts |= state.accounts
        notes += state.notes
        missing += state.missing
        # The management account and a delegated administrator tell of the same ones.
        sets |= {(one.name, one.arn): one for one in state.permission_sets}
    return StateInForce(
        roles=tuple(roles),
        accounts=accounts,
        notes=tuple(notes),
        missing=tuple(missing),
        permission_sets=tuple(sets.values()),
    )


def _overlay(state: StateInForce, documents: Sequence[PolicyInForce]) -> StateInForce:
    if not state.roles:
        return replace(state, roles=_roles_of_documents(documents), notes=(*state.notes, *_unattached(documents)))
    notes = list(state.notes)
    known = {_identity(policy): policy for role in state.roles for policy in role.policies}
    texts: dict[tuple[str, str, str], PolicyInForce] = {}
    for document in documents:
        if any(role.boundary is not None and _is_boundary(document, role.boundary.arn) for role in state.roles):
            continue
        matches = [key for key in known if _describes(document, known[key])]
        if len(matches) != 1:
            notes.append(f"{_path(document)} describes {'several policies' if matches else 'no policy'} in force")
        elif document.policy.statements != known[matches[0]].policy.statements:
            notes.append(f"{_path(document)} differs from the policy in force; the document is what is tightened")
            texts[matches[0]] = document
        else:
            texts[matches[0]] = document
    roles = tuple(
        replace(role, policies=tuple(_with_document(p, texts.get(_identity(p))) for p in role.policies))
        for role in state.roles
    )
    return replace(state, roles=roles, notes=tuple(notes))


def _identity(policy: PolicyInForce) -> tuple[str, str, str]:
    return (policy.account or "", policy.arn or policy.role_name or "", policy.name)


def _describes(document: PolicyInForce, policy: PolicyInForce) -> bool:
    return (
        document.kind == policy.kind
        and document.name == policy.name
        and document.role_name == policy.role_name
        and document.account in (None, policy.account)
    )


def _is_boundary(document: PolicyInForce, arn: str) -> bool:
    return (
        document.kind is PolicyKind.CUSTOMER_MANAGED
        and arn.endswith(f"/{document.name}")
        and document.account in (None, arn.split(":")[4])
    )


def _with_document(policy: PolicyInForce, document: PolicyInForce | None) -> PolicyInForce:
    if document is None:
        return policy
    return replace(policy, policy=document.policy, text=document.text, document=document.document)


def _roles_of_documents(documents: Sequence[PolicyInForce]) -> tuple[Role, ...]:
    owners = sorted({(d.account or "", d.role_name) for d in documents if d.role_name is not None})
    return tuple(
        Role(
            name=name,
            account=account or None,
            arn=None,
            policies=tuple(d for d in documents if d.role_name == name and (d.account or "") == account),
        )
        for account, name in owners
    )


def _unattached(documents: Sequence[PolicyInForce]) -> list[str]:
    return [
        f"{_path(d)} is a managed policy; without a snapshot it is unknown which roles hold it"
        for d in documents
        if d.kind is PolicyKind.CUSTOMER_MANAGED
    ]


def _path(document: PolicyInForce) -> str:
    return document.document.relative if document.document else document.name
