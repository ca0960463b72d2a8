import re
from dataclasses import replace

from tests.synth.situation import (
    MANAGEMENT_ONLY,
    allow,
    coverage_of,
    document,
    granted,
    inline,
    proposal_for,
    statements_of,
    text_of,
    use,
)
from trailmin.policy import action_matches, parse_policy

OBJECT = "arn:aws:s3:::photos/a.jpg"
DENY = """    {
      "Sid": "Never",   "Effect": "Deny",
      "Action": ["s3:*"], "Resource": "*",
      "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    }"""


def test_a_deny_is_copied_byte_for_byte() -> None:
    text = document(allow("s3:*")).replace("    }\n  ]", "    },\n" + DENY + "\n  ]")
    policy = replace(inline(allow("s3:*")), text=text, policy=parse_policy(text))
    found = proposal_for(policy, uses=[use("s3:GetObject", OBJECT)])
    assert found.changes
    assert DENY in str(text_of(found))


def test_conditions_sid_and_the_order_of_statements_and_keys_stay() -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    first = {"Effect": "Allow", "Resource": "*", "Condition": condition, "Sid": "A", "Action": ["s3:GetObject"]}
    found = proposal_for(
        inline(first, allow("s3:ListAllMyBuckets", Sid="B")),
        uses=[use("s3:GetObject", OBJECT), use("s3:ListAllMyBuckets")],
    )
    left = statements_of(found)
    assert [s["Sid"] for s in left] == ["A", "B"]
    assert list(left[0]) == ["Effect", "Resource", "Condition", "Sid", "Action"]
    assert left[0]["Condition"] == condition


def test_a_statement_that_splits_keeps_its_sid_on_the_first_part_and_others_get_free_ones() -> None:
    uses = [use("s3:GetObject", OBJECT), use("s3:ListBucket", "arn:aws:s3:::photos"), use("s3:CreateBucket", "*")]
    policy = inline(allow(["s3:GetObject", "s3:ListBucket"], Sid="S"), allow("sts:GetSessionToken", Sid="S2"))
    found = proposal_for(policy, uses=[*uses, use("sts:GetSessionToken")])
    sids = [s["Sid"] for s in statements_of(found)]
    assert sids[0] == "S"
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)


def test_actions_without_resources_keep_a_star_of_their_own() -> None:
    found = proposal_for(inline(allow("s3:*")), uses=[use("s3:ListAllMyBuckets"), use("s3:GetObject", OBJECT)])
    assert granted(found)["s3:ListAllMyBuckets"] == ["*"]
    assert granted(found)["s3:GetObject"] == [OBJECT]


def test_the_own_spelling_of_actions_stays_where_all_it_stands_for_stays() -> None:
    policy = inline(allow(["dynamodb:*Item", "dynamodb:CreateTable"], "arn:aws:dynamodb:us-east-1:1:table/T"))
    found = proposal_for(policy, uses=[use("s3:ListAllMyBuckets")], coverage=coverage_of(MANAGEMENT_ONLY))
    assert list(granted(found)) == ["dynamodb:*Item"]


def test_what_stays_unseen_is_written_as_wildcards_that_match_nothing_that_went() -> None:
    policy = inline(allow("dynamodb:*"))
    found = proposal_for(policy, uses=[use("s3:ListAllMyBuckets")], coverage=coverage_of(MANAGEMENT_ONLY))
    gone = [v.action for v in found.verdicts if not v.kept]
    patterns = list(granted(found))
    assert "dynamodb:CreateTable" in gone
    assert any("*" in p for p in patterns)
    assert not [a for a in gone if any(action_matches(p, a) for p in patterns)]


def test_widest_patterns_of_not_action_stay_clear_of_what_it_excludes() -> None:
    statement = {
        "Effect": "Allow",
        "NotAction": ["dynamodb:PutItem", "dynamodb:*Table"],
        "Resource": "arn:aws:dynamodb:*:*:*",
    }
    found = proposal_for(inline(statement), uses=[use("s3:ListAllMyBuckets")], coverage=coverage_of(MANAGEMENT_ONLY))
    patterns = list(granted(found))
    assert "dynamodb:GetItem" in patterns or any(action_matches(p, "dynamodb:GetItem") for p in patterns)
    assert not any(action_matches(p, "dynamodb:PutItem") for p in patterns)
