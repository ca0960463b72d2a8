import pytest

from tests.current.iac.terraform.module_of import module_of, value_of
from trailmin.current.iac.spelling import Hole, text_of
from trailmin.current.iac.terraform.references import known_prefixes
from trailmin.current.iac.terraform.values import Fields, Many, Scalar, Text, Unknown, known_value, pattern_of

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "shop-${var.stage}"\n}\nvariable "stage" {}\n'


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('"a-${local.x}"', "a-y"),
        ('join("-", ["a", local.x])', "a-y"),
        ('format("%s/%s", "a", local.x)', "a/y"),
        ('true ? "a" : "b"', "a"),
        ('local.x == "y" ? "a" : "b"', "a"),
        ('upper(lower("Ab"))', "AB"),
        ('{ a = "c" }.a', None),
        ('local.map["k"].v', "w"),
        ("local.list[1]", "two"),
        ("(local.x)", "y"),
        ("local.circle", None),
        ('[for a in ["x"] : a]', None),
        ("timestamp()", None),
    ],
)
def test_plain_expressions_are_known(expression: str, text: str | None) -> None:
    table = """locals {
      x = "y"
      list = ["one", "two"]
      map = { k = { v = "w" } }
      circle = local.circle
    }"""
    assert known_value(value_of(expression, table)) == text


@pytest.mark.parametrize(
    ("expression", "items"),
    [
        ('concat(["a"], local.l)', ["a", "b", "c"]),
        ('distinct(flatten([["a", "a"], "b"]))', ["a", "b"]),
        ('compact(["", "a", null])', ["a"]),
        ('toset(["a"])', ["a"]),
    ],
)
def test_lists_are_put_together(expression: str, items: list[str]) -> None:
    value = value_of(expression, 'locals {\n  l = ["b", "c"]\n}')
    assert isinstance(value, Many)
    assert [known_value(item) for item in value.items] == items


def test_objects_are_merged() -> None:
    assert value_of("merge({ a = 1 }, { a = 2, b = true })") == Fields(
        members={"a": Scalar(value=2), "b": Scalar(value=True)}
    )


def test_what_is_unknown_keeps_its_expression_and_what_is_known_around_it() -> None:
    value = value_of('"${aws_s3_bucket.b.arn}/in/*"', BUCKET)
    assert isinstance(value, Text)
    hole = value.spelling[0]
    assert isinstance(hole, Hole)
    assert hole.expression == "aws_s3_bucket.b.arn"
    assert text_of(value.spelling) == "arn:*:s3:::shop-*/in/*"
    assert value_of("var.stage", BUCKET) == Unknown(expression="var.stage")


def test_variables_and_the_deployment_make_it_known() -> None:
    value = value_of("aws_s3_bucket.b.arn", BUCKET, var__stage="prod")
    assert pattern_of(value) == "arn:*:s3:::shop-prod"
    module = module_of(BUCKET, **{"var.stage": "prod", "AWS::Region": "cn-north-1"})
    assert [(p.value, text_of(p.spelling)) for p in known_prefixes(module)] == [
        ("arn:aws-cn:s3:::shop-prod", "arn:aws-cn:s3:::shop-prod")
    ]


def test_what_the_state_has_goes_before_what_is_written() -> None:
    arn = "arn:aws:s3:::shop-real"
    assert known_value(value_of("aws_s3_bucket.b.arn", BUCKET, **{"aws_s3_bucket.b.arn": arn})) == arn


def test_the_caller_and_the_region_are_the_deployments() -> None:
    data = 'data "aws_caller_identity" "me" {}\ndata "aws_region" "here" {}\ndata "aws_partition" "p" {}\n'
    values = {"AWS::AccountId": "111122223333", "AWS::Region": "us-gov-west-1"}
    expression = (
        '"${data.aws_partition.p.partition}:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}"'
    )
    assert known_value(value_of(expression, data, **values)) == "aws-us-gov:us-gov-west-1:111122223333"
