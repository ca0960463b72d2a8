"""Requests along the boundaries of policies: their own literals, neighbours of these, empty and missing values."""

import random
import re
from collections.abc import Iterator, Sequence

from trailmin.policy.context_keys import is_single_valued
from trailmin.policy.document import Policy, Statement
from trailmin.policy.pattern import escape_literal
from trailmin.policy.request import Request


def requests(policies: Sequence[Policy], seed: int, count: int) -> Iterator[Request]:
    rng = random.Random(seed)
    statements = [found for policy in policies for found in policy.statements]
    actions, resources = _actions(statements), _resources(statements)
    values = _values(statements)
    for _ in range(count):
        context = {key: chosen for key in values if (chosen := _chosen(rng, key, values[key])) is not None}
        resource = rng.choice(resources)
        literal = "*" if resource == "*" else escape_literal(resource)
        yield Request(action=rng.choice(actions), resource=literal, context=context, other_keys="absent")


def _chosen(rng: random.Random, key: str, values: Sequence[str]) -> tuple[str, ...] | None:
    number = rng.choice((0, 1, 1, 1) if is_single_valued(key) else (0, 1, 1, 2, 3))
    return tuple(rng.choice(values) for _ in range(number)) if number else None


def _spelled(text: str) -> Iterator[str]:
    plain = re.sub(r"\$\{[*?$]\}", lambda found: found[0][2], text)
    for star in ("", "x", "y/z", ":"):
        for one in ("x", "1"):
            yield re.sub(r"\$\{[^}]*\}", "bob", plain).replace("*", star).replace("?", one)


def _actions(statements: Sequence[Statement]) -> list[str]:
    found = {"new:Action"}
    for statement in statements:
        for text in (*statement.actions, *statement.not_actions):
            if text != "*":
                found |= {one for one in _spelled(text) if one.count(":") == 1}
                found.add(text.replace("*", "").replace("?", "x") + "Z")
    return sorted(found)


def _resources(statements: Sequence[Statement]) -> list[str]:
    found = {"*", "arn:aws:new:::x"}
    for statement in statements:
        for text in (*statement.resources, *statement.not_resources):
            found |= {one for one in _spelled(text) if one}
            found |= {one + "x" for one in _spelled(text) if one}
    return sorted(found)


def _values(statements: Sequence[Statement]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for statement in statements:
        for condition in statement.conditions:
            values = found.setdefault(condition.key, {"", "other"})
            for value in condition.values:
                values |= set(_neighbours(value))
    return {key: sorted(values) for key, values in sorted(found.items())}


def _neighbours(value: str) -> Iterator[str]:
    yield from _spelled(value)
    yield value.swapcase()
    yield value + "x"
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        yield from (str(float(value) + step) for step in (-1, -0.5, 0.5, 1))
    if found := re.fullmatch(r"(\d+)\.(\d+)\.(\d+)\.(\d+)(/\d+)?", value):
        first, second, third, _, _ = found.groups()
        yield from (f"{first}.{second}.{third}.{last}" for last in (0, 1, 127, 128, 255))
        yield from (f"{first}.{int(second) ^ 1}.{third}.1", "2001:db8::1")
    if re.match(r"\d{4}-", value):
        yield from (value.replace("2024", year) for year in ("2023", "2025"))
