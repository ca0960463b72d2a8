"""What runs under a role, told apart by its sessions."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.synth.situation import usage_of, use
from trailmin.usage.workloads import SessionDay, SessionDays, Workload, WorkloadKind, split_usage, workload_of

DAY = date(2026, 9, 1)
SESSIONS = (
    "resize",
    "awslambda_7_2026",
    "i-0123456789abcdef0",
    "i-0123abcd",
    "f" * 32,
    "source-identity/ann",
    "me",
    None,
)


@pytest.mark.parametrize(
    ("session", "kind", "name"),
    [
        ("resize", WorkloadKind.FUNCTION, "resize"),
        ("other", WorkloadKind.SESSION, "other"),
        ("awslambda_7_2026", WorkloadKind.POLLER, "awslambda_7_2026"),
        ("i-0123456789abcdef0", WorkloadKind.INSTANCE, "i-0123456789abcdef0"),
        ("i-0123abcd", WorkloadKind.INSTANCE, "i-0123abcd"),
        ("i-am-an-instance", WorkloadKind.SESSION, "i-am-an-instance"),
        ("0123456789abcdef0123456789abcdef", WorkloadKind.TASK, "0123456789abcdef0123456789abcdef"),
        ("12345678-1234-1234-1234-123456789abc", WorkloadKind.TASK, "12345678-1234-1234-1234-123456789abc"),
        ("source-identity/resize", WorkloadKind.SOURCE_IDENTITY, "resize"),
        ("bucket-0a", WorkloadKind.SESSION, "bucket-0a"),
        (None, WorkloadKind.SESSION, "without a session"),
    ],
)
def test_a_session_is_what_its_name_proves(session: str | None, kind: WorkloadKind, name: str) -> None:
    assert workload_of(session, {"resize"}) == Workload(kind=kind, name=name)


def test_functions_that_are_not_known_are_sessions_like_others() -> None:
    assert workload_of("resize", None).kind is WorkloadKind.SESSION


def test_each_workload_has_its_own_calls_days_and_numbers() -> None:
    principal = usage_of(
        [
            use("s3:GetObject", "arn:aws:s3:::b/1", workload="resize"),
            use("s3:PutObject", "arn:aws:s3:::b/2", workload="me"),
        ],
        workloads={"resize": 3, "me": 4},
    )
    days: SessionDays = {
        "resize": [SessionDay(day=DAY, outcome="allowed", calls=3), SessionDay(day=DAY, outcome="denied", calls=2)],
        "me": [SessionDay(day=DAY + timedelta(days=1), outcome="undetermined", calls=4)],
    }
    resize, me = split_usage(principal, days, {"resize"})
    assert (resize.workload.name, me.workload.kind) == ("resize", WorkloadKind.SESSION)
    assert [u.action for u in resize.usage.uses] == ["s3:GetObject"]
    assert (resize.usage.events, resize.usage.denied, resize.usage.active_dates) == (5, 2, (DAY,))
    assert (me.usage.events, me.usage.undetermined, me.usage.workloads) == (4, 4, {"me": 4})


@given(
    st.lists(st.tuples(st.sampled_from(SESSIONS), st.sampled_from(["s3:GetObject", "sqs:SendMessage"])), max_size=12)
)
def test_together_they_did_what_the_role_did(calls: list[tuple[str | None, str]]) -> None:
    principal = usage_of([use(action, f"arn:aws:s3:::b/{n}", workload=s) for n, (s, action) in enumerate(calls)])
    once = [SessionDay(day=DAY, outcome="allowed", calls=1)]
    days: SessionDays = {session: once for session, _ in calls}
    found = split_usage(principal, days, {"resize"})
    assert sorted((u for one in found for u in one.usage.uses), key=lambda u: u.resource) == sorted(
        principal.uses, key=lambda u: u.resource
    )
    assert [one.workload for one in found] == [one.workload for one in split_usage(principal, days, {"resize"})]
