"""Findings for code scanning."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import NODE_MODULES
from tests.report.example import HOSTILE, hostile_proposal, in_document, policy, proposal, put
from trailmin.report.json_output import json_text
from trailmin.report.sarif import Json, sarif_json
from trailmin.synth.model import Proposal, Status


def results(*proposals: Proposal) -> list[Json]:
    found: list[Json] = sarif_json(proposals)["runs"][0]["results"]
    return found


def test_what_is_unused_and_what_is_wide_are_findings_on_the_statement(tmp_path: Path) -> None:
    in_force = in_document(tmp_path, "policies/image processor/Image Access.json")
    found = results(proposal(put(in_force)))
    assert [one["ruleId"] for one in found] == ["unused-grant", "wide-resource"]
    assert found[0]["message"]["text"] == (
        "Role image-processor did not use 3 of 7 granted actions: s3:DeleteBucket, s3:DeleteObject, s3:PutObject."
    )
    place = found[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "policies/image%20processor/Image%20Access.json"
    line = in_force.text.splitlines()[place["region"]["startLine"] - 1]
    assert line.strip() == "{"
    assert '"Effect"' in in_force.text.splitlines()[place["region"]["startLine"]]


def test_a_finding_keeps_its_fingerprint_and_no_two_share_one() -> None:
    first, second = results(proposal(put(policy()))), results(proposal(put(policy()), reason="told otherwise"))
    assert [one["partialFingerprints"] for one in first] == [one["partialFingerprints"] for one in second]
    prints = [
        one["partialFingerprints"]["trailmin/v1"]
        for one in (*first, *results(proposal(put(policy()), role_name="other")))
    ]
    assert len(set(prints)) == len(prints)


def test_where_nothing_is_proposed_nothing_is_found() -> None:
    assert results(proposal(put(policy()), status=Status.INSUFFICIENT_EVIDENCE)) == []


def test_an_unused_role_is_one_finding() -> None:
    assert [one["ruleId"] for one in results(proposal(status=Status.UNUSED_ROLE))] == ["unused-role"]


@pytest.mark.node
def test_the_log_is_valid_by_the_schema_of_the_standard(tmp_path: Path) -> None:
    path = NODE_MODULES / "@microsoft" / "jest-sarif" / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    schema = json.loads(path.read_text(encoding="utf-8-sig"))
    proposals = (
        proposal(put(in_document(tmp_path, "a.json"))),
        proposal(status=Status.UNUSED_ROLE),
        *map(hostile_proposal, HOSTILE),
    )
    document = json.loads(json_text(sarif_json(proposals)))
    jsonschema.Draft7Validator(schema).validate(document)
    assert len(document["runs"][0]["results"]) > 2
