import pytest

from trailmin.usage.usage_keys import SCOPE, TARGET, UsageKeys, Values, action_of, bucket, principal_of


def scope(principal: str | None, workload: str | None, **more: object) -> Values:
    values = {"principal_arn": principal, "workload": workload, **more}
    return tuple(values.get(name) for name in SCOPE)


def test_the_same_values_have_one_number() -> None:
    keys = UsageKeys()
    numbers = [keys.scope(scope("r", name)) for name in ("a", "b", "a", None)]
    assert numbers == [0, 1, 0, 2]
    target = ("s3:GetObject", "allowed", True, "override", None, None)
    assert [keys.target(target), keys.target((*target[:1], "denied", *target[2:])), keys.target(target)] == [0, 1, 0]
    assert action_of(target) == "s3:GetObject"


def test_ranks_do_not_depend_on_the_order_in_which_values_come() -> None:
    some = [scope("r", "b"), scope("r", None), scope(None, "a"), scope("q", "b", read_only=True)]
    rankings = []
    for order in (some, some[::-1]):
        keys = UsageKeys()
        numbers = [keys.scope(values) for values in order]
        ranking = keys.ranked_scopes()
        assert [ranking.values[ranking.rank_of[number]] for number in numbers] == order
        rankings.append(ranking.values)
    assert rankings[0] == rankings[1]
    assert [principal_of(values) for values in rankings[0]] == [None, "q", "r", "r"]


@pytest.mark.parametrize("order", [1, -1])
def test_past_the_bound_session_names_of_that_principal_are_buckets(order: int) -> None:
    keys = UsageKeys(workload_bound=2)
    some = [scope("r", name) for name in ("a", "b", "c", "bucket-ff", None)] + [scope("q", "a")]
    for values in some[::order]:
        keys.scope(values)
    assert keys.full_principals == {"r"}
    found = {values[SCOPE.index("workload")] for values in keys.ranked_scopes().values if principal_of(values) == "r"}
    assert found == {bucket("a"), bucket("b"), bucket("c"), "bucket-ff", None}
    assert scope("q", "a") in keys.ranked_scopes().values


def test_columns_are_those_of_the_values_in_their_order() -> None:
    keys = UsageKeys()
    keys.target(("s3:PutObject", "allowed", True, "override", None, None))
    keys.target((None, "undetermined", True, None, "unknown", None))
    columns = dict(zip(TARGET, keys.ranked_targets().columns, strict=True))
    assert columns["action"].to_pylist() == [None, "s3:PutObject"]
    assert columns["required"].to_pylist() == [True, True]


def test_a_bucket_is_its_own() -> None:
    assert bucket(bucket("session")) == bucket("session")
    assert len(bucket("\udc80")) == len("bucket-00")
