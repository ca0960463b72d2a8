"""Policies as documents in a repository: one file, or a folder `[account/]<role>/<policy>.json`.

The folder that holds a file names its role, or is called `managed` for customer-managed policies; a folder of twelve
digits above it names the account. A file right in the folder that was given is the only policy of the role it is
named after.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from trailmin.current.json_file import read_text
from trailmin.current.model import PolicyInForce, PolicyKind
from trailmin.current.source import DocumentPath
from trailmin.errors import CurrentError
from trailmin.policy import parse_policy

MANAGED_FOLDER = "managed"


def read_document(path: Path, *, role_name: str) -> PolicyInForce:
    """Return the policy in one file as an inline policy of a role.

    Raises:
        CurrentError: The file cannot be read.
        PolicyError: It is not JSON or not a policy; the message holds path, line and column.
    """
    return _policy_in_force(path, document_path(path, path.parent), None, role_name)


def read_documents(folder: Path, *, beside_sources: bool = False) -> tuple[PolicyInForce, ...]:
    """Return every policy below a folder, sorted by path.

    Args:
        folder: Where to look.
        beside_sources: Whether the folder holds infrastructure code: then other JSON files are no mistake, and
            policies are those that say so by their Statement.

    Raises:
        CurrentError: There is none, and there should be.
        PolicyError: A file is not a policy; the message holds path, line and column.
    """
    found = tuple(_read_folder(folder, beside_sources=beside_sources))
    if not found and not beside_sources:
        raise CurrentError(
            f"{folder} holds no snapshot (authorization-details.json), policy document (*.json) or infrastructure code",
            hint="give a snapshot folder, a folder of snapshots named by account id, <role>/<policy>.json files, or "
            "templates",
        )
    return found


def _read_folder(folder: Path, *, beside_sources: bool) -> Iterator[PolicyInForce]:
    for path in sorted(folder.rglob("*.json")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts):
            continue
        if beside_sources and not _has_statement(path):
            continue
        accounts = [p for p in (folder.name, *parts[:-1]) if len(p) == 12 and p.isdigit()]
        owner = path.stem if len(parts) == 1 or parts[-2] in accounts else parts[-2]
        yield _policy_in_force(path, document_path(path, folder), accounts[-1] if accounts else None, owner)


def _has_statement(path: Path) -> bool:
    try:
        value = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError, CurrentError):
        # Whatever it is, it is no policy document.
        return False
    return isinstance(value, dict) and "Statement" in value


def _policy_in_force(path: Path, document: DocumentPath, account: str | None, owner: str) -> PolicyInForce:
    text = read_text(path)
    is_managed = owner == MANAGED_FOLDER
    return PolicyInForce(
        kind=PolicyKind.CUSTOMER_MANAGED if is_managed else PolicyKind.INLINE,
        name=path.stem,
        account=account,
        arn=None,
        role_name=None if is_managed else owner,
        policy=parse_policy(text, origin=str(path)),
        text=text,
        document=document,
    )


def document_path(path: Path, folder: Path) -> DocumentPath:
    """Return a file's place in the git repository that holds it, else in the folder that was given."""
    root = next((p for p in (folder.resolve(), *folder.resolve().parents) if (p / ".git").exists()), folder.resolve())
    # A link keeps its own place: what it leads to may lie elsewhere.
    held = folder.resolve() / path.relative_to(folder)
    return DocumentPath(root=root, relative=held.relative_to(root).as_posix())
