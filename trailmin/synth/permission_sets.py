"""What is different for a permission set: it grants in several accounts, and has one inline policy.

Its inline and AWS-managed policies are the same in all accounts and are judged by the use of all of them. What it
refers to by name is another policy in each account: it is judged by the use there, and stays attached or goes.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from trailmin.catalog import Catalog
from trailmin.current import PolicyInForce, PolicyKind, Role
from trailmin.policy import Policy, parse_policy
from trailmin.synth.assign import Assignment, StatementKey, assign_uses
from trailmin.synth.check import prove
from trailmin.synth.grants import StatementInForce
from trailmin.synth.guards import thin_evidence
from trailmin.synth.match_roles import AccountPart, Match
from trailmin.synth.model import ChangeKind, Options, PolicyChange, ProofResult, ReplayResult, Window
from trailmin.synth.replay import replay, together
from trailmin.synth.tighten import Tightened
from trailmin.usage import Coverage, Use

INLINE_POLICY_BYTES = 32_768
"""The longest inline policy of a permission set, white space included; without it, the quota of a role's holds.

Source: IAM Identity Center User Guide, "Permission set quotas"; API reference, PutInlinePolicyToPermissionSet.
"""


def assign_parts(parts: Sequence[AccountPart], statements: Sequence[StatementInForce], catalog: Catalog) -> Assignment:
    """Assign the uses of each account to statements that are in force there."""
    kept: dict[StatementKey, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    elsewhere: dict[StatementKey, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    ungranted: list[Use] = []
    for part in parts:
        held = [ref for ref in statements if any(ref.policy is policy for policy in part.policies)]
        found = assign_uses(part.usage.uses if part.usage is not None else (), held, catalog)
        _add(kept, found.kept)
        _add(elsewhere, found.elsewhere)
        ungranted += found.ungranted
    return Assignment(kept=_told(kept), elsewhere=_told(elsewhere), ungranted=tuple(ungranted))


_Found = dict[StatementKey, dict[str, list[Use]]]


def _add(found: _Found, more: Mapping[StatementKey, Mapping[str, Sequence[Use]]]) -> None:
    for key, by_action in more.items():
        for action, uses in by_action.items():
            found[key][action] += uses


def _told(found: _Found) -> dict[StatementKey, dict[str, tuple[Use, ...]]]:
    return {key: {action: tuple(uses) for action, uses in by_action.items()} for key, by_action in found.items()}


def thin_evidence_of(match: Match, window: Window, coverage: Coverage, options: Options) -> str | None:
    """Return why nothing of a role or permission set should be removed, as one clause; see `thin_evidence`.

    A permission set rests on the logs of every account that it is provisioned in, and so on knowing which those are.
    """
    one = match.role.permission_set
    if one is not None and one.accounts is None:
        return (
            "it is not known in which accounts the permission set is provisioned; "
            "permission-sets.json tells (trailmin snapshot take)"
        )
    accounts = one.accounts if one is not None and one.accounts is not None else (match.account or "",)
    known = {account: logs.dates for account in accounts if (logs := coverage.accounts.get(account)) is not None}
    dates = {account: known.get(account, frozenset()) for account in accounts}
    if not dates:
        return "the permission set is provisioned in no account"
    least = min(dates, key=lambda account: len(dates[account]))
    active = match.usage.active_dates if match.usage is not None else ()
    thin = thin_evidence(window, dates[least], active, options)
    return thin.replace("of the account", f"of account {least}") if thin is not None and one is not None else thin


def whole_in_set(match: Match, texts: Sequence[Tightened]) -> tuple[tuple[Tightened, ...], tuple[str, ...]]:
    """Return what becomes of a permission set's policies, with those as they are that cannot change so; with notes.

    A policy that it refers to by name goes from all accounts or stays in all, and stays where the text of one is not
    known. What stands in for an AWS-managed one goes into the inline policy, which has one Version.
    """
    inlines = [t.before for t in texts if t.before.kind is PolicyKind.INLINE]
    if len(inlines) > 1:
        note = f"it stays as it is: {len(inlines)} places say what its one inline policy is"
        return tuple(Tightened(before=t.before, text=t.before.text, plans=()) for t in texts), (note,)
    inline = inlines[0] if inlines else None
    first = inline or next((t.before for t in texts if _is_replaced(t)), None)
    found: list[Tightened] = []
    notes: dict[str, None] = {}
    for one in texts:
        if (
            one.before.kind is PolicyKind.CUSTOMER_MANAGED
            and one.is_changed
            and not _goes_everywhere(one, match, texts)
        ):
            notes[f"{one.before.name} stays as it is: the permission set refers to it by its name"] = None
        elif _is_replaced(one) and first is not None and one.before.policy.version != first.policy.version:
            notes[f"{one.before.name} stays as it is: its Version is not that of {first.name}"] = None
        else:
            found.append(one)
            continue
        found.append(Tightened(before=one.before, text=one.before.text, plans=()))
    return tuple(found), tuple(notes)


def _is_replaced(one: Tightened) -> bool:
    return one.before.kind is PolicyKind.AWS_MANAGED and one.is_changed and one.text is not None


def _goes_everywhere(one: Tightened, match: Match, texts: Sequence[Tightened]) -> bool:
    """Whether nothing is left of a policy in any account; where its text is not known, it may be all that is used."""
    copies = [t for t in texts if reference_of(t.before) == reference_of(one.before)]
    is_known = {part.account for part in match.parts} <= {t.before.account for t in copies}
    return is_known and all(t.text is None for t in copies)


def reference_of(policy: PolicyInForce) -> tuple[str, str] | None:
    """Return path and name by which a permission set refers to a customer-managed policy; None for any other policy."""
    if policy.kind is not PolicyKind.CUSTOMER_MANAGED:
        return None
    path = (policy.arn or "").partition(":policy")[2].rpartition("/")[0]
    return (f"{path}/", policy.name)


def inline_policy_after(role: Role, changes: Sequence[PolicyChange]) -> str | None:
    """Return the text of a permission set's inline policy after some changes; None where it then has none.

    It takes in what stands in for AWS-managed policies. White space goes where there is too much of it.
    """
    own = next((policy.text for policy in role.policies if policy.kind is PolicyKind.INLINE), None)
    added: list[str] = []
    for change in changes:
        if change.kind is ChangeKind.DELETE_INLINE or (change.kind is ChangeKind.PUT_INLINE and not change.replaces):
            own = change.new_text
        elif change.replaces is not None and change.new_text is not None:
            added.append(change.new_text)
    pieces = [*([own] if own is not None else []), *added]
    if not pieces:
        return None
    text = pieces[0] if len(pieces) == 1 else _joined(pieces)
    if len(text.encode("utf-8")) <= INLINE_POLICY_BYTES:
        return text
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


def _joined(texts: Sequence[str]) -> str:
    """One document with the statements of several, the Sids of later ones told apart."""
    documents = [json.loads(text) for text in texts]
    found = [one["Statement"] for one in documents]
    statements = [statement for one in found for statement in (one if isinstance(one, list) else [one])]
    taken: set[str] = set()
    for at, statement in enumerate(statements):
        if (sid := statement.get("Sid")) is not None:
            names = (sid, *(f"{sid}{number}" for number in range(2, len(statements) + 2)))
            own = next(name for name in names if name not in taken)
            taken.add(own)
            statements[at] = {**statement, "Sid": own}
    return json.dumps({**documents[0], "Statement": statements}, indent=2, ensure_ascii=False) + "\n"


def check_set(
    match: Match, texts: Sequence[Tightened], changes: Sequence[PolicyChange], catalog: Catalog
) -> tuple[ProofResult, ReplayResult]:
    """Return whether a permission set grants nothing more in any account, and whether all that worked there still does.

    What is checked is the inline policy as it is put, beside what stays attached.
    """
    text = inline_policy_after(match.role, changes)
    inline = [parse_policy(text)] if text is not None else []
    stay = [t.before for t in texts if t.before.kind is not PolicyKind.INLINE and not t.is_changed]
    proofs: dict[tuple[tuple[Policy, ...], tuple[Policy, ...]], ProofResult] = {}
    replays: list[ReplayResult] = []
    for part in match.parts:
        old = [policy.policy for policy in part.policies]
        new = [*inline, *(policy.policy for policy in stay if any(policy is held for held in part.policies))]
        key = (tuple(new), tuple(old))
        if key not in proofs:
            proofs[key] = prove(new, old)
        replays.append(replay(part.usage.uses if part.usage is not None else (), old, new, catalog))
    return _weakest_proof(proofs.values()), together(replays)


def _weakest_proof(proofs: Iterable[ProofResult]) -> ProofResult:
    found = list(proofs)
    if not found:
        return ProofResult(proven=False, method="", reason="it is provisioned in no account")
    return next((one for one in found if not one.proven), max(found, key=lambda one: one.method))
