"""The other half of permissions, from log files to tightened policies: four stories."""

import json
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.records import record, session, write_log

OURS, THEIRS = "111122223333", "444455556666"
REGION = "eu-west-1"
DAYS = [date(2026, 9, 1) + timedelta(days=n) for n in range(35)]
BUCKET = "partner-drop"
FUNCTION = f"arn:aws:lambda:{REGION}:{OURS}:function:resize"
TABLE = f"arn:aws:dynamodb:{REGION}:{OURS}:table/images"
GITHUB = f"arn:aws:iam::{OURS}:oidc-provider/token.actions.githubusercontent.com"
SUBJECT = "repo:octo-org/shop:ref:refs/heads/main"

Record = dict[str, Any]


def at(day: date, number: int, **fields: Any) -> Record:
    return record(**{"eventTime": f"{day}T10:00:00Z", "eventID": f"{day}-{number}", "awsRegion": REGION} | fields)


def service(name: str) -> Record:
    return {"type": "AWSService", "invokedBy": name}


def management(day: date, number: int, name: str, who: Record, parameters: Record, **fields: Any) -> Record:
    given = {"eventCategory": "Management", "readOnly": True, "userIdentity": who, "requestParameters": parameters}
    return at(day, number, eventName=name, **given | fields)


def selectors() -> Record:
    fields = [{"Field": "eventCategory", "Equals": ["Data"]}]
    kinds = ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table")
    data = [{"FieldSelectors": [*fields, {"Field": "resources.type", "Equals": [kind]}]} for kind in kinds]
    everything = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    return {"AdvancedEventSelectors": [*everything, *data]}


def allow(action: str | list[str], resource: str | None = None, principal: object = None, **more: Any) -> Record:
    given = {"Effect": "Allow", "Action": action, **({"Resource": resource} if resource else {}), **more}
    return given | ({"Principal": principal} if principal is not None else {})


def document(*statements: Record) -> Record:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(name: str, trust: Record, *statements: Record, account: str = OURS) -> Record:
    return {
        "Path": "/",
        "RoleName": name,
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "CreateDate": "2025-01-02T03:04:05Z",
        "AssumeRolePolicyDocument": document(trust),
        "RolePolicyList": [{"PolicyName": "Access", "PolicyDocument": document(*statements)}],
        "AttachedManagedPolicies": [],
    }


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def snapshot(folder: Path, account: str, *roles: Record) -> Path:
    write(
        folder / account / "authorization-details.json",
        {"RoleDetailList": list(roles), "UserDetailList": [], "GroupDetailList": [], "Policies": []},
    )
    write(folder / account / "event-selectors.json", selectors())
    return folder / account


def lake_of(run: Run, folder: Path, *records: Record) -> Path:
    write_log(folder / "logs" / "log.json.gz", *records)
    result = run("ingest", folder / "logs", "--lake", folder / "lake", "--workers", "1")
    assert result.exit_code == 0, result.stderr
    return folder / "lake"


def by_service(name: str) -> Record:
    return allow("sts:AssumeRole", principal={"Service": name})


# --- a function that uploads into another account's bucket


def upload(day: date, **fields: Any) -> Record:
    parameters = {"bucketName": BUCKET, "key": f"{day:%Y/%m/%d}/a.csv"}
    given = {"eventName": "PutObject", "readOnly": False, "requestParameters": parameters, "sharedEventID": f"u-{day}"}
    return at(day, 1, **given | fields)


def uploads() -> list[Record]:
    """As both accounts log them: the bucket's account is told of the caller's account only."""
    theirs = {"type": "AWSAccount", "principalId": "AROAEXAMPLE:s", "accountId": OURS}
    resources = [{"type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{BUCKET}", "accountId": THEIRS}]
    pairs = (
        (
            upload(day, userIdentity=session("uploader", OURS)),
            upload(day, eventID=f"{day}-b", userIdentity=theirs, recipientAccountId=THEIRS, resources=resources),
        )
        for day in DAYS
    )
    return [one for pair in pairs for one in pair]


