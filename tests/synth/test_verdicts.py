import json
from datetime import timedelta

import pytest

from tests.synth.situation import (
    ACCOUNT,
    EVERYTHING,
    MANAGEMENT_ONLY,
    NOON,
    S3,
    allow,
    coverage_of,
    granted,
    inline,
    proposal_for,
    select,
    statements_of,
    text_of,
    unmapped,
    use,
    verdict_on,
)
from trailmin.current import AccountSnapshot, EventSourceMapping, LambdaFunction
from trailmin.policy import parse_policy
from trailmin.synth import Status, Verdict
from trailmin.usage import Basis, Outcome

OBJECT = "arn:aws:s3:::photos/a.jpg"
LOG_STREAM = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/f:log-stream:2026/[$LATEST]1"
LOG_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/f:*"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
TRUST_EC2 = parse_policy(
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
    kind="trust",
)


def test_what_was_used_stays_on_the_resources_it_was_used_on() -> None:
    found = proposal_for(inline(allow("s3:GetObject")), uses=[use("s3:GetObject", OBJECT)])
    assert granted(found) == {"s3:GetObject": [OBJECT]}
    verdict = verdict_on(found, "s3:GetObject")
    assert (verdict.verdict, verdict.evidence.calls, verdict.evidence.event_ids) == (Verdict.USED, 3, ("e-1",))
    assert verdict.kept == (OBJECT,)


def test_exact_resources_name_what_was_seen() -> None:
    found = proposal_for(inline(allow("s3:GetObject")), uses=[use("s3:GetObject", OBJECT)], resources="exact")
    assert granted(found) == {"s3:GetObject": [OBJECT]}


def test_what_was_not_seen_although_it_would_have_shown_goes() -> None:
    found = proposal_for(inline(allow(["s3:GetObject", "s3:DeleteObject"])), uses=[use("s3:GetObject", OBJECT)])
    assert verdict_on(found, "s3:DeleteObject").verdict is Verdict.UNUSED
    assert "s3:DeleteObject" not in granted(found)


def test_what_no_selector_would_have_shown_stays_and_the_selector_is_named() -> None:
    statement = allow(["s3:GetObject", "s3:CreateBucket"])
    found = proposal_for(inline(statement), uses=[use("sts:GetSessionToken")], coverage=coverage_of(MANAGEMENT_ONLY))
    assert granted(found) == {"s3:GetObject": ["*"]}
    verdict = verdict_on(found, "s3:GetObject")
    assert verdict.verdict is Verdict.NOT_OBSERVABLE
    assert verdict.selector is not None
    assert "AWS::S3::Object" in verdict.selector
    assert verdict_on(found, "s3:CreateBucket").verdict is Verdict.UNUSED


