"""One world from its seed to its scores."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.quality.deciders import ActionDecider, ListDecider
from bench.quality.grid import grid_of
from bench.quality.judge import Held, Score, add_score, hold_out, is_proposed, proposed
from bench.quality.workload.draw import draw_world
from bench.quality.workload.model import Call, World
from bench.quality.workload.write import is_shown, write_days, write_snapshots
from trailmin.current import load_current
from trailmin.engine import open_engine
from trailmin.job import propose_from_lake
from trailmin.lake import Lake, ingest
from trailmin.synth import Options, Proposal
from trailmin.trail.sources import open_source

DEFAULT_LEVEL = Options().resources
LEVELS = tuple(dict.fromkeys(("exact", DEFAULT_LEVEL, "parent")))
OLD, REPLAY, ACTIONS = "old policy", "exact replay", "used actions, *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The scores after one window of one world."""

    seed: int
    roles: int
    days: int
    """Of training."""
    events: int
    """In the log."""
    with_evidence: int
    scores: Mapping[str, Score]
    proposed: Mapping[str, int]
    """Level to the number of roles with enough evidence for which there is a proposal."""
    statuses: Mapping[str, Counter[tuple[str, bool]]]
    """Level to the number of roles by status and by whether there is enough evidence."""
    failed_checks: int
    """Proposals of any level that were not proven or whose replay lost a call."""


def run_trial(seed: int, roles: int, windows: tuple[int, ...], levels: tuple[str, ...] = LEVELS) -> tuple[Result, ...]:
    """Draw a world, and for each window ingest its first days, propose, and judge by the days that follow.

    Args:
        seed: of the world.
        roles: how many.
        windows: days of training, ascending.
        levels: at which to propose.
    """
    world = draw_world(seed, roles)
    results = []
    with tempfile.TemporaryDirectory(prefix="trailmin-quality-") as scratch:
        folder = Path(scratch)
        write_snapshots(world, folder / "snapshots")
        done = events = 0
        for days in windows:
            trail = folder / f"trail-{days}"
            events += write_days(world, trail, done, days)
            results.append(_judge(world, folder, trail, days, events, levels))
            done = days
    return tuple(results)


def _judge(world: World, folder: Path, trail: Path, days: int, events: int, levels: tuple[str, ...]) -> Result:
    lake = Lake.create(folder / "lake")
    ingest([open_source(str(trail))], lake, engine=open_engine(1))
    state = load_current([folder / "snapshots"])
    held = _held(world, days)
    judged = [h for h in held if h.has_evidence]
    scores = {name: Score() for name in (OLD, REPLAY, ACTIONS, *levels)}
    for one in judged:
        add_score(scores[OLD], one, one.old)
        add_score(scores[REPLAY], one, ListDecider(one.seen, one.old))
        add_score(scores[ACTIONS], one, ActionDecider(one.seen, one.old))
    count, statuses, failed = dict[str, int](), dict[str, Counter[tuple[str, bool]]](), 0
    for level in levels:
        proposals = {p.role.arn: p for p in propose_from_lake(lake, state, options_at(level), confidence=False)}
        for one in judged:
            proposal = proposals.get(one.role.arn)
            add_score(scores[level], one, proposed(one.role, proposal, one.old), proposal)
        count[level] = sum(is_proposed(proposals.get(one.role.arn)) for one in judged)
        statuses[level] = Counter((proposals[h.role.arn].status.value, h.has_evidence) for h in held)
        failed += sum(has_failed(p) for p in proposals.values())
    return Result(
        seed=world.seed,
        roles=len(world.roles),
        days=days,
        events=events,
        with_evidence=len(judged),
        scores=scores,
        proposed=count,
        statuses=statuses,
        failed_checks=failed,
    )


def options_at(level: str) -> Options:
    """Return the default options but for the level."""
    given: dict[str, Any] = {"resources": level}
    return Options(**given)


def has_failed(proposal: Proposal) -> bool:
    """Whether a proposal was made that is not proven, or whose replay lost a call."""
    proof, replay = proposal.proof, proposal.replay
    return (proof is not None and not proof.proven) or (replay is not None and not replay.passed)


def _held(world: World, days: int) -> list[Held]:
    until = world.start + timedelta(days=days)
    before: list[list[Call]] = [[] for _ in world.roles]
    later: list[list[Call]] = [[] for _ in world.roles]
    for call in world.calls:
        if call.moment.date() >= until:
            later[call.role].append(call)
        elif is_shown(call, world.roles[call.role]):
            before[call.role].append(call)
    grids = {account.number: grid_of(account) for account in world.accounts}
    window = (world.start, until - timedelta(days=1))
    return [
        hold_out(role, grids[role.account.number], before[n], later[n], window) for n, role in enumerate(world.roles)
    ]
