"""What becomes of one statement of a policy on a resource: who stays, under which conditions, with which actions.

Every part is the statement itself with fewer principals, fewer actions or more conditions, so that it is no broader.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from trailmin.policy import Condition, Principals, StatementSpec, compress_actions
from trailmin.synth.access.calls import EXTERNAL_ID, provider_name
from trailmin.synth.access.judge import Standing, is_own_account
from trailmin.synth.access.subjects import generalise_subjects
from trailmin.synth.access.view import StatementView, account_of, is_whole_account
from trailmin.trail.event import PrincipalKind

MOST_NAMED = 20
"""Principals that take the place of `*` or of an account; beyond that the organization does, or nothing."""

_MOST_ACTIONS = 40
"""Actions that take the place of a wildcard."""

PIN_PREFIXES = ("NOREPO", "Keep")

_Principal = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stands in the place of one principal."""

    principals: tuple[_Principal, ...]
    conditions: tuple[Condition, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What becomes of a statement."""

    parts: tuple[StatementSpec, ...]
    """None: the statement goes."""
    kept: dict[_Principal, tuple[str, ...]] = field(default_factory=dict)
    """Principal to what stands in its place, as texts."""
    notes: tuple[str, ...] = ()


def untouched(view: StatementView) -> str | None:
    """Why a statement is left as it is; None where it may change."""
    statement = view.statement
    reasons = {
        "its Sid says to keep it": (statement.sid or "").startswith(PIN_PREFIXES),
        "it names who or what is left out": bool(statement.not_principals or statement.not_actions),
        "it names a canonical user, which no event names": any(kind == "CanonicalUser" for kind, _ in view.principals),
        "it names a single session": any(":assumed-role/" in value for _, value in view.principals),
        "it keeps the key manageable by its account": view.facts.policy.service == "kms"
        and any(is_own_account(view, one) for one in view.principals),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def narrow(view: StatementView, judged: dict[_Principal, dict[str, Standing]]) -> Narrowed:
    """Return what becomes of a statement that may change."""
    staying = {
        principal: [action for action, one in actions.items() if one.stays] for principal, actions in judged.items()
    }
    if not view.actions:
        return _as_it_is(view)
    kept = {p: _kept(view, p, judged[p], actions) for p, actions in staying.items() if actions}
    if not kept:
        return Narrowed(parts=())
    wanted = {action for actions in staying.values() for action in actions}
    return Narrowed(
        parts=tuple(_parts(view, kept.values(), _actions(view, wanted))),
        kept={p: tuple(value for _, value in one.principals) for p, one in kept.items()},
        notes=tuple(note for one in kept.values() for note in one.notes),
    )


def _as_it_is(view: StatementView) -> Narrowed:
    return Narrowed(parts=(StatementSpec(sid=view.statement.sid),), kept={p: (p[1],) for p in view.principals})


def _kept(view: StatementView, principal: _Principal, judged: dict[str, Standing], staying: Sequence[str]) -> Kept:
    kind, value = principal
    if kind == "Service":
        return _service(view, principal)
    if kind == "Federated":
        return _federated(view, principal)
    if value == "*" or (kind == "AWS" and is_whole_account(value)):
        return _wide(view, principal, judged, staying)
    return Kept(principals=(principal,), conditions=_external_ids(view, principal))


def _service(view: StatementView, principal: _Principal) -> Kept:
    """A service acts on behalf of the sources that are configured, and of no others."""
    links = [link for link in view.facts.links if link.service == principal[1]]
    conditions: list[Condition] = []
    if links and not view.has_key("aws:sourcearn"):
        sources = tuple(sorted({link.source for link in links}))
        conditions.append(Condition(operator="ArnLike", key="aws:SourceArn", values=sources))
    # The ARN of a bucket does not tell whose it is, and its name can be taken by another account once it is deleted.
    without_account = [link for link in links if account_of(link.source) is None]
    if without_account and not view.has_key("aws:sourceaccount") and len(without_account) == len(links):
        accounts = tuple(sorted({link.account for link in links}))
        conditions.append(Condition(operator="StringEquals", key="aws:SourceAccount", values=accounts))
    return Kept(principals=(principal,), conditions=tuple(conditions))


def _federated(view: StatementView, principal: _Principal) -> Kept:
    key = f"{provider_name(principal[1])}:sub"
    calls = [c for c in view.calls(principal) if c.kind is PrincipalKind.FEDERATED]
    subjects = {call.name for call in calls if call.name is not None}
    providers = [value for kind, value in view.principals if kind == "Federated"]
    if not view.facts.is_trust or not subjects or len(providers) > 1 or "oidc-provider/" not in principal[1]:
        return Kept(principals=(principal,))
    patterns = generalise_subjects(subjects)
    held = {c.operator.lower(): c for c in view.statement.conditions if c.key.lower() == key.lower()}
    if not patterns or any(set(c.values) <= set(patterns) for c in held.values()):
        return Kept(principals=(principal,))
    exact = not any("*" in pattern for pattern in patterns)
    operators = [*(["StringEquals"] if exact else []), "StringLike"]
    free = next((one for one in operators if one.lower() not in held), None)
    if free is None:
        return Kept(principals=(principal,), notes=(f"{key} is tied by conditions that stay as they are",))
    return Kept(principals=(principal,), conditions=(Condition(operator=free, key=key, values=patterns),))


def _wide(view: StatementView, principal: _Principal, judged: dict[str, Standing], staying: Sequence[str]) -> Kept:
    """Everybody, or an account: those who were seen, where nobody else can have been."""
    as_it_is = Kept(principals=(principal,), conditions=_external_ids(view, principal))
    if is_own_account(view, principal) and not view.facts.is_trust:
        return as_it_is
    if (objection := _objection(view, principal, judged, staying)) is not None:
        return replace(as_it_is, notes=(f"{principal[1]} stays: {objection}",))
    callers = tuple(sorted({call.arn for call in view.calls(principal) if call.arn is not None}))
    if is_own_account(view, principal):
        return _of_own_account(view, as_it_is, callers)
    if len(callers) > MOST_NAMED:
        return _of_organization(view, principal, as_it_is)
    return replace(as_it_is, principals=tuple(("AWS", caller) for caller in callers)) if callers else as_it_is


def _of_own_account(view: StatementView, as_it_is: Kept, callers: tuple[str, ...]) -> Kept:
    """Naming a role of the account itself would grant what now takes an identity policy as well: hence a condition."""
    if not callers or view.has_key("aws:principalarn") or len(callers) > MOST_NAMED:
        return as_it_is
    only = Condition(operator="ArnEquals", key="aws:PrincipalArn", values=callers)
    return replace(as_it_is, conditions=(*as_it_is.conditions, only))


def _of_organization(view: StatementView, principal: _Principal, as_it_is: Kept) -> Kept:
    organization = view.facts.organization
    accounts = {call.account for call in view.calls(principal)}
    known = organization.accounts if organization is not None else None
    if organization is None or known is None or not accounts <= known or view.has_key("aws:principalorgid"):
        note = f"{principal[1]} stays: more than {MOST_NAMED} principals use it, and no organization is known of all"
        return replace(as_it_is, notes=(note,))
    only = Condition(operator="StringEquals", key="aws:PrincipalOrgID", values=(organization.id,))
    return replace(as_it_is, conditions=(*as_it_is.conditions, only))


def _objection(
    view: StatementView, principal: _Principal, judged: dict[str, Standing], staying: Sequence[str]
) -> str | None:
    """Why those who were seen cannot be named in the place of everybody."""
    if view.facts.too_new is not None:
        return view.facts.too_new
    for action in staying:
        if not (observation := view.observe(action)).full:
            return f"{action} need not have shown ({observation.reason})"
    for call in (call for one in judged.values() for call in one.calls):
        if not call.is_named:
            return f"calls by {call.who} do not tell a principal that a policy can name"
        known = view.facts.roles.get(call.account or "")
        if call.kind is PrincipalKind.ROLE and known is not None and call.arn not in known:
            return f"{call.arn} is not there any more, so no policy can name it"
    return None


def _external_ids(view: StatementView, principal: _Principal) -> tuple[Condition, ...]:
    """The external ids that another account gave in every call."""
    account = account_of(principal[1])
    if not view.facts.is_trust or view.has_key(EXTERNAL_ID) or account in (None, view.facts.policy.account):
        return ()
    calls = [call for call in view.calls(principal) if call.action == "sts:AssumeRole"]
    given = {value for call in calls for value in call.context.get(EXTERNAL_ID, ())}
    if not calls or any(not call.context.get(EXTERNAL_ID) for call in calls) or len(given) > MOST_NAMED:
        return ()
    return (Condition(operator="StringEquals", key="sts:ExternalId", values=tuple(sorted(given))),)


def _actions(view: StatementView, wanted: set[str]) -> tuple[str, ...] | None:
    """The Action element; None where it stays as it is."""
    kept: list[str] = []
    for pattern in view.statement.actions:
        names = view.expanded(pattern)
        if not names or wanted.issuperset(names):
            kept.append(pattern)
            continue
        staying = frozenset(names) & wanted
        shorter = compress_actions(staying, view.facts.catalog, (pattern,)) if staying else ()
        kept += shorter if len(shorter) <= _MOST_ACTIONS else (pattern,)
    found = tuple(dict.fromkeys(kept))
    return None if found == view.statement.actions else found


def _parts(view: StatementView, kept: Iterable[Kept], actions: tuple[str, ...] | None) -> Iterator[StatementSpec]:
    """One part for each set of conditions to add: a condition for a service would shut others out."""
    groups: dict[tuple[Condition, ...], list[_Principal]] = {}
    for one in kept:
        held = groups.setdefault(one.conditions, [])
        held += [p for p in one.principals if p not in held]
    for number, (conditions, principals) in enumerate(groups.items()):
        wanted = _element(principals)
        yield StatementSpec(
            sid=_sid(view.statement.sid, number),
            actions=actions,
            principals=wanted if wanted != view.statement.principals else None,
            add_conditions=conditions,
        )


def _element(principals: Iterable[_Principal]) -> tuple[Principals, ...]:
    kinds: dict[str, list[str]] = {}
    for kind, value in principals:
        kinds.setdefault(kind, []).append(value)
    if "*" in kinds:
        return (Principals(kind="*", values=("*",)),)
    return tuple(Principals(kind=kind, values=tuple(values)) for kind, values in kinds.items())


def _sid(sid: str | None, number: int) -> str | None:
    return f"{sid}{number + 1}" if sid is not None and number else sid