@pytest.fixture
def cross_account(tmp_path: Path) -> Path:
    """Snapshots of the function's account and of the bucket's."""
    snapshots = tmp_path / "snapshots"
    identity = allow(["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{BUCKET}/*")
    snapshot(snapshots, OURS, role("uploader", by_service("lambda.amazonaws.com"), identity))
    theirs = snapshot(snapshots, THEIRS)
    whole = allow("s3:*", f"arn:aws:s3:::{BUCKET}/*", {"AWS": f"arn:aws:iam::{OURS}:root"}, Sid="Partner")
    write(theirs / "resource-policies" / "s3" / f"{BUCKET}.json", {"Policy": json.dumps(document(whole))})
    return snapshots


def test_a_serverless_upload_keeps_what_the_pair_uses_on_both_sides(
    run: Run, tmp_path: Path, cross_account: Path
) -> None:
    lake = lake_of(run, tmp_path, *uploads())
    arguments = ("--current", cross_account, "--lake", lake)
    result = run("resource-policies", *arguments, "--json", "-o", tmp_path / "out")
    assert result.exit_code == 10, result.stderr
    found = json.loads(result.stdout)
    (policy,) = found["policies"]
    assert (policy["status"], policy["proof"]["proven"], policy["replay"]["passed"]) == ("tightened", True, True)
    assert [caller["name"] for caller in policy["callers"]] == [f"arn:aws:iam::{OURS}:role/uploader"]
    written = tmp_path / "out" / THEIRS / "s3" / BUCKET
    seen, unseen = json.loads((written / "policy.json").read_text())["Statement"]
    assert seen["Principal"] == {"AWS": f"arn:aws:iam::{OURS}:role/uploader"}
    assert (seen["Sid"], seen["Action"]) == ("Partner", "s3:PutObject")
    # What need not have shown stays with whom it is granted to.
    assert unseen["Principal"] == {"AWS": f"arn:aws:iam::{OURS}:root"}
    assert not {"s3:*", "s3:PutObject", "s3:GetObject"} & {*unseen["Action"]}
    assert f"--bucket={BUCKET}" in (written / "apply.sh").read_text()
    assert subprocess.run(["bash", "-n", written / "apply.sh"], check=False).returncode == 0
    (pair,) = found["cross_account"]
    assert (pair["identity_side"]["state"], pair["resource_side"]["state"]) == ("allows", "too wide")
    assert pair["resource_side"]["needed"]["Principal"] == {"AWS": [f"arn:aws:iam::{OURS}:role/uploader"]}

    assert run("tighten", "uploader", *arguments, "-o", tmp_path / "roles", "--json").exit_code == 10
    (tightened,) = (tmp_path / "roles").rglob("policies/*.json")
    (statement,) = json.loads(tightened.read_text())["Statement"]
    assert statement["Action"] == ["s3:PutObject"]


def test_the_report_shows_both_halves_and_the_policies_on_resources(
    run: Run, tmp_path: Path, cross_account: Path
) -> None:
    lake = lake_of(run, tmp_path, *uploads())
    assert run("report", "--current", cross_account, "--lake", lake, "-o", tmp_path / "report.html").exit_code == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for shown in ("Both halves of cross-account access", "The resource side needs", "Policies on resources: findings"):
        assert shown in page


def test_explain_tells_which_side_of_a_refused_upload_is_missing(run: Run, tmp_path: Path, cross_account: Path) -> None:
    refused = upload(DAYS[0], userIdentity=session("reporter", OURS), errorCode="AccessDenied")
    log = write_log(tmp_path / "refused.json.gz", refused)
    snapshot(cross_account, OURS, role("reporter", by_service("lambda.amazonaws.com"), allow("s3:GetObject", "*")))
    result = run("explain", log, "--current", cross_account)
    assert "role: missing; no statement allows it" in result.stdout
    assert f'it needs {{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::{BUCKET}/' in (
        result.stdout
    )
    assert "resource: too wide; allowed by its policy, statement Partner, which names all actions" in result.stdout
    told = json.loads(run("explain", log, "--current", cross_account, "--json").stdout)
    assert told["cross_account"][0]["identity_side"]["stops_it"] is True


# --- a bucket that calls a function that writes a table


def test_a_chain_from_bucket_to_table_is_tied_at_each_link(run: Run, tmp_path: Path) -> None:
    invoked = [
        at(
            day,
            1,
            eventSource="lambda.amazonaws.com",
            eventName="Invoke",
            readOnly=False,
            userIdentity=service("s3.amazonaws.com"),
            requestParameters={"functionName": FUNCTION},
            resources=[{"type": "AWS::Lambda::Function", "ARN": FUNCTION, "accountId": OURS}],
        )
        for day in DAYS
    ]
    written = [
        at(
            day,
            2,
            eventSource="dynamodb.amazonaws.com",
            eventName="PutItem",
            readOnly=False,
            userIdentity=session("resize", OURS),
            requestParameters={"tableName": "images"},
            resources=[{"type": "AWS::DynamoDB::Table", "ARN": TABLE, "accountId": OURS}],
        )
        for day in DAYS
    ]
    lake = lake_of(run, tmp_path, *invoked, *written)
    held = role("resize", by_service("lambda.amazonaws.com"), allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], TABLE))
    folder = snapshot(tmp_path / "snapshots", OURS, held)
    permission = allow("lambda:InvokeFunction", FUNCTION, {"Service": "s3.amazonaws.com"}, Sid="AllowS3")
    write(folder / "resource-policies" / "lambda" / "resize.json", {"Policy": json.dumps(document(permission))})
    write(
        folder / "bucket-notifications" / "photos.json",
        {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}]},
    )
    arguments = ("--current", tmp_path / "snapshots", "--lake", lake)
    assert run("resource-policies", "resize", *arguments, "-o", tmp_path / "out").exit_code == 10
    (path,) = (tmp_path / "out").rglob("policy.json")
    (statement,) = json.loads(path.read_text())["Statement"]
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::photos"},
        "StringEquals": {"aws:SourceAccount": OURS},
    }
    assert run("tighten", "resize", *arguments, "-o", tmp_path / "roles").exit_code == 10
    (tightened,) = (tmp_path / "roles").rglob("policies/*.json")
    assert json.loads(tightened.read_text())["Statement"][0]["Action"] == ["dynamodb:PutItem"]


