"""Several snapshots of one account: the newest is the state in force, the others tell since when grants have been."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from trailmin.current.model import Role, RoleBefore, StateInForce
from trailmin.errors import CurrentError

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def day_of(folder: Path) -> date | None:
    """Return the day a snapshot is of, by the name of its folder or of the one above; None where neither is a date."""
    for name in (folder.name, folder.parent.name):
        if _DAY.fullmatch(name):
            try:
                return date.fromisoformat(name)
            except ValueError:
                continue
    return None


def with_history(snapshots: Iterable[tuple[date | None, StateInForce]]) -> list[StateInForce]:
    """Return the newest snapshot of each account, its roles with what the earlier ones tell of them.

    Args:
        snapshots: Of one account each, with the day each is of.

    Raises:
        CurrentError: There are several of an account, and it is not known which is the newest.
    """
    of_account: dict[str, list[tuple[date | None, StateInForce]]] = defaultdict(list)
    for day, state in snapshots:
        for account in state.accounts:
            of_account[account].append((day, state))
    return [_newest(account, found) for account, found in of_account.items()]


def _newest(account: str, snapshots: Sequence[tuple[date | None, StateInForce]]) -> StateInForce:
    if len(snapshots) == 1:
        return snapshots[0][1]
    dated = {day: state for day, state in snapshots if day is not None}
    if len(dated) < len(snapshots):
        raise CurrentError(
            f"two snapshots of account {account}, and not of two days",
            hint="give one, or put each in a folder named by its day: 2026-09-01/authorization-details.json",
        )
    days = sorted(dated)
    newest = dated[days[-1]]
    before = [(day, later, _roles(dated[day])) for day, later in pairwise(days)]
    return replace(newest, roles=tuple(_with_earlier(role, before) for role in newest.roles))


def _roles(state: StateInForce) -> dict[str | None, Role]:
    return {role.arn: role for role in state.roles}


def _with_earlier(role: Role, before: Iterable[tuple[date, date, dict[str | None, Role]]]) -> Role:
    """Snapshots without the role tell nothing: it may have been left out, and its own date says when it was made."""
    known = [
        RoleBefore(day=day, next_day=later, policies=tuple(policy.policy for policy in roles[role.arn].policies))
        for day, later, roles in before
        if role.arn in roles
    ]
    return replace(role, earlier=tuple(reversed(known)))
