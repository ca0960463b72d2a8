"""Resource-based policies, and what makes services call, as outputs of the AWS CLI in a snapshot."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.current.written import ACCOUNT, details, snapshot
from trailmin.current import AccountSnapshot, Organization, SourceLink
from trailmin.current.snapshot import read_snapshot
from trailmin.current.source_links import EVENTS, S3, SNS
from trailmin.errors import CurrentError

REGION = "eu-west-1"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:resize"


def document(resource: str | None, action: str = "sqs:SendMessage") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Resource": resource} if resource else {})]}


def write(folder: Path, name: str, output: object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(output), encoding="utf-8")


def read(folder: Path) -> AccountSnapshot:
    return read_snapshot(folder).accounts[ACCOUNT]


@pytest.mark.parametrize(
    ("name", "output", "resource"),
    [
        ("s3/photos", {"Policy": json.dumps(document("arn:aws:s3:::photos/*"))}, "arn:aws:s3:::photos"),
        ("lambda/resize", {"Policy": json.dumps(document(FUNCTION)), "RevisionId": "1"}, FUNCTION),
        ("sqs/jobs", {"Attributes": {"Policy": json.dumps(document(QUEUE)), "QueueArn": QUEUE}}, QUEUE),
        (
            f"sns/{REGION}/news",
            {"Attributes": {"Policy": json.dumps(document("*"))}},
            f"arn:aws:sns:{REGION}:{ACCOUNT}:news",
        ),
        (
            f"kms/{REGION}/1234",
            {"Policy": json.dumps(document("*", "kms:*")), "PolicyName": "default"},
            f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234",
        ),
        (
            "secretsmanager/db",
            {
                "ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf",
                "Name": "db",
                "ResourcePolicy": json.dumps(document("*")),
            },
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf",
        ),
        (
            f"ecr/{REGION}/app",
            {"registryId": ACCOUNT, "repositoryName": "team/app", "policyText": json.dumps(document(None, "ecr:*"))},
            f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/app",
        ),
        (
            "events/default",
            {
                "Name": "default",
                "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
                "Policy": json.dumps(document("*")),
            },
            f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
        ),
        (
            f"apigateway/{REGION}/shop",
            {"id": "a1b2c3", "policy": json.dumps(document("execute-api:/*")).replace('"', '\\"').replace("/", "\\/")},
            f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3",
        ),
    ],
)
def test_each_output_tells_its_resource_and_its_policy(
    tmp_path: Path, name: str, output: dict[str, Any], resource: str
) -> None:
    folder = snapshot(tmp_path, details())
    write(folder, f"resource-policies/{name}.json", output)
    (found,) = read(folder).resource_policies or ()
    assert (found.service, found.resource, found.account) == (name.partition("/")[0], resource, ACCOUNT)
    assert found.policy.statements[0].principals[0].kind == "*"
    assert found.text.startswith("{\n")
    assert found.document is None


def test_a_repository_s_policy_is_about_its_repository(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    output = {"repositoryName": "app", "policyText": json.dumps(document(None, "ecr:BatchGetImage"))}
    write(folder, f"resource-policies/ecr/{REGION}/app.json", output)
    (found,) = read(folder).resource_policies or ()
    assert found.policy.statements[0].resources == (found.resource,)


def test_a_team_s_own_document_is_read_as_it_is(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    text = json.dumps(document("arn:aws:s3:::photos/*", "s3:GetObject"), indent=4)
    path = folder / "resource-policies" / "s3" / "photos.json"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    (found,) = read(folder).resource_policies or ()
    assert (found.text, found.resource) == (text, "arn:aws:s3:::photos")
    assert found.document is not None
    assert found.document.path == path.resolve()


def test_resources_without_a_policy_are_none(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    write(folder, "resource-policies/sqs/jobs.json", {"Attributes": {"QueueArn": QUEUE}})
    write(folder, "resource-policies/secretsmanager/db.json", {"ARN": "arn:aws:secretsmanager:x", "Name": "db"})
    write(folder, f"resource-policies/apigateway/{REGION}/shop.json", {"id": "a1b2c3", "name": "shop"})
    assert read(folder).resource_policies == ()


def test_without_a_folder_nothing_is_known(tmp_path: Path) -> None:
    known = read(snapshot(tmp_path, details()))
    assert known.resource_policies is None
    assert known.source_links.services_known(FUNCTION) == frozenset()
    assert known.organization is None


@pytest.mark.parametrize(
    ("name", "output", "message"),
    [
        ("rds/db", {}, "of no known service"),
        ("s3/photos", {"Polixy": "{}"}, "not the output of aws s3api get-bucket-policy"),
        ("kms/1234", {"Policy": "{}"}, "the region of 1234 is not known"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_why(
    tmp_path: Path, name: str, output: dict[str, Any], message: str
) -> None:
    folder = snapshot(tmp_path, details())
    write(folder, f"resource-policies/{name}.json", output)
    with pytest.raises(CurrentError, match=message):
        read(folder)


def test_notifications_rules_and_subscriptions_are_what_makes_services_call(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    rule, topic = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly", "arn:aws:sns:eu-west-1:444455556666:news"
    write(
        folder,
        "bucket-notifications/photos.json",
        {
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION}],
            "QueueConfigurations": [{"QueueArn": QUEUE}],
        },
    )
    write(folder, "rules.json", {"Rules": [{"Name": "nightly", "Arn": rule}]})
    write(folder, f"rule-targets/{REGION}/nightly.json", {"Targets": [{"Id": "1", "Arn": FUNCTION}]})
    write(
        folder,
        "subscriptions.json",
        {
            "Subscriptions": [
                {"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE},
                {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com"},
            ]
        },
    )
    known = read(folder).source_links
    assert known.known == {(S3, "*"), (EVENTS, REGION), (SNS, "eu-west-1")}
    assert known.links == (
        SourceLink(service="events.amazonaws.com", source=rule, account=ACCOUNT, target=FUNCTION),
        SourceLink(service="s3.amazonaws.com", source="arn:aws:s3:::photos", account=ACCOUNT, target=FUNCTION),
        SourceLink(service="s3.amazonaws.com", source="arn:aws:s3:::photos", account=ACCOUNT, target=QUEUE),
        SourceLink(service="sns.amazonaws.com", source=topic, account="444455556666", target=QUEUE),
    )


def test_a_rule_whose_targets_are_not_there_leaves_its_region_unknown(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    rules = [f"arn:aws:events:{region}:{ACCOUNT}:rule/nightly" for region in ("eu-west-1", "eu-north-1")]
    write(folder, "rules.json", {"Rules": [{"Name": "nightly", "Arn": rule} for rule in rules]})
    write(folder, "rule-targets/eu-west-1/nightly.json", {"Targets": []})
    assert read(folder).source_links.known == {("events.amazonaws.com", "eu-west-1")}


def test_rules_of_one_name_on_several_buses_have_each_their_targets(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    rules = [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}" for name in ("nightly", "orders/nightly")]
    write(folder, "rules.json", {"Regions": [REGION], "Rules": [{"Arn": rule} for rule in rules]})
    write(folder, f"rule-targets/{REGION}/nightly.json", {"Targets": [{"Id": "1", "Arn": FUNCTION}]})
    write(folder, f"rule-targets/{REGION}/orders/nightly.json", {"Targets": [{"Id": "1", "Arn": QUEUE}]})
    assert [(link.source, link.target) for link in read(folder).source_links.links] == [
        (rules[0], FUNCTION),
        (rules[1], QUEUE),
    ]


def test_a_configuration_says_nothing_of_other_regions_and_of_what_it_does_not_lead_to(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    write(folder, "bucket-notifications/photos.json", {})
    write(folder, "rules.json", {"Regions": [REGION], "Rules": []})
    write(folder, "subscriptions.json", {"Regions": [REGION], "Subscriptions": []})
    known = read(folder).source_links
    assert known.services_known(FUNCTION) == {"s3.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"}
    assert known.services_known(f"arn:aws:lambda:eu-north-1:{ACCOUNT}:function:f") == {"s3.amazonaws.com"}
    assert known.services_known(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234") == frozenset()


def test_an_organization_is_known_with_or_without_its_accounts(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    write(folder, "organization.json", {"Organization": {"Id": "o-abc"}})
    assert read(folder).organization == Organization(id="o-abc")
    write(folder, "organization.json", {"Organization": {"Id": "o-abc"}, "Accounts": [{"Id": ACCOUNT}]})
    assert read(folder).organization == Organization(id="o-abc", accounts=frozenset({ACCOUNT}))
