"""The policies in examples/policies/ are those that trailmin proposes from its own calls, and the calls of a night,
made anew, need nothing else.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from tests.own_trail.jobs import EXAMPLES, FOLLOWER, FUNCTION, JOB, READERS, Job, follow_queue, recorded, run_task
from tests.own_trail.proposals import RECORDED, propose, write_logs
from tests.own_trail.world import ACCOUNTS, LAKE, LOGS, RESULTS
from trailmin.cli.app import build_app
from trailmin.policy import action_matches, resource_included_in_union

POLICIES = EXAMPLES / "policies"
MEND = "run `make job-policies`, and look at what it changes"
ROLES = {JOB, FUNCTION, FOLLOWER, *READERS}


def policy_of(role: str) -> Path:
    return POLICIES / role.split(":")[4] / f"{role.rpartition('/')[2]}.json"


def texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def statements(role: str) -> list[dict[str, Any]]:
    return list(json.loads(policy_of(role).read_text(encoding="utf-8"))["Statement"])


def grants(statements: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Action and resource of each Allow; that there is nothing else is asserted."""
    found = set[tuple[str, str]]()
    for one in statements:
        assert one.keys() - {"Sid"} == {"Effect", "Action", "Resource"}
        assert one["Effect"] == "Allow"
        found |= {(action, resource) for action in texts(one["Action"]) for resource in texts(one["Resource"])}
    return found


def authorizations(logs: Path) -> Iterator[tuple[str, str, str]]:
    """Role, action and resource of everything that was asked for and allowed."""
    for path in sorted(logs.rglob("*.json.gz")):
        shown = CliRunner().invoke(build_app(), ["explain", str(path), "--json"])
        assert shown.exit_code == 0, shown.stderr
        for line in map(json.loads, shown.stdout.splitlines()):
            if line["outcome"] == "denied":
                # To accounts that do not administer it, Identity Center refuses its permission sets.
                assert line["event_name"] == "ListPermissionSets", line
                continue
            assert line["outcome"] in {"allowed", "no_permission_needed"}, line
            assert line["unmapped"] is None, line
            for one in line["authorizations"]:
                yield from ((line["principal"], one["action"], resource) for resource in one["resources"])


def allows(role: str, action: str, resource: str) -> bool:
    matching = [s for s in statements(role) if any(action_matches(p, action) for p in texts(s["Action"]))]
    return resource_included_in_union(resource, [p for s in matching for p in texts(s["Resource"])]) is True


def test_the_policies_are_what_is_proposed_from_the_recorded_calls(tmp_path: Path) -> None:
    proposed = propose(RECORDED, tmp_path)
    kept = {
        path.relative_to(POLICIES).with_suffix("").as_posix(): path.read_text() for path in POLICIES.rglob("*.json")
    }
    assert proposed == kept, MEND
    assert {policy_of(role) for role in ROLES} == set(POLICIES.rglob("*.json"))


@pytest.mark.parametrize(("job", "roles"), [(run_task, {JOB, *READERS}), (follow_queue, {FOLLOWER})])
def test_a_night_asks_for_nothing_that_the_policies_do_not_allow(job: Job, roles: set[str], tmp_path: Path) -> None:
    write_logs(recorded(job, 1, tmp_path), tmp_path / "logs")
    asked = set(authorizations(tmp_path / "logs"))
    assert {role for role, _, _ in asked} == roles
    assert [one for one in sorted(asked) if not allows(*one)] == [], MEND


def test_every_recorded_call_is_allowed() -> None:
    asked = set(authorizations(RECORDED))
    assert {role for role, _, _ in asked} == ROLES
    assert [one for one in sorted(asked) if not allows(*one)] == []


@pytest.mark.parametrize("name", ["ecs", "lambda"])
def test_the_templates_roles_hold_just_that(name: str) -> None:
    text = (EXAMPLES / name / "template.yaml").read_text(encoding="utf-8")
    names = {"AWS::Partition": "aws", "TrailBucket": LOGS, "LakeBucket": LAKE, "ResultsBucket": RESULTS}
    names |= {"AWS::Region": "us-east-1", "AWS::AccountId": ACCOUNTS[0]}
    text = re.sub(r"\$\{([\w:]+)\}", lambda found: names[found[1]], text)
    text = text.replace("!Ref ReaderRoles", json.dumps(READERS))
    template = YAML(typ="safe").load(re.sub(r"!\w+ ", "", text))
    [role] = [
        one for one in template["Resources"].values() if "trailmin" in str(one.get("Properties", {}).get("Policies"))
    ]
    [policy] = role["Properties"]["Policies"]
    # What Lambda itself writes its log with.
    held = [one for one in policy["PolicyDocument"]["Statement"] if one["Sid"] != "WriteLogs"]
    assert grants(held) == grants(statements(FUNCTION))
