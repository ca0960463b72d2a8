"""What a run leaves behind: a row of the `runs` table for each role, made from its proposal and the last run's row.

Times are days of the logs (the last one that a run looked at), never the clock's: the same logs give the same rows.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from trailmin.current import Role, StateInForce
from trailmin.policy import Policy, policy_of
from trailmin.synth.after import named_policies_after
from trailmin.synth.drift import RoleKey, departure, gone_roles, is_merged, is_within, texts_in_force
from trailmin.synth.drift_model import Approval, DriftKind, PolicyText, Remembered, Texts, digest_of, policy_texts
from trailmin.synth.model import GrantVerdict, Proposal, Status, Verdict
from trailmin.usage import PolicyChangeEvent

Row = Mapping[str, Any]
"""Column of the `runs` table → value."""

GONE = "gone"
"""The status of a role that the last run knew and that is in force no more."""

_SEEN = (Verdict.USED, Verdict.IMPLIED, Verdict.COMPANION)
_PENDING = 32
"""Proposals that are known again when they are merged late."""


def run_id(proposals: Sequence[Proposal]) -> str:
    """Return what is the same for the same findings on the same policies in force."""
    digest = hashlib.sha256()
    for proposal in proposals:
        facts = {**_headline(proposal), "in_force": _texts_json(texts_in_force(proposal.role))}
        proposed = _proposed(proposal)
        facts["proposed"] = None if proposed is None else _texts_json(proposed)
        facts["verdicts"] = [(v.policy, v.statement, v.sid, v.action, v.verdict, v.kept) for v in proposal.verdicts]
        digest.update(json.dumps(facts, default=str, sort_keys=True).encode())
    return digest.hexdigest()


def run_rows(
    proposals: Sequence[Proposal], state: StateInForce, changes: Sequence[PolicyChangeEvent], last: Sequence[Row]
) -> tuple[Row, ...]:
    """Return the rows of a run, by account and role.

    Args:
        proposals: Of the run, at least one.
        state: The state in force that they were made for.
        changes: Changes to IAM policies in the window, oldest first.
        last: The rows of the run before; none for the first.
    """
    before = {(row["account"] or "", row["role"]): row for row in last if _was_in_force(row)}
    # One whose roles are all gone was looked at all the same.
    accounts = {row["account"] or "" for row in last if _was_in_force(row) or row["status"] == GONE}
    made = (
        _Role(one, before.get(_key(one)), changes, is_new_account=(one.account or "") not in accounts)
        for one in proposals
    )
    rows = [role.row() for role in made]
    held = {_key(one) for one in proposals if _is_in_force(one)}
    held |= {(made.account or "", made.name) for one in proposals for made in one.role.provisioned}
    known = {key: _remembered(row) for key, row in before.items()}
    gone = {(drift.account, drift.role) for drift in gone_roles(state, known, held)}
    rows = [row for row in rows if (row["account"] or "", row["role"]) not in gone]
    rows += [_gone(before[key], proposals[0]) for key in gone]
    return tuple(sorted(rows, key=lambda row: (row["account"] or "", row["role"])))


def remembered(rows: Sequence[Row]) -> tuple[Remembered, ...]:
    """Return what the rows of a run say of the roles that were in force."""
    return tuple(_remembered(row) for row in rows if _was_in_force(row))


def _remembered(row: Row) -> Remembered:
    return Remembered(
        account=row["account"] or "",
        name=row["role"],
        arn=row["role_arn"],
        on=row["until"],
        in_force=_texts(row["in_force"]) or (),
        proposed=_texts(row["proposed"]),
        approved=_texts(row["approved"]),
        approved_by=Approval(row["approved_by"]) if row["approved_by"] else None,
        approved_on=row["approved_on"],
        before=_texts(row["before"]),
        pending=tuple(row["pending"]),
        drift=DriftKind(row["drift"]) if row["drift"] else None,
        drift_since=row["drift_since"],
    )


@dataclass(frozen=True, slots=True)
class _Approved:
    texts: Texts | None
    by: Approval | None
    on: date | None
    before: Texts | None


class _Role:
    """One role's row, given its proposal and its row of the run before."""

    def __init__(
        self, proposal: Proposal, row: Row | None, changes: Sequence[PolicyChangeEvent], *, is_new_account: bool
    ) -> None:
        self._proposal = proposal
        self._row = row
        self._last = _remembered(row) if row is not None else None
        self._changes = changes
        self._is_new_account = is_new_account
        self._day = proposal.window.until
        self._in_force = texts_in_force(proposal.role)
        self._proposed = _proposed(proposal)

    def row(self) -> Row:
        merged = self._last is not None and is_merged(self._in_force, self._last)
        approved = self._approved(merged=merged)
        return {
            **_headline(self._proposal),
            "in_force": _texts_json(self._in_force),
            "proposed": None if self._proposed is None else _texts_json(self._proposed),
            "proposal_digest": None if self._proposed is None else digest_of(self._proposed),
            "approved": None if approved.texts is None else _texts_json(approved.texts),
            "approved_by": approved.by,
            "approved_on": approved.on,
            "before": None if approved.before is None else _texts_json(approved.before),
            "pending": self._pending(merged=merged),
            "is_merged": merged,
            **self._drift(approved),
            **self._grants(),
        }

    def _approved(self, *, merged: bool) -> _Approved:
        last = self._last
        if last is None:
            if self._is_new_account:
                return _Approved(self._in_force, Approval.FIRST_SEEN, self._day, None)
            return self._settled() or _Approved(None, None, None, None)
        if merged:
            in_proposal = digest_of(self._in_force) not in last.pending
            texts = last.proposed if in_proposal else self._in_force
            return _Approved(texts, Approval.MERGED, self._day, last.in_force)
        carried = _Approved(last.approved, last.approved_by, last.approved_on, last.before)
        if departure(self._in_force, last) is None:
            return carried
        return self._settled(last.approved or ()) or carried

    def _settled(self, approved: Texts = ()) -> _Approved | None:
        """What is in force, where every statement of it is in use as a whole or within what was approved already."""
        proposal = self._proposal
        if proposal.status is not Status.UNCHANGED:
            return None
        doubtful = {(v.policy, v.statement) for v in proposal.verdicts if v.verdict not in _SEEN}
        if not is_within(policy_texts(_parts(proposal.role, doubtful)), approved):
            return None
        return _Approved(self._in_force, Approval.SETTLED, self._day, None)

    def _pending(self, *, merged: bool) -> list[str]:
        earlier = [] if merged or self._last is None else list(self._last.pending)
        if self._proposed is not None and (digest := digest_of(self._proposed)) not in earlier:
            earlier.append(digest)
        return earlier[-_PENDING:]

    def _drift(self, approved: _Approved) -> dict[str, Any]:
        last = self._last
        since = last.drift_since if last is not None else None
        is_ours = _is_in_force(self._proposal) and not self._proposal.role.is_service_linked
        found = departure(self._in_force, self._now(approved)) if is_ours else None
        if found is None:
            remediated = (self._day - since).days if since is not None else None
            return {"drift": None, "drift_reason": None, "drift_since": None, "remediated_days": remediated}
        kind, reason, _ = found
        drift = {"drift": kind, "drift_reason": reason, "drift_since": since or self._day}
        if since is None and (changed := self._changed_on()) is not None:
            drift["detected_days"] = (self._day - changed).days
        return drift

    def _now(self, approved: _Approved) -> Remembered:
        return Remembered(
            account=self._proposal.account or "",
            name=self._proposal.role.name,
            arn=self._proposal.role_arn,
            on=self._day,
            in_force=self._in_force,
            approved=approved.texts,
            approved_by=approved.by,
            approved_on=approved.on,
            before=approved.before,
        )

    def _changed_on(self) -> date | None:
        """The day of the first change to the role's policies since the run before, as the logs tell."""
        role = self._proposal.role
        arns = {policy.arn for policy in role.policies if policy.arn is not None}
        since = self._last.on if self._last is not None else date.min
        days = (
            change.time.date()
            for change in self._changes
            if change.account in (None, self._proposal.account)
            and (change.role_name == role.name or (change.role_name is None and change.policy in arns))
            and change.time.date() >= since
        )
        return min(days, default=None)

    def _grants(self) -> dict[str, Any]:
        unused = _unused_since(self._row)
        held = {(v.policy, v.action) for v in self._proposal.verdicts}
        gone = Counter((self._day - day).days for key, day in unused.items() if key not in held)
        return {
            "revoked": [{"days": days, "grants": grants} for days, grants in sorted(gone.items())],
            "verdicts": list(_groups(self._proposal.verdicts, unused, self._day)),
        }


