"""The published trails, where they are at hand: every record explained, nothing outside the catalog."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.usage.reading import is_legal
from trailmin.catalog import load_catalog
from trailmin.trail import Event, events_of
from trailmin.usage.authorization import Outcome, Resolution
from trailmin.usage.resolver import Resolver

TRAILS = Path(__file__).resolve().parents[3] / "shared" / "real_trails"
CATALOG = load_catalog()

pytestmark = pytest.mark.skipif(not TRAILS.is_dir(), reason="../shared/real_trails is not there")


@pytest.fixture(scope="module")
def resolved() -> list[tuple[Event, Resolution]]:
    return list(_resolved())


def _resolved() -> Iterator[tuple[Event, Resolution]]:
    resolver = Resolver(CATALOG)
    for path in sorted(TRAILS.glob("*.json.gz")):
        for event in events_of(path.read_bytes(), path.name):
            assert isinstance(event, Event), event
            yield event, resolver.resolve(event)


def test_all_records_are_explained(resolved: list[tuple[Event, Resolution]]) -> None:
    assert len(resolved) == 4103


def test_every_action_exists_and_every_resource_is_legal(resolved: list[tuple[Event, Resolution]]) -> None:
    found = [one for _, resolution in resolved for one in resolution.authorizations]
    pairs = {(one.action, arn) for one in found for arn in one.resources}
    assert not [pair for pair in sorted(pairs) if not is_legal(CATALOG, *pair)]


def test_the_actions_of_every_call_are_known(resolved: list[tuple[Event, Resolution]]) -> None:
    assert not [(event.source, event.name) for event, resolution in resolved if resolution.unmapped]


def test_the_probing_role_was_denied_throughout(resolved: list[tuple[Event, Resolution]]) -> None:
    name = "stratus-red-team-ec2-get-password-data-role"
    outcomes = [r.outcome for e, r in resolved if e.principal.name == name]
    assert outcomes
    assert set(outcomes) == {Outcome.DENIED}


def test_failures_after_authorization_are_use(resolved: list[tuple[Event, Resolution]]) -> None:
    codes = {"ReplicationConfigurationNotFoundError", "NoSuchBucketPolicy", "NoSuchCORSConfiguration", "NoSuchTagSet"}
    assert {r.outcome for e, r in resolved if e.error_code in codes} == {Outcome.ALLOWED}
