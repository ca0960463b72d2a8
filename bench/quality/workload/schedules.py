"""When workloads run: functions from a day to the moments at which a run starts."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

Schedule = Callable[[random.Random, date], list[datetime]]


def around_the_clock(per_day: float) -> Schedule:
    """Runs all day long, fewer at weekends."""

    def runs(rng: random.Random, day: date) -> list[datetime]:
        wanted = per_day * (0.4 if day.weekday() >= 5 else 1) * rng.uniform(0.6, 1.4)
        return sorted(_at(day, rng.uniform(0, 23.5)) for _ in range(max(1, round(wanted))))

    return runs


def every_night(hour: float) -> Schedule:
    """One run each night."""
    return lambda rng, day: [_at(day, hour + rng.uniform(0, 0.2))]


def on_day_of_month(number: int) -> Schedule:
    """One run a month."""
    return lambda rng, day: [_at(day, 4 + rng.uniform(0, 0.2))] if day.day == number else []


def office_days(chance: float, most: int) -> Schedule:
    """Up to `most` runs on a working day, with a chance of none."""

    def runs(rng: random.Random, day: date) -> list[datetime]:
        if day.weekday() >= 5 or rng.random() > chance:
            return []
        return sorted(_at(day, rng.uniform(8, 18)) for _ in range(rng.randint(1, most)))

    return runs


def is_first_of_month(day: date) -> bool:
    """Whether a month's closing runs."""
    return day.day == 1


def _at(day: date, hour: float) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(seconds=int(hour * 3600))
