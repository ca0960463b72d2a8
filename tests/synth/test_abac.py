"""Access by tags in place of lists of resources."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.synth.situation import ACCOUNT, allow, granted, inline, proposal_for, statements_of, use, verdict_on
from trailmin.current import AccountSnapshot
from trailmin.synth import Proposal, Status
from trailmin.synth.abac import LONG
from trailmin.usage import Use

START = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
QUEUES = tuple(f"{START}{name}" for name in ("apples", "books", "cars", "doors"))
TEAM = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}
TAGS = {"team": "pay"}


def snapshot(tags: Mapping[str, Mapping[str, str]]) -> dict[str, AccountSnapshot]:
    return {ACCOUNT: AccountSnapshot(account=ACCOUNT, resource_tags=tags)}


def sent(queues: Sequence[str] = QUEUES, action: str = "sqs:SendMessage") -> list[Use]:
    return [use(action, queue) for queue in queues]


def tagged(
    *, tags: Mapping[str, Mapping[str, str]] | None = None, uses: Sequence[Use] | None = None, **more: Any
) -> Proposal:
    inventory = {queue: dict(TAGS) for queue in QUEUES} if tags is None else tags
    statement = more.pop("statement", allow("sqs:SendMessage"))
    asked: dict[str, Any] = {"tags": more.pop("role_tags", TAGS), "abac": True, "resources": "exact"} | more
    return proposal_for(inline(statement), uses=sent() if uses is None else uses, accounts=snapshot(inventory), **asked)


def test_a_long_list_becomes_a_condition_on_tags() -> None:
    found = tagged(tags={**dict.fromkeys(QUEUES, TAGS), f"{START}others": {"team": "web"}, f"{START}more": TAGS})
    assert found.status is Status.TIGHTENED, found
    assert statements_of(found) == [{**allow("sqs:SendMessage", f"{START}*"), **TEAM}]
    assert found.proof is not None
    assert found.proof.proven
    assert found.replay is not None
    assert found.replay.passed
    assert (
        "all 4 have the role's tag team (pay), which stands for them: 5 resources of the snapshot have it, "
        "1 others of the kind are not granted" in verdict_on(found, "sqs:SendMessage").reason
    )


def test_tags_are_asked_for_on_request_only() -> None:
    assert granted(tagged(abac=False)) == {"sqs:SendMessage": list(QUEUES)}


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": {**dict.fromkeys(QUEUES, TAGS), QUEUES[0]: {"team": "web"}}},
        {"tags": dict.fromkeys(QUEUES[1:], TAGS)},
        {"tags": {**dict.fromkeys(QUEUES, TAGS), QUEUES[0]: {"team": "pay", "Team": "web"}}},
        {"uses": sent(QUEUES[: LONG - 1])},
        {"uses": [*sent(), use("sqs:SendMessage", f"{START}untagged")]},
        {"statement": allow("sqs:SendMessage", Condition={"StringEquals": {"aws:PrincipalTag/team": "pay"}})},
        {"statement": allow("sqs:SendMessage", [f"{START}${{aws:PrincipalTag/team}}*", f"{START}*"])},
    ],
    ids=["one disagrees", "one is unknown", "two spellings", "short", "untagged", "in a condition", "in a resource"],
)
def test_a_list_stays_a_list(changes: dict[str, Any]) -> None:
    found = tagged(**changes)
    assert not any("aws:ResourceTag/team" in str(s.get("Condition")) for s in statements_of(found))
    assert found.status is not Status.WITHHELD


def test_a_role_without_the_tag_keeps_its_list() -> None:
    assert granted(tagged(role_tags={})) == {"sqs:SendMessage": list(QUEUES)}


@pytest.mark.parametrize("action", ["sqs:CreateQueue", "sqs:TagQueue", "sqs:AddPermission"])
def test_what_may_come_before_the_tags_or_changes_access_goes_by_name(action: str) -> None:
    found = tagged(statement=allow(action), uses=sent(action=action))
    assert granted(found) == {action: list(QUEUES)}


def test_services_that_look_at_tags_only_when_told_to_go_by_name() -> None:
    tables = [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{n}" for n in range(4)]
    found = tagged(
        statement=allow("dynamodb:GetItem"),
        uses=sent(tables, "dynamodb:GetItem"),
        tags=dict.fromkeys(tables, TAGS),
    )
    assert granted(found) == {"dynamodb:GetItem": tables}


def test_what_the_statement_leaves_out_stays_out() -> None:
    found = tagged(statement=allow("sqs:SendMessage", [f"{START}a*", *QUEUES[1:]]), uses=sent())
    assert granted(found) == {"sqs:SendMessage": sorted([f"{START}a*", *QUEUES[1:]])}
    assert statements_of(found)[0]["Condition"] == TEAM["Condition"]


def test_of_several_keys_the_one_that_fewest_others_have_is_taken() -> None:
    both = {"team": "pay", "stage": "prod"}
    tags = {**dict.fromkeys(QUEUES, both), f"{START}other": {"team": "pay"}}
    (statement,) = statements_of(tagged(tags=tags, role_tags=both))
    assert list(statement["Condition"]["StringEquals"]) == ["aws:ResourceTag/stage"]


@given(
    tags=st.dictionaries(
        st.sampled_from([*QUEUES, f"{START}other", f"{START}more"]),
        st.dictionaries(st.sampled_from(["team", "Team", "stage"]), st.sampled_from(["pay", "web"]), max_size=3),
    ),
    own=st.dictionaries(st.sampled_from(["team", "stage"]), st.sampled_from(["pay", "web"])),
    used=st.sets(st.sampled_from(QUEUES), min_size=1),
)
def test_whatever_the_tags_are_it_is_proven_and_replayed(
    tags: dict[str, dict[str, str]], own: dict[str, str], used: set[str]
) -> None:
    found = proposal_for(
        inline(allow(["sqs:SendMessage", "sqs:PurgeQueue"])),
        uses=sent(sorted(used)),
        accounts=snapshot(tags),
        tags=own,
        abac=True,
    )
    assert found.status is Status.TIGHTENED, found
    for condition in verdict_on(found, "sqs:SendMessage").conditions:
        key = condition.key.rpartition("/")[2]
        assert all(tags[queue][key] == own[key] for queue in used)
