"""AWS's last-accessed data as a second witness."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.synth.situation import ACCOUNT, allow, granted, inline, proposal_for, proposals_for, role, use, verdict_on
from trailmin.current import AccountSnapshot, LastAccess
from trailmin.synth import Proposal, Status, Verdict

WORKER = f"arn:aws:iam::{ACCOUNT}:role/worker"
PHOTO = use("s3:GetObject", "arn:aws:s3:::photos/a.jpg")


def witness(action: str = "s3:DeleteBucket", **changes: Any) -> dict[str, AccountSnapshot]:
    given: dict[str, Any] = {"role_arn": WORKER, "action": action, "time": datetime(2026, 9, 20, tzinfo=UTC)}
    return {ACCOUNT: AccountSnapshot(account=ACCOUNT, last_accessed=(LastAccess(**given | changes),))}


def judged(accounts: dict[str, AccountSnapshot]) -> Proposal:
    held = inline(allow(["s3:GetObject", "s3:DeleteBucket"], "arn:aws:s3:::*"))
    return proposal_for(held, uses=[PHOTO], accounts=accounts, resources="exact")


def test_what_aws_has_accessed_and_the_logs_have_not_stays_whole_and_says_so() -> None:
    found = judged(witness(region="eu-west-1"))
    assert granted(found) == {"s3:DeleteBucket": ["arn:aws:s3:::*"], "s3:GetObject": ["arn:aws:s3:::photos/a.jpg"]}
    verdict = verdict_on(found, "s3:DeleteBucket")
    assert verdict.verdict is Verdict.USED
    assert verdict.reason == (
        "not seen in the logs, but AWS has it accessed on 2026-09-20 in eu-west-1 (basis: last-accessed) "
        "(coverage: management events are logged)"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"time": datetime(2026, 8, 31, 23, tzinfo=UTC)},
        {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/other"},
        {"action": "s3:DeleteObject"},
    ],
    ids=["before the window", "of another role", "of another action"],
)
def test_other_accesses_say_nothing(changes: dict[str, Any]) -> None:
    assert verdict_on(judged(witness(**changes)), "s3:DeleteBucket").verdict is Verdict.UNUSED


def test_an_access_after_the_window_counts_too() -> None:
    later = witness(time=datetime(2026, 12, 1, tzinfo=UTC))
    assert verdict_on(judged(later), "s3:DeleteBucket").verdict is Verdict.USED


def test_the_name_of_an_action_is_compared_without_regard_to_case() -> None:
    assert verdict_on(judged(witness("s3:deletebucket")), "s3:DeleteBucket").verdict is Verdict.USED


def test_what_was_seen_is_narrowed_all_the_same() -> None:
    assert granted(judged(witness("s3:GetObject"))) == {"s3:GetObject": ["arn:aws:s3:::photos/a.jpg"]}


def test_a_role_without_a_call_that_aws_has_in_use_is_not_called_unused_without_a_word() -> None:
    held = role(inline(allow("s3:DeleteBucket")))
    found = proposals_for([held], [], accounts=witness())["worker"]
    assert found.status is Status.UNUSED_ROLE
    assert found.reason.endswith("but AWS's last-accessed data has 1 of its 1 grants in use")
