"""One source of the corpus and what is asked of it: `corpus/<name>.case.json`, with the diff that must come out.

A case names the source, the changes (role, policy, edits by statement), what is refused and why, and whether what is
written is wider than what was asked, because a part of it is not known. A change of the policy on a resource names the
resource's ARN (`resource`), one of a trust policy the role (`trust`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailmin.current import (
    DocumentPath,
    EditedSource,
    PolicyInForce,
    PolicyKind,
    Role,
    SourceChange,
    SourceChangeKind,
    SourceFile,
)
from trailmin.current.access_changes import changes_in_source
from trailmin.current.iac.interface import SourceContents
from trailmin.current.iac.registry import READERS, edit_source, recognise
from trailmin.current.json_file import read_text
from trailmin.current.resource_overlay import lay_policies_over, sources_of
from trailmin.current.resource_policy import ResourcePolicy
from trailmin.policy import (
    Condition,
    Edit,
    Principals,
    RemoveStatement,
    ReplaceStatement,
    Statement,
    StatementSpec,
    parse_policy,
)

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A source and what is asked of it."""

    name: str
    source: str
    changes: Sequence[Mapping[str, Any]]
    refused: Sequence[Mapping[str, str]]
    notes: Sequence[str]
    is_wider: bool

    @property
    def path(self) -> Path:
        return CORPUS / self.source

    @property
    def golden(self) -> Path:
        return CORPUS / f"{self.name}.diff"


def read_case(path: Path) -> Case:
    value = json.loads(path.read_text(encoding="utf-8"))
    return Case(
        name=path.name.removesuffix(".case.json"),
        source=value["source"],
        changes=value["changes"],
        refused=value.get("refused", ()),
        notes=value.get("notes", ()),
        is_wider=value.get("wider", False),
    )


def all_cases() -> list[Case]:
    return [read_case(path) for path in sorted(CORPUS.glob("*.case.json"))]


def source_file(path: Path) -> SourceFile:
    text = read_text(path)
    found = recognise(path, text)
    assert found is not None, f"{path.name} is of no known format"
    return SourceFile(document=DocumentPath(root=path.parent, relative=path.name), format=found, text=text)


def read_source(path: Path) -> SourceContents:
    file = source_file(path)
    return READERS[file.format].read([file])


def changes_of(case: Case, contents: SourceContents) -> list[SourceChange]:
    return [change for entry in case.changes for change in _changes(entry, contents)]


def policies_with_principals(contents: SourceContents) -> dict[str, ResourcePolicy]:
    """Policies on resources by ARN, trust policies by the role's name."""
    laid = lay_policies_over({}, contents.resource_policies)
    found = {policy.resource: policy for policies in laid.policies.values() for policy in policies}
    for role in contents.roles:
        if role.trust is not None and role.trust_source is not None:
            found[role.name] = ResourcePolicy(
                service="iam",
                resource=role.trust_source.resource,
                account=role.account or "",
                policy=role.trust,
                text="",
                sources=sources_of(role.trust, [role.trust_source]),
            )
    return found


def access_edits(entry: Mapping[str, Any], contents: SourceContents) -> tuple[ResourcePolicy, tuple[Edit, ...]]:
    policy = policies_with_principals(contents)[entry.get("resource") or entry["trust"]]
    return policy, edits_of(entry["edits"], policy.policy.statements)


def is_access(entry: Mapping[str, Any]) -> bool:
    return "resource" in entry or "trust" in entry


def _changes(entry: Mapping[str, Any], contents: SourceContents) -> Sequence[SourceChange]:
    if not is_access(entry):
        return [_change(entry, contents)]
    placed = changes_in_source(*access_edits(entry, contents))
    assert not placed.elsewhere
    return placed.changes


def edited(case: Case, path: Path) -> EditedSource:
    changes = changes_of(case, read_source(path))
    return edit_source(changes[0].place.file, changes)


def role_called(contents: SourceContents, name: str) -> Role:
    return next(role for role in contents.roles if role.name == name)


def policy_called(contents: SourceContents, role: str, name: str) -> PolicyInForce:
    return next(policy for policy in role_called(contents, role).policies if policy.name == name)


def edits_of(entries: Sequence[Mapping[str, Any]], statements: Sequence[Statement]) -> tuple[Edit, ...]:
    return tuple(_edit(entry, statements[entry["index"]]) for entry in entries)


def _change(entry: Mapping[str, Any], contents: SourceContents) -> SourceChange:
    if "attachment" in entry:
        return _replacement(entry, contents)
    policy = policy_called(contents, entry["role"], entry["policy"])
    if entry.get("remove"):
        return SourceChange(kind=SourceChangeKind.REMOVE, policy=policy)
    if entry.get("detach"):
        return SourceChange(kind=SourceChangeKind.DETACH, policy=policy)
    edits = edits_of(entry["edits"], policy.policy.statements)
    return SourceChange(kind=SourceChangeKind.EDIT, policy=policy, edits=edits)


_ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""Of a policy that goes, where the text does not matter."""


def _replacement(entry: Mapping[str, Any], contents: SourceContents) -> SourceChange:
    place = next(
        one.place
        for one in contents.attachments
        if (one.role_name, one.policy_arn) == (entry["role"], entry["attachment"])
    )
    text = json.dumps(entry.get("document", _ANYTHING))
    policy = PolicyInForce(
        kind=PolicyKind.AWS_MANAGED,
        name=entry["attachment"].rpartition("/")[2],
        account=None,
        arn=entry["attachment"],
        role_name=None,
        policy=parse_policy(text),
        text=text,
        attachment=place,
    )
    if entry.get("detach"):
        return SourceChange(kind=SourceChangeKind.DETACH, policy=policy)
    edits = edits_of(entry["edits"], policy.policy.statements)
    return SourceChange(kind=SourceChangeKind.REPLACE, policy=policy, edits=edits, name=entry["name"])


def _edit(entry: Mapping[str, Any], statement: Statement) -> Edit:
    if entry.get("remove"):
        return RemoveStatement(index=entry["index"])
    return ReplaceStatement(index=entry["index"], parts=tuple(_spec(part, statement) for part in entry["parts"]))


def _spec(part: Mapping[str, Any], statement: Statement) -> StatementSpec:
    conditions = tuple(
        Condition(operator=operator, key=key, values=tuple(values))
        for operator, keys in part.get("conditions", {}).items()
        for key, values in keys.items()
    )
    return StatementSpec(
        sid=part.get("sid", statement.sid),
        actions=tuple(part["actions"]) if "actions" in part else None,
        resources=tuple(part["resources"]) if "resources" in part else None,
        principals=tuple(Principals(kind=kind, values=tuple(values)) for kind, values in part["principals"].items())
        if "principals" in part
        else None,
        add_conditions=conditions,
    )
