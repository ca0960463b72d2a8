import pytest

from trailmin.synth.generalise import MANY_IDS, generaliser, id_family, parent

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
    assert parent(seen) == named
    assert generaliser("parent", frozenset({seen}))(seen) == named
    assert generaliser("exact", frozenset({seen}))(seen) == seen


def test_many_made_up_ids_stand_for_their_kind_and_few_do_not() -> None:
    ids = [f"{EC2}:volume/vol-{n:017x}" for n in range(MANY_IDS)]
    assert generaliser("parent", frozenset(ids))(ids[0]) == f"{EC2}:volume/*"
    assert generaliser("parent", frozenset(ids[1:]))(ids[1]) == ids[1]
    assert generaliser("exact", frozenset(ids))(ids[0]) == ids[0]


def test_an_instance_that_works_on_itself_will_have_another_id_tomorrow() -> None:
    me = "i-0123456789abcdef0"
    name = generaliser("parent", frozenset({f"{EC2}:instance/{me}"}), own_ids=frozenset({me}))
    assert name(f"{EC2}:instance/{me}") == f"{EC2}:instance/*"


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
