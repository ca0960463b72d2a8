"""State files as Terraform keeps them say the same as `terraform show -json`."""

import json
from pathlib import Path
from typing import Any

from trailmin.current.iac.terraform.states import parse_state, states_beside

ACCOUNT = "111122223333"


def shown(resource: dict[str, Any], instance: dict[str, Any]) -> dict[str, Any]:
    """A resource of a state file as `terraform show -json` lists it."""
    key = instance.get("index_key")
    start = "data." if resource["mode"] == "data" else ""
    module = f"{resource['module']}." if "module" in resource else ""
    index = "" if key is None else f"[{json.dumps(key)}]"
    address = f"{module}{start}{resource['type']}.{resource['name']}{index}"
    return {**resource, "address": address, "values": instance["attributes"]}


RESOURCES: list[dict[str, Any]] = [
    {
        "mode": "managed",
        "type": "aws_iam_role",
        "name": "worker",
        "instances": [
            {
                "index_key": key,
                "attributes": {"name": f"worker-{key}", "arn": f"arn:aws:iam::{ACCOUNT}:role/worker-{key}"},
            }
            for key in ("a", 'b"')
        ],
    },
    {
        "mode": "managed",
        "type": "aws_db_instance",
        "name": "main",
        "instances": [
            {
                "index_key": 0,
                "attributes": {
                    "arn": f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:main",
                    "password": "hunter2",
                    "port": 5432,
                },
            }
        ],
    },
    {
        "mode": "data",
        "type": "aws_caller_identity",
        "name": "current",
        "instances": [{"attributes": {"account_id": ACCOUNT}}],
    },
    {
        "module": "module.queue",
        "mode": "managed",
        "type": "aws_sqs_queue",
        "name": "jobs",
        "instances": [{"attributes": {"arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs", "name": "jobs"}}],
    },
]


def raw(resources: list[dict[str, Any]], lineage: str = "one") -> str:
    return json.dumps(
        {
            "version": 4,
            "terraform_version": "1.9.5",
            "serial": 3,
            "lineage": lineage,
            "outputs": {},
            "resources": resources,
        }
    )


def test_a_state_file_reads_as_what_terraform_shows_of_it() -> None:
    listed = [shown(resource, instance) for resource in RESOURCES for instance in resource["instances"]]
    root: dict[str, Any] = {
        "resources": [one for one in listed if "module" not in one],
        "child_modules": [{"address": "module.queue", "resources": [one for one in listed if "module" in one]}],
    }
    show = {"format_version": "1.0", "terraform_version": "1.9.5", "values": {"root_module": root}}
    found = parse_state(raw(RESOURCES))
    assert found is not None
    assert found == parse_state(json.dumps(show))
    assert found.modules[""]['aws_iam_role.worker["b\\""].name'] == 'worker-b"'
    assert found.modules["module.queue"]["AWS::AccountId"] == ACCOUNT


def test_secrets_and_what_is_about_to_be_destroyed_are_not_kept() -> None:
    gone = {"deposed": "0a1b2c3d", "attributes": {"arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:old"}}
    found = parse_state(raw([*RESOURCES, {**RESOURCES[3], "instances": [gone]}]))
    assert found is not None
    assert "hunter2" not in str(found)
    assert ":old" not in str(found)


def test_states_of_workspaces_are_deployments_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text(raw(RESOURCES))
    (tmp_path / "terraform.tfstate.backup").write_text(raw([]))
    workspace = tmp_path / "terraform.tfstate.d" / "prod"
    workspace.mkdir(parents=True)
    (workspace / "terraform.tfstate").write_text(raw(RESOURCES, "two").replace(ACCOUNT, "444455556666"))
    accounts = {state.modules[""]["AWS::AccountId"] for state in states_beside(tmp_path)}
    assert accounts == {ACCOUNT, "444455556666"}


def test_what_is_no_state_is_passed_over() -> None:
    for text in ("", "[]", "{}", '{"version": 3, "terraform_version": "0.11.0", "lineage": "x"}', raw([{"mode": 1}])):
        assert parse_state(text) is None
