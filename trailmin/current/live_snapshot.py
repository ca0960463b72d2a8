"""What AWS told, as a folder of snapshots, and read back as any other snapshot."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from trailmin.current.json_file import read_object
from trailmin.current.live import PERMISSIONS, LiveAccount, fetch_accounts
from trailmin.current.live_request import LiveRequest
from trailmin.current.model import StateInForce
from trailmin.current.resource_policy_files import NOT_TOLD, RESOURCE_POLICIES
from trailmin.current.snapshot import read_snapshot
from trailmin.current.source_links import BUCKET_NOTIFICATIONS, RULE_TARGETS, RULES, SUBSCRIPTIONS
from trailmin.errors import CurrentError


def read_live(request: LiveRequest) -> StateInForce:
    """Return the state of accounts, asked of AWS itself; `missing` has what it did not tell.

    Raises:
        CurrentError: No account tells of its roles.
    """
    found = fetch_accounts(request)
    missing = tuple(text for one in found for text in one.missing)
    with TemporaryDirectory(prefix="trailmin-") as folder:
        folders = write_snapshots(found, Path(folder))
        if not folders:
            raise CurrentError(
                f"no account tells of its roles: {missing[0]}", hint="allow iam:GetAccountAuthorizationDetails"
            )
        states = [read_snapshot(one) for one in folders]
    return StateInForce(
        roles=tuple(role for state in states for role in state.roles),
        accounts={account: snapshot for state in states for account, snapshot in state.accounts.items()},
        notes=tuple(note for state in states for note in state.notes),
        missing=missing,
        permission_sets=tuple({(p.name, p.arn): p for state in states for p in state.permission_sets}.values()),
    )


def write_snapshots(accounts: Sequence[LiveAccount], out: Path) -> tuple[Path, ...]:
    """Write a snapshot folder for each account that told of its roles, `OUT/<account>`, and return the folders.

    A file that AWS did not tell this time is removed, so that nothing old passes for the state in force; files that are
    asked for by other means stay, and policy documents that a team keeps below `resource-policies/`. The folder of an
    account that is left out stays as it is.

    Raises:
        CurrentError: A folder cannot be written.
    """
    folders: list[Path] = []
    for account in accounts:
        if not account.files:
            continue
        folder = out / account.account
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_files(folder, account.files, instead_of=PERMISSIONS)
        except OSError as error:
            raise CurrentError(f"cannot write {folder}: {error.strerror}", hint="name another folder: -o") from error
        folders.append(folder)
    return tuple(folders)


def write_files(folder: Path, files: Mapping[str, object], *, instead_of: Iterable[str] = ()) -> None:
    """Write files of a snapshot in the place of those that were told before; a team's own documents stay as they are.

    Args:
        folder: The snapshot.
        files: Path below it to the JSON.
        instead_of: Further files that go where they are not told again.

    Raises:
        OSError: The folder cannot be written.
    """
    below = [path for name in _FOLDERS for path in sorted((folder / name).rglob("*.json"))]
    for path in (*(folder / name for name in (*instead_of, *_LISTS)), *below):
        if path.is_file() and not _is_own_document(path):
            path.unlink()
    for name, value in files.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


_FOLDERS = (RESOURCE_POLICIES, BUCKET_NOTIFICATIONS, RULE_TARGETS)
_LISTS = (NOT_TOLD, RULES, SUBSCRIPTIONS)


def _is_own_document(path: Path) -> bool:
    """Whether a file is a policy document itself, and no output of the AWS CLI."""
    if RESOURCE_POLICIES not in path.parts:
        return False
    try:
        return "Statement" in read_object(path)
    except CurrentError:
        # What cannot be read is nothing that was told.
        return True
