import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.records import record, write_log
from trailmin.catalog import load_catalog
from trailmin.config import Config
from trailmin.current import AccountSnapshot, StateInForce
from trailmin.current.resource_policy import Organization
from trailmin.job import from_lake, run_job
from trailmin.lake import Lake
from trailmin.publish import known_backtests
from trailmin.publish.known_backtests import NAME, key_of, recall, remember
from trailmin.synth.model import Options, Proposal
from trailmin.usage.coverage import Coverage

FIRST = date(2026, 9, 1)
ACCOUNT = "111122223333"
TOPICS = f"arn:aws:sns:eu-west-1:{ACCOUNT}"


def config(tmp_path: Path) -> Config:
    policies = tmp_path / "policies" / ACCOUNT / "reader"
    policies.mkdir(parents=True)
    wide = {
        "Effect": "Allow",
        "Action": ["sns:GetTopicAttributes", "sns:GetDataProtectionPolicy"],
        "Resource": f"{TOPICS}:*",
    }
    (policies / "read.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [wide]}, indent=2))
    days = [FIRST + timedelta(days=number) for number in range(40)]
    write_log(tmp_path / "logs" / "a.json.gz", *(call(day) for day in days))
    return Config(
        path=tmp_path / "trailmin.toml",
        sources=(tmp_path / "logs",),
        workers=1,
        lake=tmp_path / "lake",
        current=(tmp_path / "policies",),
        output=tmp_path / "out",
        ignore_guards=True,
    )


def call(day: date, hour: int = 10) -> dict[str, object]:
    return record(
        eventID=f"{day}-{hour}",
        eventTime=f"{day}T{hour}:00:00Z",
        eventSource="sns.amazonaws.com",
        eventName="GetTopicAttributes",
        eventCategory="Management",
        requestParameters={"topicArn": f"{TOPICS}:orders"},
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def never(*_: object) -> tuple[Proposal, ...]:
    raise AssertionError("it was back-tested again")


@pytest.mark.parametrize("damage", [None, "", "[]", '{"key": 1}', '{"key": "K", "roles": [{}]}'])
def test_a_run_with_nothing_new_takes_over_its_backtests_and_writes_the_same_bytes(
    tmp_path: Path, damage: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = config(tmp_path)
    (tested,) = run_job(chosen).proposals
    assert tested.confidence is not None
    assert tested.confidence.backtests
    before, known = tree(tmp_path / "out"), tmp_path / "lake" / NAME
    kept = known.read_text()
    if damage is None:
        monkeypatch.setattr(from_lake, "back_test", never)
    else:
        known.write_text(damage.replace("K", json.loads(kept)["key"]))
    assert run_job(chosen).proposals == (tested,)
    assert tree(tmp_path / "out") == before
    assert known.read_text() == kept


def test_new_events_are_back_tested(tmp_path: Path) -> None:
    chosen = config(tmp_path)
    (first,) = run_job(chosen).proposals
    write_log(tmp_path / "logs" / "b.json.gz", call(date(2026, 10, 10), hour=11))
    (second,) = run_job(chosen).proposals
    assert first.confidence is not None
    assert second.confidence is not None
    assert second.confidence.calls == first.confidence.calls + 1


def test_other_options_another_window_or_another_state_are_another_key(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    coverage = Coverage(catalog=load_catalog(), since=FIRST, until=FIRST, accounts={})
    snapshot = AccountSnapshot(account=ACCOUNT)
    longer = replace(coverage, until=FIRST + timedelta(days=1))
    states = [StateInForce(), StateInForce(accounts={ACCOUNT: snapshot}), StateInForce(notes=("a note",))]
    keys = [key_of(lake, state, coverage, Options()) for state in states]
    keys += [key_of(lake, StateInForce(), longer, Options())]
    keys += [key_of(lake, StateInForce(), coverage, Options(minimum_days=31))]
    keys += [key_of(Lake.create(tmp_path / "other"), StateInForce(), coverage, Options())]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("order", [list, lambda accounts: list(reversed(accounts))])
def test_the_order_of_sets_and_mappings_makes_no_other_key(
    tmp_path: Path, order: Callable[[list[str]], list[str]]
) -> None:
    lake = Lake.create(tmp_path / "lake")
    coverage = Coverage(catalog=load_catalog(), since=FIRST, until=FIRST, accounts={})
    numbers = [f"{n:012}" for n in range(9)]

    def state(given: list[str]) -> StateInForce:
        organization = Organization(id="o-1", accounts=frozenset(given))
        return StateInForce(accounts={n: AccountSnapshot(account=n, organization=organization) for n in given})

    assert key_of(lake, state(order(numbers)), coverage, Options()) == key_of(lake, state(numbers), coverage, Options())


def test_roles_that_are_not_known_are_back_tested(tmp_path: Path) -> None:
    (tested,) = run_job(config(tmp_path)).proposals
    lake = Lake.open(tmp_path / "lake")
    remember(lake, "key", [tested])
    other = replace(tested, role=replace(tested.role, name="other"))
    assert recall(lake, "key", [replace(tested, confidence=None)]) == (tested,)
    assert recall(lake, "key", [other]) is None
    assert recall(lake, "another key", [tested]) is None


def test_a_lake_on_s3_keeps_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_backtests, "_path", lambda _: None)
    lake = Lake.create(tmp_path / "lake")
    remember(lake, "key", [])
    assert recall(lake, "key", []) is None
    assert not (tmp_path / "lake" / NAME).exists()
