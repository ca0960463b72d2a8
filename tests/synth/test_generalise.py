import pytest

from tests.synth.situation import use
from trailmin.synth.generalise import generaliser
from trailmin.synth.patterns import MANY_IDS, id_family, parent

EC2 = "arn:aws:ec2:us-east-1:111122223333"


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        ("arn:aws:s3:::photos/2026/a.jpg", "arn:aws:s3:::photos/*"),
        ("arn:aws:s3:::photos/line\nbreak", "arn:aws:s3:::photos/*"),
        ("arn:aws:s3:::photos", "arn:aws:s3:::photos"),
        ("arn:aws:s3:us-east-1:1:accesspoint/ap/object/k", "arn:aws:s3:us-east-1:1:accesspoint/ap/object/*"),
        ("arn:aws:logs:r:1:log-group:/aws/f:log-stream:s", "arn:aws:logs:r:1:log-group:/aws/f:*"),
        ("arn:aws:logs:r:1:log-group:/aws/f", "arn:aws:logs:r:1:log-group:/aws/f"),
        ("arn:aws:dynamodb:r:1:table/T", "arn:aws:dynamodb:r:1:table/T"),
        ("arn:aws:dynamodb:r:1:table/T/stream/2026", "arn:aws:dynamodb:r:1:table/T/stream/*"),
        ("arn:aws:dynamodb:r:1:table/T/index/I", "arn:aws:dynamodb:r:1:table/T/index/I"),
        ("arn:aws:sqs:r:1:jobs", "arn:aws:sqs:r:1:jobs"),
    ],
)
def test_members_are_named_by_their_container_and_names_stay(seen: str, named: str) -> None:
    uses = [use("any:Thing", seen)]
    assert parent(seen) == named
    assert generaliser("parent", uses)(seen) == named
    assert generaliser("exact", uses)(seen) == seen


def test_many_made_up_ids_stand_for_their_kind_and_few_do_not() -> None:
    ids = [f"{EC2}:volume/vol-{n:017x}" for n in range(MANY_IDS)]
    uses = [use("ec2:AttachVolume", volume) for volume in ids]
    for level in ("pattern", "parent"):
        assert generaliser(level, uses)(ids[0]) == f"{EC2}:volume/*"
        assert generaliser(level, uses[1:])(ids[1]) == ids[1]
    assert generaliser("exact", uses)(ids[0]) == ids[0]


def test_an_instance_that_works_on_itself_will_have_another_id_tomorrow() -> None:
    me = "i-0123456789abcdef0"
    uses = [use("ec2:StopInstances", f"{EC2}:instance/{me}")]
    for level in ("pattern", "parent"):
        name = generaliser(level, uses, own_ids=frozenset({me}))
        assert name(f"{EC2}:instance/{me}") == f"{EC2}:instance/*"
        assert [one.values for one in name.of([f"{EC2}:instance/*"])] == [1]


def test_what_only_touches_the_old_grant_goes_by_its_container() -> None:
    seen = "arn:aws:s3:::photos/2026/*"
    name = generaliser("pattern", [use("s3:GetObject", seen)], within=("arn:aws:s3:::photos/2026/a*",))
    assert [one.pattern for one in name.learned] == ["arn:aws:s3:::photos/2026/a*"]
    assert name(seen) == "arn:aws:s3:::photos/*"
    assert generaliser("exact", [], within=())(seen) == seen


def test_a_resource_that_is_not_told_says_nothing() -> None:
    assert generaliser("pattern", [use("s3:GetObject", "*")]).learned == ()


@pytest.mark.parametrize(
    "named",
    [
        "arn:aws:s3:::exports-20261101",
        "arn:aws:s3:::0123456789abcdef0123456789abcdef",
        "arn:aws:dynamodb:r:1:table/orders-20261101",
        "arn:aws:lambda:r:1:function:worker-deadbeef",
        "arn:aws:sqs:r:1:jobs-20261101",
        "arn:aws:kms:r:1:key/5c1f7f3e-0d2b-4c59-9a36-3f7d1f0a9b21",
        "arn:aws:iam::1:role/app-0123456789",
    ],
)
def test_what_a_person_may_have_named_is_of_no_kind(named: str) -> None:
    assert id_family(named) is None
