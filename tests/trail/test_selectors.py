import pytest

from trailmin.errors import TrailError
from trailmin.trail.selectors import Admission, EventSelectors, parse_event_selectors


def data(*fields: dict[str, object]) -> EventSelectors:
    category = {"Field": "eventCategory", "Equals": ["Data"]}
    kind = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}
    return parse_event_selectors({"AdvancedEventSelectors": [{"FieldSelectors": [category, kind, *fields]}]})


def s3(selectors: EventSelectors, pattern: str = "arn:aws:s3:::b/*", name: str | None = None) -> Admission:
    return selectors.admits_data("AWS::S3::Object", pattern, read_only=True, event_name=name)


def test_basic_selectors_tell_reads_from_writes_and_leave_sources_out() -> None:
    selectors = parse_event_selectors(
        {
            "EventSelectors": [
                {
                    "ReadWriteType": "WriteOnly",
                    "IncludeManagementEvents": True,
                    "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                    "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::b/"]}],
                }
            ]
        }
    )
    assert selectors.admits_management(read_only=False, event_source="ec2.amazonaws.com")
    assert not selectors.admits_management(read_only=True, event_source="ec2.amazonaws.com")
    assert not selectors.admits_management(read_only=False, event_source="kms.amazonaws.com")
    assert selectors.admits_data("AWS::S3::Object", "arn:aws:s3:::b/*", read_only=False) is Admission.YES
    assert selectors.admits_data("AWS::S3::Object", "arn:aws:s3:::b/*", read_only=None) is Admission.PARTLY
    assert selectors.admits_data("AWS::S3::Object", "arn:aws:s3:::bb/*", read_only=False) is Admission.NO


def test_a_data_selector_does_not_admit_management_events() -> None:
    assert not data().admits_management(read_only=True, event_source="s3.amazonaws.com")
    assert s3(data()) is Admission.YES


@pytest.mark.parametrize(
    ("field", "pattern", "admission"),
    [
        ({"StartsWith": ["arn:aws:s3:::b/"]}, "arn:aws:s3:::b/*", Admission.YES),
        ({"StartsWith": ["arn:aws:s3:::b/logs/"]}, "arn:aws:s3:::b/*", Admission.PARTLY),
        ({"StartsWith": ["arn:aws:s3:::c/", "arn:aws:s3:::b/"]}, "arn:aws:s3:::b/*", Admission.YES),
        ({"NotStartsWith": ["arn:aws:s3:::b/"]}, "arn:aws:s3:::b/*", Admission.NO),
        ({"NotStartsWith": ["arn:aws:s3:::c/"]}, "arn:aws:s3:::b/*", Admission.YES),
        ({"Equals": ["arn:aws:s3:::b/x"]}, "arn:aws:s3:::b/x", Admission.YES),
        ({"Equals": ["arn:aws:s3:::b/x"]}, "arn:aws:s3:::b/*", Admission.PARTLY),
        ({"NotEquals": ["arn:aws:s3:::b/x"]}, "arn:aws:s3:::b/*", Admission.PARTLY),
        ({"EndsWith": [".json"]}, "arn:aws:s3:::b/*.json", Admission.YES),
        ({"EndsWith": [".json"]}, "arn:aws:s3:::b/*", Admission.PARTLY),
        ({"NotEndsWith": [".json"]}, "arn:aws:s3:::b/*.csv", Admission.YES),
        ({"StartsWith": ["arn:aws:s3:::b/u"]}, "arn:aws:s3:::b/${aws:username}/*", Admission.PARTLY),
        ({"StartsWith": ["arn:aws:s3:::"], "NotStartsWith": ["arn:aws:s3:::b/"]}, "arn:aws:s3:::b/x", Admission.NO),
    ],
)
def test_each_operator_on_arns(field: dict[str, object], pattern: str, admission: Admission) -> None:
    assert s3(data({"Field": "resources.ARN", **field}), pattern) is admission


def test_conditions_on_what_is_not_known_admit_partly() -> None:
    assert s3(data({"Field": "userIdentity.arn", "StartsWith": ["arn:aws:sts::1"]})) is Admission.PARTLY
    assert s3(data({"Field": "sessionCredentialFromConsole", "Equals": ["true"]})) is Admission.PARTLY
    assert s3(data({"Field": "eventName", "Equals": ["GetObject"]})) is Admission.PARTLY
    assert s3(data({"Field": "eventName", "Equals": ["GetObject"]}), name="GetObject") is Admission.YES
    assert s3(data({"Field": "eventType", "Equals": ["AwsApiCall"]})) is Admission.YES


def test_several_trails_add_up() -> None:
    read = {"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}
    write = {"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}
    both = parse_event_selectors([read, write])
    assert both.admits_management(read_only=True, event_source="x")
    assert both.admits_management(read_only=False, event_source="x")


@pytest.mark.parametrize(
    "value", [{}, [], 5, None, {"AdvancedEventSelectors": [{"FieldSelectors": [{"Like": "x"}]}]}, ["x"]]
)
def test_another_form_is_refused(value: object) -> None:
    if value == []:
        assert parse_event_selectors(value).selectors == ()
        return
    with pytest.raises(TrailError, match="not in the form"):
        parse_event_selectors(value)
