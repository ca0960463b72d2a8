"""The ledger of docs/known-gaps.md, kept honest: each gap has a test of what is wanted, which fails until it is closed.

A gap that is closed turns its test into an unexpected pass, and so fails the suite until the entry and the mark go.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.records import record as cli_record
from tests.cli.records import write_log
from tests.iac.case import CORPUS, edited, read_case, read_source, role_called
from tests.policy.test_evaluate import policy as statements
from tests.synth.situation import allow, managed, proposal_for, proposals_for, role, use, verdict_on
from tests.synth.test_drift import NARROW, WIDENED, kinds, run_on, worker
from tests.trail.digests.chains import keys, log_key, make_chain, write_tree
from tests.usage.reading import event_of, record
from trailmin.catalog import Unmapped, load_catalog
from trailmin.config import Config, read_config
from trailmin.current import SourceChange, SourceChangeKind, StateInForce, load_current
from trailmin.current.iac.registry import edit_source
from trailmin.engine import open_engine
from trailmin.errors import ConfigError
from trailmin.job import run_job
from trailmin.lake import Lake, ingest
from trailmin.policy import Kept, RemoveStatement, Request, still_allowed
from trailmin.synth.drift_model import DriftKind
from trailmin.synth.model import Proposal, Verdict
from trailmin.synth.run_record import run_rows
from trailmin.trail.digests import Verification, VerifyMode
from trailmin.trail.sources import open_source
from trailmin.usage.resolver import Resolver

LEDGER = Path(__file__).resolve().parent.parent / "docs" / "known-gaps.md"
SIDES = ("keeps too much", "grants too little", "says too little", "asks too much of a person")

ACCOUNT = "111122223333"
IN_REGION = f"us-east-1:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
ALIAS = "ap-abcdefghijklmnopqrstuvwxyz-s3alias"

CATALOG = load_catalog()
RESOLVER = Resolver(CATALOG)
_tested: list[str] = []


def known_gap(identifier: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Marks the test of what is wanted where a gap is: it must fail, by its own assertion."""
    _tested.append(identifier)
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"known gap: {identifier}")


def resources_of(action: str, parameters: object, *, operation: str | None = None, **more: Any) -> set[str]:
    """The resources of one action of a call; empty where the call gives none such action."""
    prefix, _, name = action.partition(":")
    source = more.pop("source", prefix)
    resolution = RESOLVER.resolve(event_of(record(source, operation or name, parameters, **more)))
    return {resource for one in resolution.authorizations if one.action == action for resource in one.resources}