# --- who becomes a role


def assumed(day: date, name: str, who: Record, **fields: Any) -> Record:
    given = {
        "eventSource": "sts.amazonaws.com",
        "resources": [{"type": "AWS::IAM::Role", "ARN": f"arn:aws:iam::{OURS}:role/{name}", "accountId": OURS}],
    }
    event = fields.pop("eventName", "AssumeRole")
    parameters = {"roleArn": f"arn:aws:iam::{OURS}:role/{name}", "roleSessionName": "s", **fields.pop("parameters", {})}
    return management(day, fields.pop("number", 1), event, who, parameters, **given | fields)


def trust_of(run: Run, folder: Path, trust: Record, *records: Record) -> tuple[Record, Record]:
    """The trust policy's proposal, and its statement afterwards."""
    lake = lake_of(run, folder, *records)
    snapshot(folder / "snapshots", OURS, role("subject", trust, allow("s3:GetObject", "arn:aws:s3:::photos/*")))
    arguments = ("--current", folder / "snapshots", "--lake", lake, "--trust", "--json", "-o", folder / "out")
    result = run("tighten", "subject", *arguments)
    (proposal,) = json.loads(result.stdout)["trust"]
    path = folder / "out" / OURS / "subject" / "trust" / "policy.json"
    return proposal, json.loads(path.read_text())["Statement"][0]


THIRD_PARTY = {"type": "AWSAccount", "principalId": "AROAEXAMPLE:scan", "accountId": THEIRS}
WHOLE_ACCOUNT = allow("sts:AssumeRole", principal={"AWS": f"arn:aws:iam::{THEIRS}:root"})


def test_a_third_party_that_gives_an_external_id_is_held_to_it(run: Run, tmp_path: Path) -> None:
    records = [assumed(day, "subject", THIRD_PARTY, parameters={"externalId": "e-42"}) for day in DAYS]
    proposal, statement = trust_of(run, tmp_path, WHOLE_ACCOUNT, *records)
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "e-42"}}
    assert proposal["proof"]["proven"]
    assert proposal["replay"]["kept"] == len(DAYS)
    assert "no-external-id" in {finding["kind"] for finding in proposal["findings"]}


def test_a_third_party_without_an_external_id_is_a_finding_and_nothing_breaks(run: Run, tmp_path: Path) -> None:
    two = allow("sts:AssumeRole", principal={"AWS": [f"arn:aws:iam::{THEIRS}:root", "777788889999"]})
    proposal, statement = trust_of(run, tmp_path, two, *(assumed(day, "subject", THIRD_PARTY) for day in DAYS))
    assert statement["Principal"] == {"AWS": [f"arn:aws:iam::{THEIRS}:root"]}
    assert "Condition" not in statement
    advice = {f["advice"] for f in proposal["findings"] if f["kind"] == "no-external-id"}
    assert any("sts:ExternalId" in (one or "") for one in advice)


def test_a_third_party_whose_log_is_at_hand_is_named(run: Run, tmp_path: Path) -> None:
    theirs = [
        assumed(
            day, "subject", session("scanner", THEIRS), number=2, recipientAccountId=THEIRS, sharedEventID=f"a-{day}"
        )
        for day in DAYS
    ]
    ours = [assumed(day, "subject", THIRD_PARTY, sharedEventID=f"a-{day}") for day in DAYS]
    _, statement = trust_of(run, tmp_path, WHOLE_ACCOUNT, *ours, *theirs)
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{THEIRS}:role/scanner"}


def test_a_deploy_role_of_github_is_held_to_its_repository_and_branch(run: Run, tmp_path: Path) -> None:
    token = {
        "type": "WebIdentityUser",
        "principalId": f"{GITHUB}:sts.amazonaws.com:{SUBJECT}",
        "userName": SUBJECT,
        "identityProvider": GITHUB,
    }
    trust = allow(
        "sts:AssumeRoleWithWebIdentity",
        principal={"Federated": GITHUB},
        Condition={"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
    )
    records = [assumed(day, "subject", token, eventName="AssumeRoleWithWebIdentity") for day in DAYS]
    proposal, statement = trust_of(run, tmp_path, trust, *records)
    assert statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == SUBJECT
    assert [f["kind"] for f in proposal["findings"]] == ["wide-subject"]
    assert [c["name"] for c in proposal["callers"]] == [SUBJECT]
