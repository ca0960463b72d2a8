"""A world drawn from a seed: accounts, roles, their calls over 120 days."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from bench.quality.workload.kinds import KINDS, Kind
from bench.quality.workload.model import Activity, Call, DrawnAccount, DrawnRole, Workload, World, needs_of_activities
from bench.quality.workload.operations import FUNCTION, QUEUE, S3_OBJECT, TABLE, TOPIC
from bench.quality.workload.overbroad import hold
from bench.quality.workload.places import START, add_neighbours
from bench.quality.workload.visibility import DataSelection, Logging

DAYS = 120

_ALL_DATA = (
    S3_OBJECT,
    TABLE,
    QUEUE,
    TOPIC,
    FUNCTION,
    "AWS::S3::AccessPoint",
    "AWS::DynamoDB::Stream",
    "AWS::SNS::PlatformEndpoint",
)

WIDENED = 45
"""The day, from 0, on which some policies were widened: too new after 60 days, no more after 90."""


def draw_world(seed: int, roles: int) -> World:
    """Return a world; the same seed and size give the same one.

    Args:
        seed: of everything drawn.
        roles: how many; a sixth of them in each account.
    """
    rng = random.Random(f"world-{seed}")
    start = START.date()
    accounts = tuple(
        DrawnAccount(number=f"{(n + 1) * 111111111111}", region="eu-west-1" if n == 1 else "us-east-1", logging=logging)
        for n, logging in enumerate(_loggings(rng, start))
    )
    kinds = _kinds(rng, roles)
    drawn = tuple(_role(rng, kinds[n], n, accounts[n % len(accounts)], start) for n in range(roles))
    for account in accounts:
        add_neighbours(account, rng)
    calls = sorted(
        (c for index, role in enumerate(drawn) for c in _calls(seed, index, role, start)), key=lambda c: c.moment
    )
    return World(seed=seed, start=start, days=DAYS, accounts=accounts, roles=drawn, calls=tuple(calls))


def _loggings(rng: random.Random, start: date) -> tuple[Logging, ...]:
    """How six accounts log: all, all elsewhere, no data events, some of them, with holes, and nobody knows what."""
    every = tuple(DataSelection(resource_type=kind) for kind in _ALL_DATA)
    some = (
        DataSelection(resource_type=S3_OBJECT, only_writes=True),
        DataSelection(resource_type=S3_OBJECT, starts_with=("arn:aws:s3:::acme-etl",)),
        DataSelection(resource_type=TABLE),
    )
    holes = frozenset(start + timedelta(days=day) for day in (*rng.sample(range(60), 3), *rng.sample(range(60, 90), 1)))
    return (
        Logging(name="all data events", data=every),
        Logging(name="all data events, other region", data=every),
        Logging(name="no data events", data=()),
        Logging(name="some data events", data=some),
        Logging(name="all data events, days missing", data=every, holes=holes),
        Logging(name="all data events, selectors unknown", data=every, are_selectors_known=False),
    )


def _kinds(rng: random.Random, roles: int) -> list[Kind]:
    """As many of each kind as its share asks for, in any order."""
    total, upto, kinds = sum(KINDS.values()), 0, list[Kind]()
    for kind, share in KINDS.items():
        upto += share
        kinds += [kind] * (round(upto / total * roles) - len(kinds))
    rng.shuffle(kinds)
    return kinds


def _role(rng: random.Random, kind: Kind, number: int, account: DrawnAccount, start: date) -> DrawnRole:
    name = f"{kind.__name__.replace('_', '-')}-{number:03}"
    workload = kind(rng, name, account)
    needs = needs_of_activities(account, workload.activities)
    style, policies = hold(rng, needs, account.number, start + timedelta(days=WIDENED))
    return DrawnRole(name=name, account=account, workload=workload, needs=needs, policies=tuple(policies), style=style)


def _calls(seed: int, index: int, role: DrawnRole, start: date) -> Iterator[Call]:
    rng = random.Random(f"calls-{seed}-{role.name}")
    for day in (start + timedelta(days=n) for n in range(DAYS)):
        for moment in role.workload.runs(rng, day):
            yield from _run(rng, index, role, moment)


def _run(rng: random.Random, index: int, role: DrawnRole, start: datetime) -> Iterator[Call]:
    workload: Workload = role.workload
    session, moment = workload.session(rng, start), start
    for activity in workload.activities:
        if activity.on is not None and not activity.on(start.date()):
            continue
        for _ in range(_count(rng, activity.often)):
            moment = min(moment + timedelta(seconds=rng.randrange(1, 30)), _end_of(start))
            yield _call(rng, index, role, activity, moment, session)


def _call(rng: random.Random, index: int, role: DrawnRole, activity: Activity, moment: datetime, session: str) -> Call:
    varying = activity.draw(rng, moment) if activity.draw is not None else {}
    arguments = {**activity.fixed, **varying}
    needs = role.account.needs_of(activity.operation, arguments)
    error = activity.error
    if activity.is_denied:
        action, resource = needs[0].action, needs[0].resource
        user = f"arn:aws:sts::{role.account.number}:assumed-role/{role.name}/{session}"
        error = ("AccessDenied", f"User: {user} is not authorized to perform: {action} on resource: {resource}")
    return Call(moment, index, activity.operation, arguments, needs, error, activity.is_denied, session)


def _count(rng: random.Random, often: float) -> int:
    wanted = often * rng.uniform(0.6, 1.4) if often > 1 else often
    return int(wanted) + (rng.random() < wanted - int(wanted))


def _end_of(start: datetime) -> datetime:
    return datetime(start.year, start.month, start.day, 23, 59, 59, tzinfo=UTC)