def role_entry(name: str, **more: object) -> dict[str, object]:
    """A role as `get-account-authorization-details` has it."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return {"Arn": arn, "RoleName": name, "Path": "/", "CreateDate": "2020-01-01T00:00:00Z", **more}


def inline(*found: dict[str, Any]) -> dict[str, object]:
    """An inline policy as `get-account-authorization-details` has it."""
    return {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(found)}}


def tightened(folder: Path, details: dict[str, Any], **beside: object) -> tuple[Proposal, ...]:
    """The proposals for a snapshot, with a log of one region, with reads and writes, in which `reader` has one use."""
    snapshot = folder / "snapshots" / ACCOUNT
    snapshot.mkdir(parents=True)
    for name, content in {"authorization-details.json": details, **beside}.items():
        (snapshot / name).write_text(json.dumps(content))
    management = {"eventSource": "ec2.amazonaws.com", "eventCategory": "Management", "requestParameters": None}
    write_log(
        folder / "logs" / "a.json.gz",
        cli_record(),
        cli_record("other", eventID="e-2", eventName="DescribeInstances", **management),
        cli_record("other", eventID="e-3", eventName="AllocateAddress", readOnly=False, **management),
    )
    return run_job(
        Config(
            path=folder / "trailmin.toml",
            sources=(folder / "logs",),
            workers=1,
            lake=folder / "lake",
            current=(folder / "snapshots",),
            output=folder / "out",
            ignore_guards=True,
        )
    ).proposals


def test_the_ledger_and_the_tests_know_the_same_gaps() -> None:
    entries = re.findall(r"^### ([a-z0-9]+(?:-[a-z0-9]+)*)$", LEDGER.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(entries) == len(set(entries))
    assert len(_tested) == len(set(_tested)), "one test a gap"
    assert set(entries) == set(_tested)


def test_each_entry_says_what_a_user_sees_and_which_side_it_errs_on() -> None:
    for entry in re.split(r"^### ", LEDGER.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        identifier, _, rest = entry.partition("\n")
        body, _, _ = rest.partition("\n## ")
        assert body.rstrip().endswith(tuple(f"Errs: {side}." for side in SIDES)), identifier
        assert len(body.split()) > 10, identifier


# From events to actions and resources


@known_gap("replica-key-tags")
def test_the_tags_of_a_replica_are_checked_in_its_own_region() -> None:
    parameters = {"keyId": "mrk-1", "replicaRegion": "eu-west-1", "tags": [{"tagKey": "a", "tagValue": "b"}]}
    found = resources_of("kms:TagResource", parameters, operation="ReplicateKey")
    assert found == {f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/mrk-1"}


@known_gap("access-point-alias")
def test_an_access_point_that_the_record_lists_is_known_behind_its_alias() -> None:
    point = f"arn:aws:s3:{IN_REGION}:accesspoint/reports"
    listed = [{"type": "AWS::S3::AccessPoint", "ARN": point, "accountId": ACCOUNT}]
    found = resources_of("s3:GetObject", {"bucketName": ALIAS, "key": "k"}, resources=listed)
    assert found == {f"{point}/object/k"}


@known_gap("core-operations-without-an-action")
def test_every_operation_of_the_core_services_has_an_action() -> None:
    cases = Path(__file__).parent / "catalog" / "cases" / "unmapped.json"
    unknown = {
        f"{prefix}:{name}"
        for prefix, names in json.loads(cases.read_text(encoding="utf-8")).items()
        for name in names
        if isinstance(CATALOG.operation(f"{prefix}.amazonaws.com", name), Unmapped)
    }
    assert unknown == set()


@known_gap("operations-without-an-action")
def test_every_operation_of_other_services_has_an_action() -> None:
    assert not isinstance(CATALOG.operation("polly.amazonaws.com", "TagResource"), Unmapped)


# What the logs could have shown


@known_gap("deleted-days")
def test_a_day_of_which_every_log_object_was_deleted_is_told_of(tmp_path: Path) -> None:
    logs = {hour: {log_key(hour): b'{"Records":[]}'} for hour in (0, 100)}
    write_tree(tmp_path / "logs", make_chain(101, logs), {log_key(0): b'{"Records":[]}'})
    verification = Verification(mode=VerifyMode.REQUIRE, keys=keys())
    source = open_source(str(tmp_path / "logs"))
    report = ingest([source], Lake.create(tmp_path / "lake"), engine=open_engine(1), verification=verification)
    assert ("deleted-log-object", log_key(100)) in report.findings


@known_gap("lambda-calls-not-listed")
def test_management_calls_of_lambda_show_in_the_log() -> None:
    assert CATALOG.observability("lambda:ListAliases").kind == "management"


def test_a_trail_of_one_region_says_nothing_of_the_others(tmp_path: Path) -> None:
    allow = {"Effect": "Allow", "Action": "ec2:TerminateInstances", "Resource": "*"}
    proposals = tightened(
        tmp_path,
        {"RoleDetailList": [role_entry("reader", RolePolicyList=[inline(allow)])]},
        **{
            "event-selectors.json": {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]},
            "trails.json": {"trailList": [{"HomeRegion": "eu-west-1", "IsMultiRegionTrail": False}]},
        },
    )
    verdicts = [verdict for proposed in proposals for verdict in proposed.verdicts]
    assert [verdict.verdict for verdict in verdicts] == [Verdict.NOT_OBSERVABLE]


# Tightening and its checks


@known_gap("streamed-invocations")
def test_streamed_invocations_are_known_to_show_or_not() -> None:
    seen_by = CATALOG.observability("lambda:InvokeFunction")
    assert "InvokeWithResponseStream" in seen_by.event_names or seen_by.kind == "unknown"


@known_gap("streams-older-than-the-window")
def test_who_made_no_stream_in_the_window_may_write_into_an_older_one() -> None:
    made = use("logs:CreateLogStream", f"arn:aws:logs:{IN_REGION}:log-group:/new:log-stream:1", workload="task")
    granted = managed(allow(["logs:CreateLogStream", "logs:PutLogEvents"]))
    found = proposal_for(granted, uses=[made], workloads={"task": 3, "i-0123456789abcdef0": 900})
    assert verdict_on(found, "logs:PutLogEvents", "Shared").kept == ("*",)


@known_gap("conditions-on-one-key")
def test_replay_knows_that_a_key_is_either_absent_or_there() -> None:
    new = [{"Condition": {"Null": {"aws:SourceVpce": value}}} for value in ("true", "false")]
    request = Request(action="s3:GetObject", resource="arn:aws:s3:::b/x", context={})
    assert still_allowed([statements({})], [statements(*new)], request) == Kept()


@known_gap("wider-without-evidence")
def test_what_is_meant_to_be_wider_can_be_said_so(tmp_path: Path) -> None:
    path = tmp_path / "trailmin.toml"
    path.write_text('[drift]\naccept = ["reader"]\n')
    refused = None
    try:
        read_config(path)
    except ConfigError as error:
        refused = str(error)
    assert refused is None


@known_gap("account-left-out-of-a-run")
def test_an_account_that_a_run_leaves_out_is_remembered() -> None:
    first = run_on(0, worker(NARROW))
    elsewhere = proposals_for([role(NARROW, account="999988887777")], []).values()
    second = run_rows(tuple(elsewhere), StateInForce(), (), first)
    assert kinds(worker(WIDENED), second) == {"worker": DriftKind.WIDENED}


@known_gap("permission-sets-as-text")
def test_an_inline_policy_written_as_text_is_read() -> None:
    contents = read_source(CORPUS / "cfn-permission-set-managed.yaml")
    assert role_called(contents, "AWSReservedSSO_Strings").policies


@known_gap("inherited-statements")
def test_statements_that_functions_inherit_are_edited_where_none_needs_what_goes() -> None:
    case = read_case(CORPUS / "serverless-inherit.case.json")
    assert not edited(case, case.path).refusals


@known_gap("values-not-known")
def test_a_resource_below_an_imported_value_is_narrowed() -> None:
    case = read_case(CORPUS / "cfn-import-value.case.json")
    assert not edited(case, case.path).notes


@known_gap("statements-in-other-files")
def test_statements_of_another_file_are_edited_there(tmp_path: Path) -> None:
    (tmp_path / "iam.yml").write_text('statements: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]\n')
    service = "service: s\nprovider: {name: aws, stage: prod, region: eu-west-1, iam: {role: {statements: PLACE}}}\n"
    (tmp_path / "serverless.yml").write_text(service.replace("PLACE", "'${file(iam.yml):statements}'"))
    (role,) = load_current([tmp_path]).roles
    (policy,) = role.policies
    change = SourceChange(kind=SourceChangeKind.EDIT, policy=policy, edits=(RemoveStatement(index=2),))
    assert not edit_source(change.place.file, [change]).notes


@known_gap("computed-documents")
def test_a_computed_document_is_read_without_a_state(tmp_path: Path) -> None:
    (tmp_path / "policy.json.tpl").write_text(
        '{"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "${arn}"}]}'
    )
    (tmp_path / "main.tf").write_text(
        'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = "{}"\n}\n'
        'resource "aws_iam_role_policy" "p" {\n  name = "p"\n  role = aws_iam_role.r.id\n'
        '  policy = templatefile("policy.json.tpl", { arn = "arn:aws:sqs:eu-west-1:111122223333:q" })\n}\n'
    )
    (role,) = load_current([tmp_path]).roles
    assert role.policies


@known_gap("terraform-json")
def test_terraforms_json_syntax_is_read(tmp_path: Path) -> None:
    trust = {"assume_role_policy": "{}", "name": "worker"}
    (tmp_path / "cdk.tf.json").write_text(json.dumps({"resource": {"aws_iam_role": {"worker": trust}}}))
    assert [role.name for role in load_current([tmp_path]).roles] == ["worker"]


@known_gap("policies-that-sam-makes")
def test_what_sam_makes_a_policy_of_is_a_policy_on_the_resource(tmp_path: Path) -> None:
    text = """Transform: AWS::Serverless-2016-10-31
Resources:
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: resize
      Events:
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
"""
    stack = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/app/1"
    (tmp_path / "template.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "stack.json").write_text(json.dumps({"Stacks": [{"StackId": stack, "StackName": "app"}]}))
    accounts = load_current([tmp_path / "template.yaml"]).accounts
    assert [policy.resource for one in accounts.values() for policy in one.resource_policies or ()]
