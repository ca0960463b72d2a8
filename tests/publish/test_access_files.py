"""The files of policies with principals: what stands in each, and scripts that do what they say."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.synth.access.scene import (
    ACCOUNT,
    BUCKET,
    FUNCTION,
    OTHER,
    QUEUE,
    REGION,
    caller,
    evidence,
    grant,
    on,
    propose_for,
    use,
)
from trailmin.policy import parse_policy
from trailmin.publish.access_commands import Putting, put_policy
from trailmin.publish.access_files import write_resource_policies
from trailmin.report.chat import render_chat
from trailmin.report.sarif import sarif_json
from trailmin.synth.access import AccessProposal

S3 = "s3.amazonaws.com"
ROOT = {"AWS": f"arn:aws:iam::{OTHER}:root"}
HOSTILE = "a'$(touch hit)`touch hit`\";#"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/app"
API = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3d4e5"

FAKE_AWS = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
if words[:2] == ["sts", "get-caller-identity"]:
    print(os.environ["ACCOUNT"])
elif words[1].startswith("get-"):
    if "IN_FORCE" not in os.environ:
        sys.exit(f"An error occurred (NoSuchBucketPolicy) when calling the operation {words[1]}: no policy.")
    print(json.dumps(open(os.environ["IN_FORCE"], encoding="utf-8").read()))
else:
    with open(os.environ["LOG"], "a") as log:
        log.write(json.dumps(words) + "\\n")
"""


def run_script(
    folder: Path, name: str, tmp_path: Path, *options: str, in_force: str | None = None, code: int = 0
) -> list[list[str]]:
    """The words of each call that a script makes; without more said, what it expects is in force."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin" / "aws").write_text(FAKE_AWS)
    (tmp_path / "bin" / "aws").chmod(0o755)
    log = tmp_path / f"{name}.log"
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    expected = folder / {"apply.sh": "current.json", "rollback.sh": "policy.json"}[name]
    environment = {**os.environ, "PATH": path, "LOG": str(log), "ACCOUNT": ACCOUNT}
    if in_force is not None:
        expected = tmp_path / "in-force.json"
        expected.write_text(in_force, encoding="utf-8")
    environment |= {"IN_FORCE": str(expected)} if expected.exists() else {}
    log.unlink(missing_ok=True)
    done = subprocess.run(["bash", folder / name, *options], check=False, env=environment, cwd=tmp_path)
    assert done.returncode == code
    assert not (folder / "hit").exists()
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def of_function(sid: str = "partner") -> AccessProposal:
    """A permission of another account's, and one that nobody used; the roles that called have names of all sorts."""
    seen = [caller(OTHER, name, use("lambda:InvokeFunction", FUNCTION)) for name in ("reader", "writer")]
    policy = on(
        FUNCTION,
        grant(ROOT, "lambda:InvokeFunction", FUNCTION, Sid=sid),
        grant({"AWS": "777788889999"}, "lambda:InvokeFunction", FUNCTION, Sid="old"),
    )
    return propose_for(policy, evidence(*seen))


def of_bucket() -> AccessProposal:
    """A bucket that another account may read and write, of which one role reads."""
    policy = on(BUCKET, grant(ROOT, ["s3:GetObject", "s3:PutObject"], f"{BUCKET}/*"))
    return propose_for(policy, evidence(caller(OTHER, "reader", use("s3:GetObject", f"{BUCKET}/a"))))


def folder_of(out: Path) -> Path:
    (script,) = out.rglob("apply.sh")
    return script.parent


def test_a_function_s_permissions_are_changed_one_by_one_and_no_call_is_refused_in_between(tmp_path: Path) -> None:
    write_resource_policies([of_function()], (), tmp_path / "out")
    calls = run_script(folder_of(tmp_path / "out"), "apply.sh", tmp_path)
    held: dict[str, str] = {"partner": "root", "old": "777788889999"}
    for words in calls:
        options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
        assert options["function-name"] == FUNCTION
        assert options["region"] == REGION
        if words[1] == "add-permission":
            assert options["statement-id"] not in held
            held[options["statement-id"]] = options["principal"].rpartition("/")[2]
        else:
            del held[options["statement-id"]]
        assert {"root", "reader"} & set(held.values())
        assert {"root", "writer"} & set(held.values())
    assert held == {"partner": "reader", "partner2": "writer"}


def test_a_statement_id_is_one_word_whatever_is_in_it(tmp_path: Path) -> None:
    write_resource_policies([of_function(sid=HOSTILE)], (), tmp_path / "out")
    forth = run_script(folder_of(tmp_path / "out"), "apply.sh", tmp_path)
    assert any(f"--statement-id={HOSTILE}" in words for words in forth)
    back = run_script(folder_of(tmp_path / "out"), "rollback.sh", tmp_path)
    assert [words for words in back if "--principal=777788889999" in words]


