"""What becomes of one statement of a policy on a resource: who stays, under which conditions, with which actions.

Every part is the statement itself with fewer principals, fewer actions or more conditions, so that it is no broader.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, product

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
    actions: frozenset[str]
    """What they keep."""
    is_unseen: bool = False
    """Whether they keep it only because it need not have shown."""
    conditions: tuple[Condition, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What becomes of a statement."""

    parts: tuple[StatementSpec, ...]
    """None: the statement goes."""
    kept: dict[tuple[_Principal, str], tuple[str, ...]] = field(default_factory=dict)
    """Principal and action to who keeps the action in its place, as texts."""
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
    if not view.actions:
        return _as_it_is(view)
    staying = {p: frozenset(a for a, one in actions.items() if one.stays) for p, actions in judged.items()}
    kept = {p: tuple(_kept(view, p, judged[p], actions)) for p, actions in staying.items() if actions}
    if not kept:
        return Narrowed(parts=())
    every = [one for of_one in kept.values() for one in of_one]
    return Narrowed(
        parts=tuple(_parts(view, every)),
        kept={
            (principal, action): tuple(value for _, value in one.principals)
            for principal, of_one in kept.items()
            for one in of_one
            for action in one.actions
        },
        notes=tuple(note for one in every for note in one.notes),
    )


def _as_it_is(view: StatementView) -> Narrowed:
    return Narrowed(parts=(StatementSpec(sid=view.statement.sid),))


def _kept(
    view: StatementView, principal: _Principal, judged: dict[str, Standing], staying: frozenset[str]
) -> Iterator[Kept]:
    kind, value = principal
    as_it_is = Kept(principals=(principal,), actions=staying, conditions=_external_ids(view, principal))
    if kind == "Service":
        yield _service(view, principal, as_it_is)
    elif kind == "Federated":
        yield _federated(view, principal, as_it_is)
    elif value == "*" or (kind == "AWS" and is_whole_account(value)):
        yield from _wide(view, principal, judged, as_it_is)
    else:
        yield as_it_is


def _service(view: StatementView, principal: _Principal, as_it_is: Kept) -> Kept:
    """A service acts on behalf of the sources that are configured, and of no others, where all are known."""
    links = [link for link in view.facts.links if link.service == principal[1]]
    if links and principal[1] not in view.facts.linked_services:
        return replace(as_it_is, notes=(f"{principal[1]} stays as it is: not all of its configuration is known",))
    conditions: list[Condition] = []
    if links and not view.has_key("aws:sourcearn"):
        sources = tuple(sorted({link.source for link in links}))
        conditions.append(Condition(operator="ArnLike", key="aws:SourceArn", values=sources))
    # The ARN of a bucket does not tell whose it is, and its name can be taken by another account once it is deleted.
    without_account = [link for link in links if account_of(link.source) is None]
    if without_account and not view.has_key("aws:sourceaccount") and len(without_account) == len(links):
        accounts = tuple(sorted({link.account for link in links}))
        conditions.append(Condition(operator="StringEquals", key="aws:SourceAccount", values=accounts))
    if not conditions:
        return as_it_is
    note = f"{principal[1]} is tied to what the accounts that were read have configured: sources elsewhere are shut out"
    return replace(as_it_is, conditions=tuple(conditions), notes=(note,))


def _federated(view: StatementView, principal: _Principal, as_it_is: Kept) -> Kept:
    key = f"{provider_name(principal[1])}:sub"
    calls = [c for c in view.calls(principal) if c.kind is PrincipalKind.FEDERATED]
    subjects = {call.name for call in calls if call.name is not None}
    providers = [value for kind, value in view.principals if kind == "Federated"]
    if not view.facts.is_trust or not subjects or len(providers) > 1 or "oidc-provider/" not in principal[1]:
        return as_it_is
    patterns = generalise_subjects(subjects)
    held = {c.operator.lower(): c for c in view.statement.conditions if c.key.lower() == key.lower()}
    if not patterns or any(set(c.values) <= set(patterns) for c in held.values()):
        return as_it_is
    exact = not any("*" in pattern for pattern in patterns)
    operators = [*(["StringEquals"] if exact else []), "StringLike"]
    free = next((one for one in operators if one.lower() not in held), None)
    if free is None:
        return replace(as_it_is, notes=(f"{key} is tied by conditions that stay as they are",))
    return replace(as_it_is, conditions=(Condition(operator=free, key=key, values=patterns),))


