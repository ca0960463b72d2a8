"""What event selectors log, in words."""

from tests.synth.situation import MANAGEMENT_ONLY, select
from trailmin.trail.logged import logged_kinds
from trailmin.trail.selectors import Admission, parse_event_selectors


def test_management_events_and_each_type_of_data_events_have_reads_and_writes() -> None:
    found = logged_kinds(select("AWS::S3::Object"))
    assert [(k.category, k.resource_type, k.read_only) for k in found] == [
        ("Management", None, True),
        ("Management", None, False),
        ("Data", "AWS::S3::Object", True),
        ("Data", "AWS::S3::Object", False),
    ]
    assert {k.admission for k in found} == {Admission.YES}
    assert found[2].selectors == ("eventCategory Equals Data and resources.type Equals AWS::S3::Object",)


def test_a_selector_of_some_resources_logs_a_part() -> None:
    found = logged_kinds(select("AWS::S3::Object", starts_with="arn:aws:s3:::photos/"))
    assert {k.admission for k in found if k.category == "Data"} == {Admission.PARTLY}


def test_what_no_selector_admits_is_not_logged() -> None:
    reads = parse_event_selectors({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]})
    assert [(k.read_only, k.admission, bool(k.selectors)) for k in logged_kinds(reads)] == [
        (True, Admission.YES, True),
        (False, Admission.NO, False),
    ]
    assert len(logged_kinds(MANAGEMENT_ONLY)) == 2