def test_use_of_the_one_bucket_that_is_logged_does_not_narrow_a_grant_on_all() -> None:
    logged = coverage_of(select(*S3, starts_with="arn:aws:s3:::photos/"))
    found = proposal_for(inline(allow("s3:GetObject")), uses=[use("s3:GetObject", OBJECT)], coverage=logged)
    assert found.status is Status.UNCHANGED
    assert verdict_on(found, "s3:GetObject").verdict is Verdict.USED
    assert "need not have shown" in verdict_on(found, "s3:GetObject").reason
    bucket = inline(allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::photos/*"))
    within = proposal_for(bucket, uses=[use("s3:GetObject", OBJECT)], coverage=logged)
    assert granted(within) == {"s3:GetObject": [OBJECT]}


def test_a_grant_is_not_unused_because_a_narrower_statement_took_its_seen_uses() -> None:
    narrow, wide = allow("s3:GetObject", "arn:aws:s3:::photos/*"), allow("s3:GetObject", "*")
    uses = [use("s3:GetObject", OBJECT)]
    hidden = proposal_for(inline(narrow, wide), uses=uses, coverage=coverage_of(MANAGEMENT_ONLY))
    assert hidden.status is Status.UNCHANGED
    shown = proposal_for(inline(narrow, wide), uses=uses)
    assert statements_of(shown) == [allow("s3:GetObject", OBJECT)]


def test_a_denied_call_is_no_use() -> None:
    denied = use("s3:GetObject", OBJECT, outcome=Outcome.DENIED)
    found = proposal_for(inline(allow("s3:*"), allow("s3:ListAllMyBuckets")), uses=[denied, use("s3:ListAllMyBuckets")])
    assert "s3:GetObject" not in granted(found)
    assert verdict_on_all(found, "s3:GetObject") == {Verdict.UNUSED}


def verdict_on_all(found: object, action: str) -> set[Verdict]:
    return {v.verdict for v in found.verdicts if v.action == action}  # type: ignore[attr-defined]


def test_an_undetermined_call_keeps_what_is_granted() -> None:
    throttled = use("s3:GetObject", OBJECT, outcome=Outcome.UNDETERMINED)
    found = proposal_for(inline(allow(["s3:GetObject", "s3:PutObject"])), uses=[throttled])
    assert granted(found) == {"s3:GetObject": [OBJECT]}
    assert "uncertain" in verdict_on(found, "s3:GetObject").reason


def test_what_was_checked_inside_other_calls_is_implied() -> None:
    behind_404 = use("s3:ListBucket", "arn:aws:s3:::photos", basis=Basis.S3_404, event_name="GetObject")
    found = proposal_for(inline(allow("s3:*")), uses=[behind_404])
    verdict = verdict_on(found, "s3:ListBucket")
    assert verdict.verdict is Verdict.IMPLIED
    assert verdict.kept == ("arn:aws:s3:::photos",)
    assert "s3-404" in verdict.reason


def test_roles_are_passed_to_the_services_they_were_passed_to() -> None:
    first, second = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("for-lambda", "for-ecs"))
    uses = [
        use("iam:PassRole", first, basis=Basis.PASSED_ROLE, passed_to="lambda.amazonaws.com"),
        use("iam:PassRole", second, basis=Basis.PASSED_ROLE, passed_to="ecs-tasks.amazonaws.com"),
        use("lambda:CreateFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"),
        use("ecs:RegisterTaskDefinition", f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/t:*"),
    ]
    policy = inline(
        allow("iam:PassRole", Sid="Pass"), allow(["lambda:CreateFunction", "ecs:RegisterTaskDefinition"], Sid="Deploy")
    )
    found = proposal_for(policy, uses=uses)
    passing = [s for s in statements_of(found) if s["Action"] == "iam:PassRole"]
    assert {(s["Sid"], s["Resource"], s["Condition"]["StringEquals"]["iam:PassedToService"]) for s in passing} == {
        ("Pass", second, "ecs-tasks.amazonaws.com"),
        ("Pass2", first, "lambda.amazonaws.com"),
    }
    assert verdict_on(found, "iam:PassRole").verdict is Verdict.IMPLIED


def test_a_role_whose_receiver_is_not_known_may_be_passed_to_any() -> None:
    passed = f"arn:aws:iam::{ACCOUNT}:role/r"
    uses = [use("iam:PassRole", passed, basis=Basis.PASSED_ROLE), use("lambda:CreateFunction")]
    found = proposal_for(inline(allow(["iam:PassRole", "lambda:CreateFunction"])), uses=uses)
    (statement,) = [s for s in statements_of(found) if "iam:PassRole" in s["Action"]]
    assert "Condition" not in statement


def test_a_condition_on_the_receiver_is_not_added_to() -> None:
    condition = {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}
    passed = use(
        "iam:PassRole",
        f"arn:aws:iam::{ACCOUNT}:role/r",
        basis=Basis.PASSED_ROLE,
        passed_to="lambda.amazonaws.com",
    )
    found = proposal_for(
        inline(allow("iam:PassRole", Condition=condition), allow("lambda:CreateFunction")),
        uses=[passed, use("lambda:CreateFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f")],
    )
    assert statements_of(found)[0]["Condition"] == condition
    assert statements_of(found)[0]["Resource"] == f"arn:aws:iam::{ACCOUNT}:role/r"


def test_log_events_go_where_log_streams_were_made() -> None:
    policy = inline(allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]))
    found = proposal_for(policy, uses=[use("logs:CreateLogStream", LOG_STREAM)])
    assert granted(found) == {"logs:CreateLogStream": [LOG_GROUP], "logs:PutLogEvents": [LOG_GROUP]}
    assert verdict_on(found, "logs:PutLogEvents").verdict is Verdict.COMPANION


def test_without_log_streams_log_events_are_not_observable() -> None:
    found = proposal_for(inline(allow(["logs:PutLogEvents", "s3:ListAllMyBuckets"])), uses=[use("s3:ListAllMyBuckets")])
    assert found.status is Status.UNCHANGED
    assert verdict_on(found, "logs:PutLogEvents").verdict is Verdict.NOT_OBSERVABLE


def test_a_companion_is_not_narrowed_where_its_call_need_not_have_shown() -> None:
    policy = inline(allow(["logs:CreateLogStream", "logs:PutLogEvents"]))
    uses = [use("logs:CreateLogStream", LOG_STREAM)]
    found = proposal_for(policy, uses=uses, coverage=coverage_of(None, management_seen=frozenset({True})))
    assert found.status is Status.UNCHANGED
    assert verdict_on(found, "logs:PutLogEvents").verdict is Verdict.NOT_OBSERVABLE


def polling(
    *, names: tuple[str, ...] = ("f",), source: str = QUEUE, is_traced: bool = False
) -> dict[str, AccountSnapshot]:
    functions = tuple(
        LambdaFunction(
            name=name,
            arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}",
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/worker",
            log_group=f"/aws/lambda/{name}",
            is_traced=is_traced,
        )
        for name in names
    )
    mapping = EventSourceMapping(function_arn=f"{functions[0].arn}:live", source_arn=source)
    return {ACCOUNT: AccountSnapshot(account=ACCOUNT, functions=functions, event_source_mappings=(mapping,))}


def test_queue_reads_go_where_event_source_mappings_point() -> None:
    found = proposal_for(
        inline(allow(["sqs:ReceiveMessage", "s3:ListAllMyBuckets"])),
        uses=[use("s3:ListAllMyBuckets")],
        coverage=coverage_of(MANAGEMENT_ONLY),
        accounts=polling(),
        workloads={"f": 3},
    )
    assert granted(found)["sqs:ReceiveMessage"] == [QUEUE]
    assert verdict_on(found, "sqs:ReceiveMessage").verdict is Verdict.COMPANION


def test_a_mapping_whose_source_is_not_known_lets_queue_reads_stay_as_they_are() -> None:
    for source in ("*", "arn:*:*:*:*:jobs"):
        found = proposal_for(
            inline(allow(["sqs:ReceiveMessage", "s3:ListAllMyBuckets"])),
            uses=[use("s3:ListAllMyBuckets")],
            coverage=coverage_of(MANAGEMENT_ONLY),
            accounts=polling(source=source),
            workloads={"f": 3},
        )
        assert granted(found)["sqs:ReceiveMessage"] == ["*"]


def test_a_consumer_of_kafka_is_bound_to_the_cluster_of_its_mapping() -> None:
    cluster = "arn:aws:kafka:us-east-1:111122223333:cluster/orders/11111111-2222-4333-8444-555555555555-1"
    actions = ["kafka-cluster:Connect", "kafka-cluster:ReadData", "kafka-cluster:DescribeGroup"]
    found = proposal_for(
        inline(allow([*actions, "s3:ListAllMyBuckets"])),
        uses=[use("s3:ListAllMyBuckets")],
        coverage=coverage_of(MANAGEMENT_ONLY),
        accounts=polling(source=cluster),
        workloads={"f": 3},
    )
    kept = granted(found)
    assert kept["kafka-cluster:Connect"] == [cluster]
    assert kept["kafka-cluster:ReadData"] == [f"{cluster.replace(':cluster/', ':topic/')}/*"]
    assert kept["kafka-cluster:DescribeGroup"] == [f"{cluster.replace(':cluster/', ':group/')}/*"]
    assert {verdict_on(found, action).verdict for action in actions} == {Verdict.COMPANION}


def test_traces_go_with_the_active_tracing_of_a_function() -> None:
    policy = inline(allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords", "s3:ListAllMyBuckets"]))

    def judged(*, is_traced: bool) -> Verdict:
        found = proposal_for(
            policy,
            uses=[use("s3:ListAllMyBuckets")],
            coverage=coverage_of(MANAGEMENT_ONLY),
            accounts=polling(is_traced=is_traced),
            workloads={"f": 3},
        )
        return verdict_on(found, "xray:PutTraceSegments").verdict

    assert judged(is_traced=True) is Verdict.COMPANION
    assert judged(is_traced=False) is Verdict.NOT_OBSERVABLE


@pytest.mark.parametrize("source", ["arn:aws:kinesis:us-east-1:111122223333:stream/s", "not an arn"])
def test_a_mapping_of_another_service_binds_no_queue(source: str) -> None:
    found = proposal_for(
        inline(allow(["sqs:ReceiveMessage"])),
        uses=[use("s3:ListAllMyBuckets")],
        coverage=coverage_of(MANAGEMENT_ONLY),
        accounts=polling(source=source),
    )
    assert found.status is Status.UNCHANGED


def test_queue_reads_stay_where_more_than_functions_runs_under_the_role() -> None:
    found = proposal_for(
        inline(allow(["sqs:ReceiveMessage"])),
        uses=[use("s3:ListAllMyBuckets")],
        coverage=coverage_of(MANAGEMENT_ONLY),
        accounts=polling(),
        workloads={"f": 3, "i-0123456789abcdef0": 1},
    )
    assert found.status is Status.UNCHANGED
    assert verdict_on(found, "sqs:ReceiveMessage").verdict is Verdict.NOT_OBSERVABLE


def test_a_queue_that_is_polled_stays_beside_those_that_were_read() -> None:
    other = QUEUE.replace("jobs", "others")
    found = proposal_for(
        inline(allow("sqs:ReceiveMessage")), uses=[use("sqs:ReceiveMessage", other)], accounts=polling()
    )
    assert granted(found) == {"sqs:ReceiveMessage": [QUEUE, other]}


def test_a_grant_in_force_for_less_than_the_minimum_is_too_new() -> None:
    found = proposal_for(inline(allow("s3:*")), uses=[use("s3:GetObject", OBJECT)], created=NOON + timedelta(days=10))
    assert found.status is Status.UNCHANGED
    assert {v.verdict for v in found.verdicts} == {Verdict.TOO_NEW}


def test_an_action_that_one_service_alone_uses_goes_where_that_service_may_not_assume_the_role() -> None:
    policy = inline(allow(["s3:ReplicateObject", "s3:ListAllMyBuckets"]))
    gone = proposal_for(policy, uses=[use("s3:ListAllMyBuckets")], trust=TRUST_EC2)
    assert "s3:ReplicateObject" not in granted(gone)
    assert "may not assume the role" in verdict_on(gone, "s3:ReplicateObject").reason
    unknown = proposal_for(policy, uses=[use("s3:ListAllMyBuckets")])
    assert verdict_on(unknown, "s3:ReplicateObject").verdict is Verdict.NOT_OBSERVABLE


def test_an_action_that_the_catalog_does_not_know_stays() -> None:
    found = proposal_for(
        inline(allow(["s3:GetObjectOnTuesdays", "s3:DeleteObject", "s3:GetObject"])), uses=[use("s3:GetObject", OBJECT)]
    )
    assert granted(found) == {"s3:GetObject": [OBJECT], "s3:GetObjectOnTuesdays": ["*"]}


def test_calls_whose_actions_are_not_known_protect_what_is_granted_of_their_service() -> None:
    policy = inline(allow(["s3:GetObject", "s3:DeleteObject", "sns:CreateTopic"]))
    found = proposal_for(policy, uses=[use("s3:GetObject", OBJECT)], unmapped=[unmapped("s3.amazonaws.com")])
    assert granted(found) == {"s3:DeleteObject": ["*"], "s3:GetObject": ["*"]}
    assert "s3.amazonaws.com DoSomethingNew" in verdict_on(found, "s3:GetObject").reason
    of_nobody = proposal_for(policy, uses=[use("s3:GetObject", OBJECT)], unmapped=[unmapped("new.amazonaws.com")])
    assert of_nobody.status is Status.UNCHANGED


def test_calls_whose_actions_are_not_known_protect_what_is_checked_inside_them() -> None:
    passed = use("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/r", basis=Basis.PASSED_ROLE)
    policy = inline(allow(["iam:PassRole", "lambda:CreateFunction"]))
    found = proposal_for(policy, uses=[passed], unmapped=[unmapped("lambda.amazonaws.com")])
    assert found.status is Status.UNCHANGED


def test_on_request_what_is_not_observable_goes() -> None:
    policy = inline(allow(["s3:GetObject", "dynamodb:GetItem", "s3:ListAllMyBuckets"]))
    found = proposal_for(
        policy,
        uses=[use("s3:ListAllMyBuckets")],
        coverage=coverage_of(MANAGEMENT_ONLY),
        drop_unobservable=frozenset({"s3"}),
    )
    assert sorted(granted(found)) == ["dynamodb:GetItem", "s3:ListAllMyBuckets"]
    assert verdict_on(found, "s3:GetObject").reason.startswith("dropped on request")


@pytest.mark.parametrize("sid", ["NOREPOAdmin", "KeepThis"])
def test_a_statement_pinned_by_its_sid_stays(sid: str) -> None:
    pinned = allow("s3:*", Sid=sid)
    found = proposal_for(inline(pinned, allow("sns:DeleteTopic")), uses=[use("s3:GetObject", OBJECT)])
    assert statements_of(found) == [pinned]
    assert all(v.pinned for v in found.verdicts if v.sid == sid)


def test_pins_of_the_configuration_keep_actions_and_statements() -> None:
    breakglass = allow("sqs:*", QUEUE)
    policy = inline(allow(["s3:GetObject", "s3:DeleteObject", "sns:CreateTopic"]), breakglass)
    found = proposal_for(
        policy, uses=[use("s3:GetObject", OBJECT)], keep_actions=("S3:Delete*",), keep_resources=("*:jobs",)
    )
    assert breakglass in statements_of(found)
    assert granted(found)["s3:DeleteObject"] == ["*"]
    assert "sns:CreateTopic" not in granted(found)


def test_a_resource_that_the_event_does_not_name_keeps_the_grant_whole() -> None:
    policy = inline(allow(["s3:GetObject", "sns:CreateTopic"], ["arn:aws:s3:::a/*", "arn:aws:sns:*:*:t"]))
    found = proposal_for(policy, uses=[use("s3:GetObject", "*")])
    assert granted(found) == {"s3:GetObject": ["arn:aws:s3:::a/*", "arn:aws:sns:*:*:t"]}


def test_what_is_seen_on_unknown_parts_is_met_with_what_is_granted() -> None:
    volumes = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/*"
    found = proposal_for(
        inline(allow("ec2:DeleteVolume", "arn:aws:ec2:*:*:volume/vol-1")), uses=[use("ec2:DeleteVolume", volumes)]
    )
    assert granted(found) == {"ec2:DeleteVolume": [f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"]}


def test_observed_wildcard_characters_are_no_wildcards() -> None:
    strange = "arn:aws:s3:::photos/${*}/a${?}.jpg"
    found = proposal_for(inline(allow("s3:GetObject")), uses=[use("s3:GetObject", strange)], resources="exact")
    assert granted(found) == {"s3:GetObject": [strange]}
    old = inline(allow("s3:GetObject"), version="2008-10-17")
    found = proposal_for(old, uses=[use("s3:GetObject", strange)], resources="exact")
    assert granted(found) == {"s3:GetObject": ["arn:aws:s3:::photos/?/a?.jpg"]}
    assert found.status is Status.TIGHTENED


def test_a_policy_variable_stays_where_it_is() -> None:
    homes = "arn:aws:s3:::homes/${aws:username}/*"
    policy = inline(allow(["s3:GetObject", "s3:PutObject"], homes))
    found = proposal_for(policy, uses=[use("s3:GetObject", "arn:aws:s3:::homes/ann/a")])
    assert found.status is Status.TIGHTENED
    assert granted(found) == {"s3:GetObject": [homes]}


def test_not_resource_becomes_a_list() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secrets/*"}
    found = proposal_for(inline(statement), uses=[use("s3:GetObject", OBJECT)])
    assert found.status is Status.TIGHTENED
    assert statements_of(found) == [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}]


@pytest.mark.parametrize("seen", ["*", "arn:aws:s3:::*"])
def test_not_resource_stays_where_the_event_does_not_name_the_resource(seen: str) -> None:
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListAllMyBuckets", "s3:DeleteObject"],
        "NotResource": "arn:aws:s3:::secrets/*",
    }
    found = proposal_for(inline(statement), uses=[use("s3:GetObject", seen), use("s3:ListAllMyBuckets")])
    assert found.status is Status.TIGHTENED
    (left,) = statements_of(found)
    assert left == {**statement, "Action": ["s3:GetObject", "s3:ListAllMyBuckets"]}
    assert verdict_on(found, "s3:GetObject").kept == ("*",)


def test_not_action_becomes_a_list() -> None:
    statement = {"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "arn:aws:s3:::photos/*"}
    found = proposal_for(inline(statement), uses=[use("s3:GetObject", OBJECT)], drop_unobservable=frozenset({"s3"}))
    left = granted(found)
    assert left["s3:GetObject"] == [OBJECT]
    assert not any(action.startswith("s3:Delete") or action == "s3:*" for action in left)
    assert "NotAction" not in (text_of(found) or "")


def test_the_region_of_a_call_decides_which_statement_granted_it() -> None:
    there = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    here = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    policy = inline(allow("s3:GetObject", Condition=there), allow("s3:GetObject", Condition=here))
    found = proposal_for(policy, uses=[use("s3:GetObject", OBJECT)], coverage=coverage_of(EVERYTHING))
    assert [s["Condition"] for s in statements_of(found)] == [here]


def test_a_grant_is_kept_whole_when_its_use_was_checked_on_something_else_than_we_think() -> None:
    statement = allow("ec2:DescribeInstances", "arn:aws:ec2:*:111122223333:instance/*")
    proposal = proposal_for(inline(statement), uses=[use("ec2:DescribeInstances", "*")])
    verdict = verdict_on(proposal, "ec2:DescribeInstances")
    assert verdict.verdict is Verdict.USED
    assert verdict.kept == verdict.resources


def test_listing_uploads_goes_to_the_buckets_that_objects_were_put_into() -> None:
    statement = allow(["s3:PutObject", "s3:ListBucketMultipartUploads"])
    proposal = proposal_for(inline(statement), uses=[use("s3:PutObject", "arn:aws:s3:::photos/a.jpg")])
    verdict = verdict_on(proposal, "s3:ListBucketMultipartUploads")
    assert verdict.verdict is Verdict.COMPANION
    assert verdict.kept == ("arn:aws:s3:::photos",)


def test_listing_uploads_is_unused_where_uploads_would_have_shown_and_stays_where_not() -> None:
    policy = inline(allow(["s3:GetObject", "s3:ListBucketMultipartUploads"]))
    uses = [use("s3:GetObject", "arn:aws:s3:::photos/a.jpg")]
    shown = proposal_for(policy, uses=uses)
    assert verdict_on(shown, "s3:ListBucketMultipartUploads").verdict is Verdict.UNUSED
    unseen = proposal_for(policy, uses=uses, coverage=coverage_of(MANAGEMENT_ONLY))
    assert verdict_on(unseen, "s3:ListBucketMultipartUploads").verdict is Verdict.NOT_OBSERVABLE