def _wide(view: StatementView, principal: _Principal, judged: dict[str, Standing], as_it_is: Kept) -> Iterator[Kept]:
    """Everybody, or an account: those who were seen, for what nobody else can have done unseen."""
    if is_own_account(view, principal) and not view.facts.is_trust:
        yield as_it_is
        return
    unseen = {a: o.reason for a in sorted(as_it_is.actions) if not (o := view.observe(a)).full}
    if (objection := _objection(view, judged)) is not None or len(unseen) == len(as_it_is.actions):
        why = objection or f"its calls need not have shown ({next(iter(unseen.values()))})"
        yield replace(as_it_is, notes=(f"{principal[1]} stays: {why}",))
        return
    yield _seen(view, principal, replace(as_it_is, actions=as_it_is.actions.difference(unseen)))
    if unseen:
        why = f"calls of {len(unseen)} actions need not have shown ({next(iter(unseen.values()))})"
        note = f"{principal[1]} stays for what was not seen: {why}"
        yield replace(as_it_is, actions=frozenset(unseen), is_unseen=True, notes=(note,))


def _seen(view: StatementView, principal: _Principal, as_it_is: Kept) -> Kept:
    """Those who were seen, by name where there are not too many."""
    calls = [call for action in sorted(as_it_is.actions) for call in view.calls(principal, action)]
    callers = tuple(sorted({call.arn for call in calls if call.arn is not None}))
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


def _objection(view: StatementView, judged: dict[str, Standing]) -> str | None:
    """Why those who were seen cannot be named in the place of everybody."""
    if view.facts.too_new is not None:
        return view.facts.too_new
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


def _actions(view: StatementView, wanted: frozenset[str]) -> tuple[str, ...] | None:
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


def _parts(view: StatementView, kept: Iterable[Kept]) -> Iterator[StatementSpec]:
    """One part for each set of conditions to add: a condition for a service would shut others out.

    Principals under the same conditions keep the union of their actions, but for those that were split for the sake of
    what did not show. Of a function's policy each part is what one permission can say.
    """
    groups: dict[tuple[object, ...], list[Kept]] = {}
    for one in kept:
        groups.setdefault((one.conditions, one.is_unseen), []).append(one)
    specs = [_part(view, held) for held in groups.values()]
    if view.facts.policy.service == "lambda":
        specs = [single for spec in specs for single in _permissions(view, spec)]
    taken = {statement.sid for statement in view.facts.policy.policy.statements}
    for number, spec in enumerate(specs):
        yield replace(spec, sid=_sid(view.statement.sid, number, taken))


def _part(view: StatementView, held: Sequence[Kept]) -> StatementSpec:
    wanted = _element(dict.fromkeys(p for one in held for p in one.principals))
    return StatementSpec(
        sid=view.statement.sid,
        actions=_actions(view, frozenset(action for one in held for action in one.actions)),
        principals=wanted if wanted != view.statement.principals else None,
        add_conditions=held[0].conditions,
    )


def _permissions(view: StatementView, spec: StatementSpec) -> Iterator[StatementSpec]:
    """A permission names one principal, one action and one source.

    Source: Lambda API Reference, AddPermission.
    """
    principals = view.statement.principals if spec.principals is None else spec.principals
    named = [Principals(kind=group.kind, values=(value,)) for group in principals for value in group.values]
    actions = view.statement.actions if spec.actions is None else spec.actions
    tied = list(product(*([replace(c, values=(value,)) for value in c.values] for c in spec.add_conditions)))
    for one, action, conditions in product(named, actions, tied):
        yield replace(
            spec,
            principals=(one,) if (one,) != view.statement.principals else None,
            actions=(action,) if (action,) != view.statement.actions else None,
            add_conditions=conditions,
        )


def _element(principals: Iterable[_Principal]) -> tuple[Principals, ...]:
    kinds: dict[str, list[str]] = {}
    for kind, value in principals:
        kinds.setdefault(kind, []).append(value)
    if "*" in kinds:
        return (Principals(kind="*", values=("*",)),)
    return tuple(Principals(kind=kind, values=tuple(values)) for kind, values in kinds.items())


def _sid(sid: str | None, number: int, taken: set[str | None]) -> str | None:
    """The Sid of a part: the statement's own for the first, one that no other has for each that follows."""
    if sid is None or not number:
        return sid
    new = next(text for at in count(number + 1) if (text := f"{sid}{at}") not in taken)
    taken.add(new)
    return new
