"""Sids of statements that come together into one document, where each is one of its kind."""

from collections.abc import Iterable
from dataclasses import replace

from trailmin.current.iac.places import PolicyPlace
from trailmin.policy import Statement


def sids_of(policies: Iterable[PolicyPlace]) -> set[str]:
    """Return the Sids of some policies."""
    return {str(place.json["Sid"]) for policy in policies for place in policy.statements if "Sid" in place.json}


def apart(statements: Iterable[Statement], taken: Iterable[str]) -> tuple[Statement, ...]:
    """Return statements with a number behind those Sids that are taken, by others or by one before it."""
    known = set(taken)
    found: list[Statement] = []
    for statement in statements:
        sid = statement.sid
        if sid is not None:
            names = (sid, *(f"{sid}{number}" for number in range(2, len(known) + 3)))
            sid = next(name for name in names if name not in known)
            known.add(sid)
        found.append(replace(statement, sid=sid))
    return tuple(found)
