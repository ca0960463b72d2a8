"""What a role needs without its log saying so outright: no grant of it goes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.cli.records import record
from tests.synth.situation import ACCOUNT, allow, inline, role, verdict_on
from tests.usage.lakes import fill
from trailmin.current import AccountSnapshot, StateInForce
from trailmin.job import propose_from_lake
from trailmin.synth import Options, Proposal, Verdict

SINCE = date(2026, 9, 1)
DAYS = 45
MANAGEMENT = {"ReadWriteType": "All", "IncludeManagementEvents": True}
TRAIL = {"EventSelectors": [MANAGEMENT]}


def call(source: str, name: str, parameters: Any = None, day: int = 0, **changes: Any) -> dict[str, Any]:
    """A management call of the role on the nth day of the window."""
    given = {
        "eventTime": f"{SINCE + timedelta(days=day)}T10:00:00Z",
        "eventID": f"{source}-{name}-{day}-{changes.get('awsRegion', '')}",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "eventCategory": "Management",
        "readOnly": name.startswith(("Describe", "Get", "List")),
        "awsRegion": "us-east-1",
        "requestParameters": parameters,
    }
    return record("worker", **given | changes)


def daily(*calls: tuple[str, str], **changes: Any) -> list[dict[str, Any]]:
    """Reads and writes on each day of the window, so that nothing is too little to go by."""
    wanted = (("ec2", "DescribeRegions"), ("sqs", "CreateQueue"), *calls)
    return [call(source, name, None, day, **changes) for day in range(DAYS) for source, name in wanted]


def proposal(
    tmp_path: Path,
    *statements: dict[str, Any],
    calls: list[dict[str, Any]],
    selectors: Any = TRAIL,
    trails: Any = None,
    **options: Any,
) -> Proposal:
    """What is proposed for the role, from log objects on."""
    state = StateInForce(
        roles=(role(inline(*statements)),),
        accounts={ACCOUNT: AccountSnapshot(account=ACCOUNT, event_selectors=selectors, trails=trails)},
    )
    lake = fill(tmp_path, "a", *calls)
    found = propose_from_lake(lake, state, Options(**options), confidence=False)
    return next(one for one in found if one.role.name == "worker")


def test_who_runs_a_task_passes_the_roles_of_its_definition(tmp_path: Path) -> None:
    calls = [*daily(), call("ecs", "RunTask", {"cluster": "c", "taskDefinition": "web:1"}, 5)]
    found = proposal(tmp_path, allow(["ecs:RunTask", "iam:PassRole", "sqs:DeleteQueue"]), calls=calls)
    assert verdict_on(found, "sqs:DeleteQueue").verdict is Verdict.UNUSED
    passed = verdict_on(found, "iam:PassRole")
    assert passed.verdict is Verdict.IMPLIED
    assert passed.kept == (f"arn:aws:iam::{ACCOUNT}:role/*",)


def test_who_launches_from_a_template_needs_what_the_template_names(tmp_path: Path) -> None:
    launch = {"instancesSet": {"items": [{"minCount": 1}]}, "launchTemplate": {"launchTemplateId": "lt-1"}}
    granted = allow(["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole", "sqs:DeleteQueue"])
    found = proposal(tmp_path, granted, calls=[*daily(), call("ec2", "RunInstances", launch, 5)])
    assert not verdict_on(found, "sqs:DeleteQueue").kept
    assert verdict_on(found, "iam:PassRole").kept == (f"arn:aws:iam::{ACCOUNT}:role/*",)
    assert verdict_on(found, "ec2:CreateTags").kept == ("*",)
    assert f"arn:aws:ec2:us-east-1:{ACCOUNT}:key-pair/*" in verdict_on(found, "ec2:RunInstances").kept


def test_a_role_may_be_passed_in_a_region_that_is_not_logged(tmp_path: Path) -> None:
    home = {"trailList": [{"Name": "t", "TrailARN": "t", "HomeRegion": "us-east-1", "IsMultiRegionTrail": False}]}
    granted = allow(["iam:PassRole", "iam:DeleteUser", "lambda:CreateFunction"])
    found = proposal(tmp_path, granted, calls=daily(), trails=home)
    assert verdict_on(found, "lambda:CreateFunction").verdict is Verdict.NOT_OBSERVABLE
    assert verdict_on(found, "iam:PassRole").verdict is Verdict.NOT_OBSERVABLE
    assert verdict_on(found, "iam:DeleteUser").verdict is Verdict.UNUSED


def test_a_trail_may_leave_out_the_services_without_regions(tmp_path: Path) -> None:
    one = {"TrailARN": "t", "HomeRegion": "us-east-1", "IsMultiRegionTrail": False}
    granted = allow(["iam:DeleteUser", "iam:GetUser"], f"arn:aws:iam::{ACCOUNT}:user/x")
    for is_logged, verdict in ((True, Verdict.UNUSED), (False, Verdict.NOT_OBSERVABLE)):
        home = {"trailList": [one | {"IncludeGlobalServiceEvents": is_logged}]}
        found = proposal(tmp_path / str(is_logged), granted, calls=daily(), trails=home)
        assert verdict_on(found, "iam:DeleteUser").verdict is verdict


def test_parameters_that_a_record_has_no_room_for_may_have_passed_a_role(tmp_path: Path) -> None:
    left_out = {"omitted": True, "originalSize": 150_000, "reason": "requestParameters too large"}
    calls = [*daily(), *(call("ecs", "RegisterTaskDefinition", left_out, day) for day in range(9))]
    granted = allow(["ecs:RegisterTaskDefinition", "ecs:TagResource", "iam:PassRole", "sqs:DeleteQueue"])
    found = proposal(tmp_path, granted, calls=calls)
    assert verdict_on(found, "iam:PassRole").kept == ("*",)
    assert verdict_on(found, "ecs:TagResource").kept == ("*",)
    assert not verdict_on(found, "sqs:DeleteQueue").kept


def data_trail(name: str, *types: str) -> dict[str, Any]:
    selectors = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": list(types)},
    ]
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}"
    return {"TrailARN": arn, "AdvancedEventSelectors": [{"FieldSelectors": selectors}]}


def test_a_trail_whose_bucket_was_not_read_shows_nothing(tmp_path: Path) -> None:
    objects, tables = "AWS::S3::Object", "AWS::DynamoDB::Table"
    seen = {"eventCategory": "Data", "requestParameters": {"bucketName": "b", "key": "k"}}
    calls = [*daily(), *(call("s3", "GetObject", None, day, **seen) for day in range(DAYS))]
    granted = [allow("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111122223333:table/T"), allow("s3:DeleteObject")]
    write = TRAIL | {"TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/m"}
    two = [write, data_trail("a", objects, "AWS::S3::AccessPoint"), data_trail("b", tables)]
    found = proposal(tmp_path / "two", *granted, calls=calls, selectors=two)
    assert verdict_on(found, "s3:DeleteObject").verdict is Verdict.UNUSED
    assert verdict_on(found, "dynamodb:GetItem").verdict is Verdict.NOT_OBSERVABLE
    either = [write, data_trail("a", objects), data_trail("b", objects, tables)]
    found = proposal(tmp_path / "either", *granted, calls=calls, selectors=either)
    assert verdict_on(found, "dynamodb:GetItem").verdict is Verdict.NOT_OBSERVABLE
    one = [write, data_trail("b", objects, tables)]
    found = proposal(tmp_path / "one", *granted, calls=calls, selectors=one)
    assert verdict_on(found, "dynamodb:GetItem").verdict is Verdict.UNUSED


def test_an_action_that_was_used_may_need_another_unseen(tmp_path: Path) -> None:
    granted = allow(["mgn:StartTest", "mgn:StartCutover", "iam:PassRole", "lambda:CreateFunction"])
    found = proposal(tmp_path / "used", granted, calls=[*daily(), call("mgn", "StartTest", {"sourceServerIDs": []}, 5)])
    assert verdict_on(found, "iam:PassRole").verdict is Verdict.NOT_OBSERVABLE
    assert "mgn:StartTest may need it" in verdict_on(found, "iam:PassRole").reason
    assert not verdict_on(found, "mgn:StartCutover").kept
    found = proposal(tmp_path / "unused", granted, calls=daily())
    assert verdict_on(found, "iam:PassRole").verdict is Verdict.UNUSED


def test_a_region_of_which_there_are_logs_of_few_days_shows_nothing(tmp_path: Path) -> None:
    abroad = [call("sqs", "ListQueues", None, day, awsRegion="eu-west-1") for day in range(40, DAYS)]
    granted = [allow("sqs:DeleteQueue", f"arn:aws:sqs:{region}:{ACCOUNT}:q") for region in ("us-east-1", "eu-west-1")]
    found = proposal(tmp_path, *granted, calls=[*daily(), *abroad])
    home, away = (verdict for verdict in found.verdicts if verdict.action == "sqs:DeleteQueue")
    assert home.verdict is Verdict.UNUSED
    assert (away.verdict, away.coverage) == (
        Verdict.NOT_OBSERVABLE,
        "logs of region eu-west-1 are from 2026-10-11 to 2026-10-15 only",
    )


def test_logs_of_a_region_over_the_whole_of_a_short_window_show_what_is_unused(tmp_path: Path) -> None:
    days = [call("sqs", "ListQueues", None, day) for day in range(3)]
    granted = allow("sqs:DeleteQueue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q")
    found = proposal(tmp_path, granted, calls=days, ignore_guards=True)
    assert verdict_on(found, "sqs:DeleteQueue").verdict is Verdict.UNUSED


def test_services_may_log_their_calls_under_the_source_of_another(tmp_path: Path) -> None:
    target = {"serviceNamespace": "ecs", "resourceId": "service/c/s", "scalableDimension": "ecs:service:DesiredCount"}
    calls = [
        *daily(),
        call("autoscaling", "RegisterScalableTarget", target, 5),
        call("autoscaling", "PutScalingPolicy", target | {"policyName": "p"}, 5),
        call("autoscaling", "CreateScalingPlan", {"scalingPlanName": "p"}, 5),
        call("ssm", "OpenDataChannel", {"sessionId": "s"}, 5),
    ]
    used = [
        "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:PutScalingPolicy",
        "autoscaling-plans:CreateScalingPlan",
    ]
    granted = allow([*used, "autoscaling:PutScalingPolicy", "sqs:DeleteQueue", "ssmmessages:OpenDataChannel"])
    found = proposal(tmp_path, granted, calls=calls)
    assert [verdict_on(found, action).verdict for action in used] == [Verdict.USED] * 3
    assert verdict_on(found, used[0]).kept == (
        f"arn:aws:application-autoscaling:us-east-1:{ACCOUNT}:scalable-target/*",
    )
    assert verdict_on(found, "autoscaling:PutScalingPolicy").verdict is Verdict.UNUSED
    assert verdict_on(found, "ssmmessages:OpenDataChannel").kept
