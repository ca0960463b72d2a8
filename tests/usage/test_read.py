from datetime import date
from pathlib import Path

import pytest

from tests.usage.lakes import call, rolled
from trailmin.errors import UsageError
from trailmin.lake import Lake
from trailmin.trail.event import PrincipalKind
from trailmin.usage import Outcome, find_principal, read_policy_changes, read_principals, window_of

DAYS = (date(2026, 9, 1), date(2026, 9, 30))
UNKNOWN = "NoSuchOperationOfS3"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return rolled(
        tmp_path_factory.mktemp("read"),
        call(1),
        call(2, day=3),
        call(3, "PutObject", errorCode="AccessDenied", readOnly=False),
        call(4, UNKNOWN),
        call(5, UNKNOWN, errorCode="AccessDenied"),
        call(6, role="writer"),
        call(7, "PutRolePolicy", eventSource="iam.amazonaws.com", requestParameters={"roleName": "reader"}),
        call(8, "PutRolePolicy", eventSource="iam.amazonaws.com", errorCode="AccessDenied"),
        call(9, "GetRole", eventSource="iam.amazonaws.com"),
    )


def test_a_principal_has_its_uses_and_numbers(lake: Lake) -> None:
    reader = find_principal(read_principals(lake), "reader")
    (got,) = [u for u in reader.uses if u.action == "s3:GetObject"]
    assert (got.resource, got.count, got.event_ids) == ("arn:aws:s3:::photos/a.jpg", 2, ("e-1", "e-2"))
    assert (got.first_seen.day, got.last_seen.day, got.first_seen.utcoffset()) == (1, 3, got.last_seen.utcoffset())
    assert [u.outcome for u in reader.uses if u.action == "s3:PutObject"] == [Outcome.DENIED]
    assert (reader.events, reader.denied, reader.active_dates) == (8, 3, (DAYS[0], date(2026, 9, 3)))
    assert reader.workloads == {"session": 8}


def test_unmapped_calls_are_kept_apart_and_denied_ones_are_none(lake: Lake) -> None:
    reader = find_principal(read_principals(lake), "reader")
    assert [(u.event_name, u.count) for u in reader.unmapped] == [(UNKNOWN, 1)]
    assert not [u for u in reader.uses if u.event_name == UNKNOWN]


def test_the_window_and_the_arn_limit_what_is_read(lake: Lake) -> None:
    (reader,) = read_principals(lake, since=date(2026, 9, 2))
    assert reader.events == 1
    arn = "arn:aws:iam::111122223333:role/writer"
    assert [p.name for p in read_principals(lake, arn=arn)] == ["writer"]


def test_reading_twice_gives_the_same(lake: Lake) -> None:
    assert read_principals(lake) == read_principals(lake)


@pytest.mark.parametrize("text", ["reader", "111122223333/reader", "arn:aws:iam::111122223333:role/reader"])
def test_a_principal_is_found_by_each_of_its_names(lake: Lake, text: str) -> None:
    found = find_principal(read_principals(lake), text)
    assert (found.kind, found.name) == (PrincipalKind.ROLE, "reader")


def test_an_unknown_principal_is_an_error_with_suggestions(lake: Lake) -> None:
    with pytest.raises(UsageError) as caught:
        find_principal(read_principals(lake), "raeder")
    assert "reader" in str(caught.value.hint)


def test_successful_changes_of_policies_are_read(lake: Lake) -> None:
    (change,) = read_policy_changes(lake, *DAYS)
    assert (change.event_name, change.role_name, change.time.day) == ("PutRolePolicy", "reader", 1)
    assert not read_policy_changes(lake, date(2026, 9, 2), DAYS[1])


def test_the_window_is_that_of_the_events_unless_given(lake: Lake, tmp_path: Path) -> None:
    assert window_of(lake, None, None) == (DAYS[0], date(2026, 9, 3))
    assert window_of(lake, date(2026, 8, 1), None) == (date(2026, 8, 1), date(2026, 9, 3))
    with pytest.raises(UsageError, match="is empty"):
        window_of(lake, date(2026, 9, 5), date(2026, 9, 4))
    with pytest.raises(UsageError, match="no events"):
        window_of(Lake.create(tmp_path / "empty"), None, None)