def test_a_policy_that_changed_since_it_was_looked_at_is_not_overwritten(tmp_path: Path) -> None:
    """Somebody may have put a Deny into it."""
    write_resource_policies([of_bucket()], (), tmp_path / "out")
    folder = folder_of(tmp_path / "out")
    current = json.loads((folder / "current.json").read_text())
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": BUCKET}
    changed = json.dumps({**current, "Statement": [*current["Statement"], deny]})
    assert run_script(folder, "apply.sh", tmp_path, in_force=changed, code=1) == []
    assert [words[1] for words in run_script(folder, "apply.sh", tmp_path)] == ["put-bucket-policy"]
    assert [words[1] for words in run_script(folder, "apply.sh", tmp_path, "--force", in_force=changed)] == [
        "put-bucket-policy"
    ]
    assert run_script(folder, "apply.sh", tmp_path, in_force=(folder / "policy.json").read_text()) == []


def test_an_account_is_the_same_as_the_root_that_aws_makes_of_it(tmp_path: Path) -> None:
    write_resource_policies([of_bucket()], (), tmp_path / "out")
    folder = folder_of(tmp_path / "out")
    text = (folder / "current.json").read_text()
    assert f'"{ROOT["AWS"]}"' in text
    in_force = text.replace(ROOT["AWS"], OTHER)
    assert [words[1] for words in run_script(folder, "apply.sh", tmp_path, in_force=in_force)] == ["put-bucket-policy"]


def putting(resource: str, statements: Sequence[dict[str, object]]) -> Putting:
    policy = on(resource, grant("*", "*", resource))
    proposal = propose_for(policy, evidence())
    new = parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind="resource")
    found = put_policy(proposal, policy.policy, new, "policy.json")
    assert found is not None
    return found


def test_a_queue_s_policy_is_the_text_of_an_attribute() -> None:
    found = putting(QUEUE, [grant({"Service": S3}, "sqs:SendMessage", QUEUE)])
    ((_, service_name, operation, url, attributes, _),) = found.commands
    assert (service_name, operation) == ("sqs", "set-queue-attributes")
    assert url == f"--queue-url=https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"
    text = json.loads(found.files[attributes.partition("file://")[2]])["Policy"]
    assert json.loads(text)["Statement"][0]["Principal"] == {"Service": S3}


def test_a_repository_s_policy_names_no_resource() -> None:
    found = putting(REPOSITORY, [grant(ROOT, "ecr:BatchGetImage", REPOSITORY)])
    ((_, _, _, name, registry, file, _),) = found.commands
    assert (name, registry) == ("--repository-name=team/app", f"--registry-id={ACCOUNT}")
    (statement,) = json.loads(found.files[file.partition("file://")[2]])["Statement"]
    assert "Resource" not in statement


def test_an_api_s_policy_is_a_patch_of_the_api() -> None:
    policy = on(API, grant("*", "execute-api:Invoke", f"{API}/*"))
    policy = type(policy)(service="apigateway", resource=API, account=ACCOUNT, policy=policy.policy, text=policy.text)
    found = put_policy(propose_for(policy, evidence()), policy.policy, policy.policy, "policy.json")
    assert found is not None
    ((_, _, operation, api, file, _),) = found.commands
    assert (operation, api) == ("update-rest-api", "--rest-api-id=a1b2c3d4e5")
    ((change),) = json.loads(found.files[file.partition("file://")[2]])
    assert (change["op"], change["path"]) == ("replace", "/policy")


@pytest.mark.parametrize("name", ["PULL_REQUEST.md", "changes.json", "evidence.json", "policy.json", "current.json"])
def test_each_policy_has_what_a_reviewer_needs(name: str, tmp_path: Path) -> None:
    written = write_resource_policies([of_function()], (), tmp_path)
    assert any(path.endswith(f"/{name}") for path in written.files)


def test_a_pull_request_says_who_stays_and_that_it_is_proven(tmp_path: Path) -> None:
    write_resource_policies([of_function()], (), tmp_path)
    (text,) = [path.read_text() for path in tmp_path.rglob("PULL_REQUEST.md")]
    assert "**No broader:** proven" in text
    assert "**Nothing broken:** 6 authorised calls" in text
    assert "| nobody |" in text


def test_findings_are_in_sarif_and_in_the_summary_for_chat() -> None:
    proposal = propose_for(on(BUCKET, grant("*", "s3:GetObject", f"{BUCKET}/*")), evidence())
    (run,) = sarif_json([], [proposal])["runs"]
    found = {result["ruleId"]: result["ruleIndex"] for result in run["results"]}
    assert found.keys() == {"access-public", "access-unused-principal"}
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[index]["id"] == rule for rule, index in found.items())
    text = render_chat([], [proposal])
    assert "1 of 1 policies with principals can be tightened." in text
    assert "Findings on them: public 1, unused-principal 1." in text
