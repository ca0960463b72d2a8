from hypothesis import given, settings

from tests.policy.strategies import policies
from tests.policy.test_evaluate import policy
from tests.policy.test_pack import NAMES, Catalog
from trailmin.policy.document import Policy
from trailmin.policy.fit import Fitted, TooLarge, fit_statements
from trailmin.policy.include import NotProven, Proven
from trailmin.policy.inclusion import included
from trailmin.policy.size import INLINE_POLICIES_OF_ROLE, MANAGED_POLICY, policy_size


def fit(found: Policy, *, slots: int = 10, approved: frozenset[str] = frozenset()) -> Fitted | TooLarge:
    return fit_statements(
        found.statements,
        catalog=Catalog(),
        inside_actions=["*"],
        inside_resources=["*"],
        approved=approved,
        managed_slots=slots,
    )


def parts(fitted: Fitted) -> list[Policy]:
    return [one for one in (fitted.inline, *fitted.managed) if one is not None]


@settings(max_examples=2000)
@given(policies(5))
def test_what_fits_without_loss_means_the_same(found: Policy) -> None:
    fitted = fit(found)
    assert isinstance(fitted, Fitted)
    assert not fitted.compressed
    assert included(parts(fitted), [found]) == Proven()
    assert included([found], parts(fitted)) == Proven()


def test_what_is_too_large_for_the_inline_quota_goes_to_managed_policies() -> None:
    many = [{"Sid": f"S{n}", "Action": "s3:GetObject", "Condition": condition(n)} for n in range(40)]
    fitted = fit(policy(*many))
    assert isinstance(fitted, Fitted)
    assert fitted.inline is not None
    assert policy_size(fitted.inline) <= INLINE_POLICIES_OF_ROLE.limit
    assert fitted.managed
    assert all(policy_size(one) <= MANAGED_POLICY.limit for one in fitted.managed)
    assert sum(len(one.statements) for one in parts(fitted)) == 40


def condition(number: int) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"aws:PrincipalTag/t": f"{number:03}{'x' * 400}"}}


def test_actions_are_compressed_only_where_they_must_be() -> None:
    long = [{"Action": [name for name in NAMES if name.startswith("s3:GetObject")], "Resource": keys(60)}]
    fitted = fit(policy(*long))
    assert isinstance(fitted, Fitted)
    assert not fitted.compressed


def keys(count: int) -> list[str]:
    return [f"arn:aws:s3:::data/{number:03}{'k' * 100}" for number in range(count)]


def test_a_widening_is_offered_and_taken_only_when_it_was_approved() -> None:
    found = policy({"Sid": "Read", "Action": "s3:GetObject", "Resource": keys(120)})
    refused = fit(found, slots=0)
    assert isinstance(refused, TooLarge)
    assert [one.name for one in refused.offered] == ["Read: arn:aws:s3:::data/*"]
    assert len(refused.offered[0].replaces) == 120
    fitted = fit(found, slots=0, approved=frozenset({"Read: arn:aws:s3:::data/*"}))
    assert isinstance(fitted, Fitted)
    assert [one.name for one in fitted.applied] == ["Read: arn:aws:s3:::data/*"]
    assert included([found], parts(fitted)) == Proven()
    assert not isinstance(included(parts(fitted), [found]), Proven | NotProven)


def test_statements_of_different_versions_stay_apart() -> None:
    resource = {"Resource": "arn:aws:s3:::${aws:username}"}
    new, old = policy(resource), policy(resource, version="2008-10-17")
    fitted = fit_statements(
        [*new.statements, *old.statements], catalog=Catalog(), inside_actions=["*"], inside_resources=["*"]
    )
    assert isinstance(fitted, Fitted)
    assert sorted(str(one.version) for one in parts(fitted)) == ["2008-10-17", "2012-10-17"]
