import json
from dataclasses import replace

from tests.report.example import CONFIDENCE, hostile_proposal, policy, proposal, put
from trailmin.report.evidence_texts import EvidenceTexts
from trailmin.report.proposal_json import proposal_json, summary_json, tighten_json


def test_evidence_tells_what_each_verdict_rests_on() -> None:
    told = json.loads(EvidenceTexts({"trailmin": "0.1.0"}).text(proposal(put(policy()))))
    assert told["schema"] == "trailmin/evidence/1"
    assert told["verdicts"][0] == {
        "policy": "ImageAccess",
        "statement": 0,
        "sid": "Images",
        "action": "s3:GetObject",
        "resources": ["*"],
        "verdict": "used",
        "reason": "seen 12 times",
        "coverage": None,
        "calls": 12,
        "first_seen": "2026-10-03T08:30:00Z",
        "last_seen": "2026-10-03T08:30:00Z",
        "event_ids": ["11111111-aaaa-4bbb-8ccc-222222222222"],
        "kept": ["arn:aws:s3:::images/*"],
        "conditions": [],
        "learned": [
            {
                "pattern": "arn:aws:s3:::images/*",
                "values": 9_400,
                "calls": 12_408,
                "examples": ["arn:aws:s3:::images/cat.png", "arn:aws:s3:::images/dog.png"],
                "also_matches": "whatever begins with images/, at any depth",
                "log2_width": None,
                "held_out": 0.985,
            }
        ],
        "selector": None,
        "pinned": False,
        "cut_by": None,
    }
    grants = {"granted": 7, "used": 1, "implied": 1, "companion": 0, "unused": 3, "not_observable": 1, "too_new": 1}
    assert told["grants"] == {**grants, "pinned": 0}
    assert told["proof"] == {"proven": True, "method": "containment, statement by statement", "reason": None}
    assert told["replay"] == {"passed": True, "calls": 14, "kept": 14, "not_granted": 1, "lost": []}
    assert told["window"] == {"since": "2026-09-01", "until": "2026-10-15", "days": 45}
    assert told["changes"][0]["size"] == 133


def test_tighten_and_summary_list_the_files_of_each_role() -> None:
    proposals = [proposal(put(policy())), proposal(role_name="other")]
    told = tighten_json(proposals, files=[["a"], []], exit_codes=[10, 4])
    assert (told["schema"], told["exit_codes"]) == ("trailmin/tighten/1", [10, 4])
    assert [role["files"] for role in told["roles"]] == [["a"], []]
    summary = summary_json(proposals, files=[["a"], []])
    assert summary["schema"] == "trailmin/summary/1"
    assert [(role["role"], role["emitted"]) for role in summary["roles"]] == [
        ("image-processor", True),
        ("other", False),
    ]
    assert "verdicts" not in summary["roles"][0]


def test_hostile_texts_come_back_as_they_were() -> None:
    text = "\x1b[31m\u202e\x7f\n{{ x }}"
    told = json.loads(EvidenceTexts().text(hostile_proposal(text)))
    assert told["role"] == told["verdicts"][0]["policy"] == text


def test_confidence_is_there_in_words_and_numbers() -> None:
    found = proposal_json(replace(proposal(), confidence=CONFIDENCE))["confidence"]
    assert found["words"] == list(CONFIDENCE.sentences)
    assert (found["chance_of_new"], found["singletons"], found["calls"]) == (0.00005, 3, 60_000)
    assert found["saturation"][-1] == {"date": "2026-09-12", "authorizations": 40}
    (test,) = found["backtests"]
    assert (test["since"], test["until"]) == ("2026-10-07", "2026-10-15")
    assert (test["false_deny_rate"], test["false_deny_rate_of_authorizations"]) == (0.000161, 0.025)
    assert test["denied_actions"] == ["s3:GetObject"]
    assert proposal_json(proposal())["confidence"] is None
