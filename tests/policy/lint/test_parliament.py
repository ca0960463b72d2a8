"""What trailmin proposes for the samples, by another linter: parliament finds nothing but what is listed here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trailmin.current import load_current
from trailmin.packaged import packaged_path
from trailmin.policy import DecisionKind, Request, decide
from trailmin.policy.match import NO_RESOURCE

GOLDEN = Path(__file__).parents[2] / "golden" / "samples"
SAMPLES = packaged_path("sample_logs")
KEPT_ON_STAR = "the grant in force is on `*` and the trail could not have shown its use, so it stays as it is"
STALE = "the action is younger than parliament's data"
ACCEPTED = {
    ("analytics-reader", "Analytics", "RESOURCE_STAR"): KEPT_ON_STAR,
    ("ci-deploy", "trailmin-AmazonS3FullAccess", "RESOURCE_STAR"): KEPT_ON_STAR,
    ("ledger-sync", "LedgerSync", "UNKNOWN_ACTION"): STALE,
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], object]:
    """By role, policy and issue: the detail."""
    folder = tmp_path_factory.mktemp("proposed")
    for path in sorted(GOLDEN.glob("*.json")):
        for name, document in json.loads(path.read_text(encoding="utf-8")).items():
            text = document if isinstance(document, str) else json.dumps(document)
            (folder / f"{path.stem}@{name}.json").write_text(text, encoding="utf-8")
    # Its imports warn of their own deprecations; it ends with 1 where it found something.
    command = [str(Path(sys.executable).with_name("parliament")), "--json", "--directory", str(folder)]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    found = [json.loads(line) for line in run.stdout.splitlines()]
    return {(*Path(one["location"]["filepath"]).stem.split("@"), one["issue"]): one["detail"] for one in found}


def test_parliament_finds_nothing_but_what_is_accepted(findings: dict[tuple[str, str, str], object]) -> None:
    assert set(findings) == set(ACCEPTED)


def test_what_is_kept_on_a_star_was_granted_on_a_star(findings: dict[tuple[str, str, str], object]) -> None:
    roles = {role.name: role for role in load_current([SAMPLES / "snapshots", SAMPLES / "policies"]).roles}
    for (role, _, issue), actions in findings.items():
        if issue != "RESOURCE_STAR":
            continue
        policies = [one.policy for one in roles[role].policies]
        assert isinstance(actions, list)
        for action in actions:
            on_everything = Request(action=action, resource=NO_RESOURCE, other_keys="absent")
            assert decide(policies, on_everything).decision is DecisionKind.ALLOWED, action
