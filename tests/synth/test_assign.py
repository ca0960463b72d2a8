import pytest

from tests.synth.situation import CATALOG, allow, aws_managed, inline, managed, use
from trailmin.current import PolicyInForce
from trailmin.synth.assign import Assignment, assign_uses
from trailmin.synth.grants import allow_statements
from trailmin.usage import Outcome, Use

OBJECT = "arn:aws:s3:::photos/a.jpg"
READ = use("s3:GetObject", OBJECT)
TLS = {"Bool": {"aws:SecureTransport": "true"}}
ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def assigned(*policies: PolicyInForce, uses: tuple[Use, ...] = (READ,)) -> Assignment:
    return assign_uses(uses, allow_statements(policies), CATALOG)


def keepers(found: Assignment) -> list[tuple[str, int]]:
    return sorted((name, index) for _, name, index in found.kept)


def test_one_of_several_unconditional_statements_keeps_a_use() -> None:
    found = assigned(inline(allow("*"), allow("s3:GetObject", "arn:aws:s3:::photos/*"), allow("s3:*")))
    assert keepers(found) == [("Access", 1)]
    assert sorted(index for _, _, index in found.elsewhere) == [0, 2]


def test_all_conditioned_statements_keep_a_use_that_only_they_can_have_granted() -> None:
    found = assigned(inline(allow("s3:*", Condition=TLS), allow("s3:GetObject", Condition=ORG)))
    assert keepers(found) == [("Access", 0), ("Access", 1)]
    assert not found.elsewhere


def test_beside_an_unconditional_statement_conditioned_ones_keep_nothing() -> None:
    found = assigned(inline(allow("s3:GetObject", OBJECT, Condition=TLS), allow("*")))
    assert keepers(found) == [("Access", 1)]


def test_an_own_policy_keeps_a_use_before_a_shared_and_an_aws_managed_one() -> None:
    theirs = aws_managed(allow("s3:GetObject", OBJECT))
    shared = managed(allow("s3:Get*", "arn:aws:s3:::photos/*"))
    assert keepers(assigned(theirs, shared, inline(allow("*")))) == [("Access", 0)]
    assert keepers(assigned(theirs, shared)) == [(shared.arn, 0)]


def test_a_denied_use_is_passed_over() -> None:
    found = assigned(inline(allow("*")), uses=(use("s3:GetObject", OBJECT, outcome=Outcome.DENIED),))
    assert (dict(found.kept), found.ungranted) == ({}, ())


@pytest.mark.parametrize(("outcome", "ungranted"), [(Outcome.ALLOWED, 1), (Outcome.UNDETERMINED, 0)])
def test_what_no_statement_can_have_granted_another_policy_did(outcome: Outcome, ungranted: int) -> None:
    found = assigned(inline(allow("s3:PutObject")), uses=(use("s3:GetObject", OBJECT, outcome=outcome),))
    assert not found.kept
    assert len(found.ungranted) == ungranted


def test_a_use_of_an_unknown_resource_rests_on_every_statement_that_may_have_granted_it() -> None:
    found = assigned(
        inline(allow("s3:GetObject", "arn:aws:s3:::a/*"), allow("s3:GetObject", "arn:aws:s3:::b/*")),
        uses=(use("s3:GetObject", "*"),),
    )
    assert keepers(found) == [("Access", 0), ("Access", 1)]


def test_an_allowed_use_on_another_resource_rests_on_the_grant_where_only_that_can_have_granted_it() -> None:
    statement = allow("logs:DescribeLogGroups", "arn:aws:logs:*:111122223333:log-group:/app/*")
    found = assigned(inline(statement), uses=(use("logs:DescribeLogGroups", "*"),))
    assert keepers(found) == [("Access", 0)]
    assert not found.ungranted


def test_an_allowed_use_on_another_bucket_rests_on_that_buckets_policy() -> None:
    found = assigned(inline(allow("s3:GetObject", "arn:aws:s3:::other/*")))
    assert not found.kept
    assert found.ungranted == (READ,)


def test_what_may_not_be_deployed_takes_no_use_from_what_may_be_in_its_place() -> None:
    branches = inline(allow("s3:GetObject", "arn:aws:s3:::photos/*"), allow("s3:*"), doubtful=frozenset({0, 1}))
    assert keepers(assigned(branches)) == [("Access", 0), ("Access", 1)]
    one_is_certain = inline(allow("s3:GetObject", "arn:aws:s3:::photos/*"), allow("s3:*"), doubtful=frozenset({0}))
    assert keepers(assigned(one_is_certain)) == [("Access", 1)]