def _parts(role: Role, statements: Set[tuple[str, int]]) -> Iterator[tuple[str, Policy]]:
    """A role's policies without the Allow statements that are not among those of some policies."""
    for held in role.policies:
        left = tuple(s for s in held.policy.statements if not s.is_allow or (held.name, s.index) in statements)
        if left:
            yield held.name, policy_of(left, version=held.policy.version)


def _groups(
    verdicts: Sequence[GrantVerdict], unused: Mapping[tuple[str, str], date], day: date
) -> Iterator[dict[str, Any]]:
    """The grants of a role, those of one statement with the same verdict together."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for v in verdicts:
        since = unused.get((v.policy, v.action), day) if v.verdict is Verdict.UNUSED else None
        groups.setdefault((v.policy, v.statement, v.sid, v.verdict.value, bool(v.kept), since), []).append(v.action)
    for (policy, statement, sid, verdict, is_kept, since), actions in groups.items():
        yield {
            "policy": policy,
            "statement": statement,
            "sid": sid,
            "verdict": verdict,
            "is_kept": is_kept,
            "unused_since": since,
            "actions": actions,
        }


def _unused_since(row: Row | None) -> dict[tuple[str, str], date]:
    """Policy and action of the grants that a row calls unused → since when they are called so."""
    groups = row["verdicts"] if row is not None else ()
    return {
        (group["policy"], action): group["unused_since"]
        for group in groups
        if group["unused_since"] is not None
        for action in group["actions"]
    }


def _gone(row: Row, proposal: Proposal) -> Row:
    """The row of a role that is in force no more: all that it was granted in vain is revoked."""
    day = proposal.window.until
    since: Counter[int] = Counter((day - first).days for first in _unused_since(row).values())
    counts = dict.fromkeys(("granted", "used", "unused", "not_observable", "too_new", "removed"), 0)
    return {
        **{name: row[name] for name in ("account", "role", "role_arn")},
        **counts,
        "since": proposal.window.since,
        "until": day,
        "status": GONE,
        "in_force": [],
        "pending": [],
        "is_merged": False,
        "drift": DriftKind.ROLE_GONE,
        "drift_reason": f"it was in force on {row['until']}",
        "drift_since": day,
        "revoked": [{"days": days, "grants": grants} for days, grants in sorted(since.items())],
        "verdicts": [],
    }


def _headline(proposal: Proposal) -> dict[str, Any]:
    return {
        "account": proposal.account,
        "role": proposal.role.name,
        "role_arn": proposal.role_arn,
        "status": proposal.status.value,
        "since": proposal.window.since,
        "until": proposal.window.until,
        "granted": len(proposal.verdicts),
        "used": proposal.count(*_SEEN),
        "unused": proposal.count(Verdict.UNUSED),
        "not_observable": proposal.count(Verdict.NOT_OBSERVABLE),
        "too_new": proposal.count(Verdict.TOO_NEW),
        "removed": sum(not v.kept for v in proposal.verdicts) if proposal.is_emitted else 0,
    }


def _proposed(proposal: Proposal) -> Texts | None:
    """All policies of the role after the proposal; None where nothing in force is to change."""
    if not proposal.is_emitted or not proposal.role.policies:
        return None
    return policy_texts(named_policies_after(proposal))


def _is_in_force(proposal: Proposal) -> bool:
    """Whether the state in force has the role; what the log alone has is not known to have policies."""
    known_by_log = proposal.status in {Status.GENERATED, Status.EXPLAINED, Status.EXCLUDED}
    return bool(proposal.role.policies) or not known_by_log


def _was_in_force(row: Row) -> bool:
    known_by_log = row["status"] in {GONE, Status.GENERATED, Status.EXPLAINED, Status.EXCLUDED}
    return bool(row["in_force"]) or not known_by_log


def _texts(values: Sequence[Mapping[str, str]] | None) -> Texts | None:
    return None if values is None else tuple(PolicyText(name=one["name"], text=one["text"]) for one in values)


def _texts_json(texts: Texts) -> list[dict[str, str]]:
    return [{"name": one.name, "sha256": one.sha256, "text": one.text} for one in texts]


def _key(proposal: Proposal) -> RoleKey:
    return (proposal.account or "", proposal.role.name)
