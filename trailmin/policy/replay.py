"""Is a request that the old policies allow still allowed by the new ones, whatever the unknown values are?

A condition whose outcome is not known is a free boolean, equal to textually equal ones only: what is shown for all
outcomes of these booleans holds for all values of the keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trailmin.policy import glob
from trailmin.policy.document import Effect, Policy
from trailmin.policy.evaluate import matching_statements
from trailmin.policy.match import resource_meet
from trailmin.policy.pattern import Pattern, resource_pattern
from trailmin.policy.request import Atom, Request, ResourceAtom, StatementRef, Term

ATOM_CAP = 12
"""Unknown conditions whose outcomes are all tried; with more, only the check by single statements is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """For every value of what is not known: where the old policies allow the request, the new ones do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The new policies may deny a request that the old ones allow."""

    reason: str
    allowed_by: StatementRef
    """The old statement that allows it."""
    denied_by: StatementRef | None
    """The new Deny that stops it; None where no new Allow matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotGranted:
    """No Allow of the old policies can match under any value: something else granted the call."""


StillAllowed: TypeAlias = Kept | Lost | NotGranted
_Terms: TypeAlias = list[tuple[StatementRef, Term]]


def still_allowed(old: Sequence[Policy], new: Sequence[Policy], request: Request) -> StillAllowed:
    """Whether old implies new at the request, for every value of the unknown keys and parts of the resource.

    Sound: `Kept` holds for all of them. `Lost` may be overcautious where unknown conditions depend on each other.
    """
    old_allows = matching_statements(old, request, Effect.ALLOW)
    if not old_allows:
        return NotGranted()
    cases = _Cases(
        request=request,
        old_allows=old_allows,
        old_denies=matching_statements(old, request, Effect.DENY),
        new_allows=matching_statements(new, request, Effect.ALLOW),
        new_denies=matching_statements(new, request, Effect.DENY),
    )
    lost = cases.lost_by_statement()
    if lost is None:
        return Kept()
    atoms = cases.atoms()
    if len(atoms) > ATOM_CAP:
        return lost
    return next(cases.lost_by_case(atoms), None) or Kept()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cases:
    request: Request
    old_allows: _Terms
    old_denies: _Terms
    new_allows: _Terms
    new_denies: _Terms

    def lost_by_statement(self) -> Lost | None:
        """A sufficient check: every old Allow implies a new one, every new Deny an old one; else what breaks that."""
        for ref, term in self.new_denies:
            if not any(self._implies(term, old) for _, old in self.old_denies):
                return self._lost(self.old_allows[0][0], ref, term)
        for ref, term in self.old_allows:
            if not any(self._implies(term, new) for _, new in self.new_allows):
                return self._lost(ref, None, term)
        return None

    def lost_by_case(self, atoms: list[Atom]) -> Iterator[Lost]:
        """Each combination of outcomes in which the old policies allow the request and the new ones do not."""
        masks = {id(term): _mask(term, atoms) for terms in self._all() for _, term in terms}
        implications = self._implications(atoms)

        def first(terms: _Terms, case: int) -> StatementRef | None:
            return next((ref for ref, term in terms if _holds(masks[id(term)], case)), None)

        for case in range(1 << len(atoms)):
            if any(case >> p & 1 and not case >> q & 1 for p, q in implications):
                continue
            allowed_by = first(self.old_allows, case)
            if allowed_by is None or first(self.old_denies, case) is not None:
                continue
            denied_by = first(self.new_denies, case)
            if denied_by is not None or first(self.new_allows, case) is None:
                yield self._lost(
                    allowed_by, denied_by, frozenset((atom, bool(case >> at & 1)) for at, atom in enumerate(atoms))
                )

    def atoms(self) -> list[Atom]:
        """The unknown conditions, in a fixed order."""
        found = {atom for terms in self._all() for _, term in terms for atom, _ in term}
        return sorted(found, key=lambda atom: atom.sort_key)

    def _all(self) -> tuple[_Terms, ...]:
        return (self.old_allows, self.old_denies, self.new_allows, self.new_denies)

    def _implies(self, term: Term, other: Term) -> bool:
        return all(self._entails(term, atom, wanted=wanted) for atom, wanted in other)

    def _entails(self, term: Term, atom: Atom, *, wanted: bool) -> bool:
        if (atom, wanted) in term:
            return True
        for held, outcome in term:
            if outcome is wanted:
                stronger, weaker = (held, atom) if wanted else (atom, held)
                if self._atom_implies(stronger, weaker):
                    return True
        return False

    def _implications(self, atoms: list[Atom]) -> list[tuple[int, int]]:
        pairs = ((p, q) for p in range(len(atoms)) for q in range(len(atoms)) if p != q)
        return [(p, q) for p, q in pairs if self._atom_implies(atoms[p], atoms[q])]

    def _atom_implies(self, p: Atom, q: Atom) -> bool:
        """Whether a resource of the request that is among those of `p` must be among those of `q`."""
        if not isinstance(p, ResourceAtom) or not isinstance(q, ResourceAtom):
            return p == q
        asked, union = resource_pattern(self.request.resource), tuple(q.patterns)
        return all(_met_is_within(asked, pattern, union) for pattern in p.patterns)

    def _lost(self, allowed_by: StatementRef, denied_by: StatementRef | None, term: Term) -> Lost:
        by = f"{denied_by} may deny it" if denied_by else "no new statement allows it"
        given = "; ".join(sorted(f"{atom} {'holds' if outcome else 'does not hold'}" for atom, outcome in term))
        return Lost(
            reason=f"{allowed_by} allows {self.request.action}, {by}" + (f", where {given}" if given else ""),
            allowed_by=allowed_by,
            denied_by=denied_by,
        )


def _met_is_within(asked: Pattern, pattern: Pattern, union: tuple[Pattern, ...]) -> bool:
    if glob.included_in_union(pattern, union):
        return True
    if resource_pattern(pattern.text) != pattern:
        # Of a policy whose `${…}` is plain text, which the text of a meet could not tell.
        return False
    met = resource_meet(asked, pattern)
    return met is None or bool(glob.included_in_union(resource_pattern(met), union))


def _mask(term: Term, atoms: list[Atom]) -> tuple[int, int]:
    positive = negative = 0
    for atom, wanted in term:
        bit = 1 << atoms.index(atom)
        positive, negative = (positive | bit, negative) if wanted else (positive, negative | bit)
    return positive, negative


def _holds(mask: tuple[int, int], case: int) -> bool:
    positive, negative = mask
    return case & positive == positive and not case & negative
