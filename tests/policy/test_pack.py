from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.strategies import ACTIONS, CONTEXTS, RESOURCES, policies
from tests.policy.test_evaluate import policy
from trailmin.policy.document import Policy, policy_of
from trailmin.policy.evaluate import decide
from trailmin.policy.include import Proven
from trailmin.policy.inclusion import included
from trailmin.policy.match import action_included, action_matches
from trailmin.policy.pack import compress_actions, merge_statements
from trailmin.policy.request import Request

NAMES = [
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:ListBucket",
    "s3:PutObject",
    "sns:Publish",
    "sns:PublishBatch",
    "ec2:DescribeDBInstances",
    "ec2:DescribeDBClusters",
]


class Catalog:
    def expand(self, pattern: str) -> list[str]:
        return [name for name in NAMES if action_matches(pattern, name)]


def test_statements_that_differ_in_one_list_are_merged() -> None:
    found = policy(
        {"Sid": "A", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*"},
        {"Action": "s3:ListBucket"},
        {"Sid": "B", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"},
        {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*"},
    )
    merged = merge_statements(found.statements)
    assert [(one.sid, one.actions, one.resources) for one in merged] == [
        ("A", ("s3:GetObject", "s3:PutObject"), ("arn:aws:s3:::a/*", "arn:aws:s3:::b/*")),
        (None, ("s3:ListBucket",), ("*",)),
    ]


def test_statements_with_other_conditions_or_exceptions_stay_apart() -> None:
    mfa = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    found = policy({"Action": "s3:Get*"}, {"Action": "s3:Put*", **mfa}, {"NotAction": "iam:*"}, {"NotAction": "sts:*"})
    assert merge_statements(found.statements) == found.statements
    excepted = policy({"NotResource": "arn:aws:s3:::a"}, {"NotResource": "arn:aws:s3:::b"})
    assert merge_statements(excepted.statements) == excepted.statements


@settings(max_examples=2000)
@given(policies(5), st.lists(st.tuples(ACTIONS, RESOURCES, CONTEXTS), min_size=5, max_size=5))
def test_merging_changes_no_decision(
    found: Policy, requests: list[tuple[str, str, dict[str, tuple[str, ...]]]]
) -> None:
    merged = policy_of(merge_statements(found.statements), version=found.version)
    assert merge_statements(merged.statements) == merged.statements
    assert included([found], [merged]) == Proven() == included([merged], [found])
    for action, resource, context in requests:
        request = Request(action=action, resource=resource, context=context)
        assert decide([found], request).decision is decide([merged], request).decision


def test_wildcards_stand_at_words_and_match_only_what_is_kept() -> None:
    kept = {"s3:GetObject", "s3:GetObjectAcl", "s3:GetBucketPolicy", "sns:Publish", "sns:PublishBatch"}
    assert compress_actions(kept, Catalog(), ["*"]) == ("s3:GetBucketPolicy", "s3:GetObject*", "sns:*")
    assert compress_actions(kept, Catalog(), ["s3:Get*", "sns:Publish*"]) == (
        "s3:GetBucketPolicy",
        "s3:GetObject*",
        "sns:Publish*",
    )
    assert compress_actions({"ec2:DescribeDBInstances", "ec2:DescribeDBClusters"}, Catalog(), ["ec2:D*"]) == (
        "ec2:Describe*",
    )


def test_a_list_in_the_old_grant_never_becomes_a_wildcard_that_grants_future_actions() -> None:
    kept = {"s3:GetObject", "s3:GetObjectAcl"}
    assert compress_actions(kept, Catalog(), sorted(kept)) == ("s3:GetObject", "s3:GetObjectAcl")


def test_actions_that_the_catalog_does_not_know_stay_as_they_are() -> None:
    assert compress_actions({"new:DoThis", "new:DoThat", "s3:Unheard"}, Catalog(), ["*"]) == (
        "new:DoThat",
        "new:DoThis",
        "s3:Unheard",
    )


@given(
    st.sets(st.sampled_from(NAMES)), st.lists(st.sampled_from(["*", "s3:*", "s3:Get*", "sns:*", *NAMES]), max_size=3)
)
def test_compressed_actions_are_the_kept_ones_and_stay_inside(kept: set[str], inside: list[str]) -> None:
    compressed = compress_actions(kept, Catalog(), inside)
    assert {name for name in NAMES if any(action_matches(text, name) for text in compressed)} == kept
    assert len(compressed) <= len(kept)
    for text in compressed:
        assert text in kept or any(action_included(text, grant) for grant in inside)


def test_the_order_of_statements_decides_only_the_place_of_the_merged_one() -> None:
    found = policy({"Action": "s3:GetObject"}, {"Action": "s3:PutObject"}).statements
    turned = [replace(one, index=0) for one in reversed(found)]
    assert merge_statements(found) == merge_statements(turned)
