"""Back-tests of an earlier run on the same input: a run with nothing new does not do them again.

They lie in the lake's folder, on this machine only, and may be deleted at any time. What decides them goes into a key:
the versions of the lake's tables, the window, the state in force, the options, the catalog's version and ours.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from trailmin import __version__
from trailmin.current import StateInForce
from trailmin.lake import Lake
from trailmin.synth.confidence import Backtest, Confidence
from trailmin.synth.model import Options, Proposal
from trailmin.usage.coverage import Coverage

NAME: Final = ".backtests.json"

_NOT_OURS: Final = (OSError, ValueError, KeyError, TypeError)


def key_of(lake: Lake, state: StateInForce, coverage: Coverage, options: Options) -> str:
    """Return what stands for all that decides the back-tests of a run: equal input, equal key."""
    known: dict[int, bytes] = {}
    program = (__version__, coverage.catalog.version)
    window = (coverage.since, coverage.until)
    return _digest((program, lake.table_versions(), window, options, state), known).hex()


def recall(lake: Lake, key: str, proposals: Sequence[Proposal]) -> tuple[Proposal, ...] | None:
    """Return the proposals with the confidence that an earlier run gave them; None where that is not known."""
    path = _path(lake)
    if path is None or not path.is_file():
        return None
    try:
        content = json.loads(path.read_bytes())
        if content["key"] != key:
            return None
        found = {(row["account"], row["role"]): _confidence(row["confidence"]) for row in content["roles"]}
        return tuple(replace(proposal, confidence=found[_name(proposal)]) for proposal in proposals)
    except _NOT_OURS:
        # Half a file, or one of another form: the back-tests are made again, and it is written anew.
        return None


def remember(lake: Lake, key: str, proposals: Sequence[Proposal]) -> None:
    """Keep the confidence of proposals for runs to come, in place of what was kept before."""
    path = _path(lake)
    if path is None:
        return
    roles = [
        {"account": account, "role": role, "confidence": asdict(p.confidence) if p.confidence else None}
        for p in proposals
        for account, role in (_name(p),)
    ]
    beside = path.with_name(f"{NAME}.{os.getpid()}")
    try:
        beside.write_text(json.dumps({"key": key, "roles": roles}, default=date.isoformat), encoding="utf-8")
        beside.replace(path)
    except OSError:
        # A lake that can only be read is no reason to fail: the next run takes longer, and that is all.
        return


def _path(lake: Lake) -> Path | None:
    return lake.local_path / NAME if lake.local_path is not None else None


def _name(proposal: Proposal) -> tuple[str, str]:
    return (proposal.account or "", proposal.role.name)


def _confidence(value: Mapping[str, Any] | None) -> Confidence | None:
    if value is None:
        return None
    days = {"since": date.fromisoformat(value["since"]), "until": date.fromisoformat(value["until"])}
    backtests = tuple(_backtest(one) for one in value["backtests"])
    saturation = tuple((date.fromisoformat(day), int(kinds)) for day, kinds in value["saturation"])
    return Confidence(**{**value, **days, "backtests": backtests, "saturation": saturation})


def _backtest(value: Mapping[str, Any]) -> Backtest:
    days = {name: date.fromisoformat(value[name]) for name in ("trained_since", "since", "until")}
    return Backtest(**{**value, **days, "denied_actions": tuple(value["denied_actions"])})


def _digest(value: object, known: dict[int, bytes]) -> bytes:
    """A hash of a value and all below it, whatever the order of sets; `known` has those of objects seen before."""
    if is_dataclass(value) and not isinstance(value, type):
        if id(value) not in known:
            parts = [_digest(getattr(value, field.name), known) for field in fields(value)]
            known[id(value)] = _hash(type(value).__qualname__, parts)
        return known[id(value)]
    if isinstance(value, Mapping):
        return _hash("mapping", sorted(_digest(key, known) + _digest(of, known) for key, of in value.items()))
    if isinstance(value, Set):
        return _hash("set", sorted(_digest(one, known) for one in value))
    if isinstance(value, list | tuple):
        return _hash("sequence", [_digest(one, known) for one in value])
    return _hash(type(value).__qualname__, [repr(value).encode("utf-8", "surrogatepass")])


def _hash(kind: str, parts: Sequence[bytes]) -> bytes:
    found = hashlib.sha256(kind.encode("utf-8"))
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.digest()
