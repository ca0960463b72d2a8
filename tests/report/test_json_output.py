import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tests.report.example import CONFIDENCE, hostile_proposal, policy, proposal, put
from tests.report.test_terminal import principal, use
from trailmin.report.json_output import (
    coverage_json,
    denied_json,
    evidence_json,
    json_text,
    proposal_json,
    roles_json,
    summary_json,
    tighten_json,
    time_json,
    usage_json,
)
from trailmin.usage.authorization import Outcome


@given(
    st.recursive(st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
)
def test_json_text_is_printable_ascii_that_reads_back(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert json_text(value, indent=None).count("\n") == 1


_NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.recursive(
        st.text() | _NUMBERS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | _NUMBERS, inner, max_size=3),
    )
)
def test_indented_text_is_what_the_standard_library_writes(value: object) -> None:
    assert json_text(value) == json.dumps(value, indent=2).replace("\x7f", "\\u007f") + "\n"


def test_evidence_tells_what_each_verdict_rests_on() -> None:
    told = evidence_json(proposal(put(policy())), run={"trailmin": "0.1.0"})
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


def test_usage_roles_and_denied_calls() -> None:
    busy = principal("r", use(), use("s3:PutObject", Outcome.DENIED))
    assert roles_json([busy])["roles"][0]["unmapped"] == 3
    told = usage_json(busy)
    assert told["schema"] == "trailmin/usage/1"
    assert [u["outcome"] for u in told["uses"]] == ["allowed", "denied"]
    assert [u["action"] for u in denied_json([busy], {})["roles"][0]["uses"]] == ["s3:PutObject"]


def test_hostile_texts_come_back_as_they_were() -> None:
    text = "\x1b[31m\u202e\x7f\n{{ x }}"
    told = json.loads(json_text(evidence_json(hostile_proposal(text))))
    assert told["role"] == told["verdicts"][0]["policy"] == text


def test_times_are_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert time_json(datetime(2026, 1, 1, 1, 0, tzinfo=east)) == "2025-12-31T23:00:00Z"
    assert time_json(datetime(2026, 1, 1, 1, 0, 0, 5000, tzinfo=UTC)) == "2026-01-01T01:00:00.005Z"
    assert time_json(None) is None


def test_coverage_tells_what_each_account_could_have_shown() -> None:
    from trailmin.catalog import load_catalog
    from trailmin.usage.coverage import AccountCoverage, Coverage, SeenData

    seen = SeenData(prefix="s3", read_only=True, resource="arn:aws:s3:::b", first_date=date(2026, 9, 1))
    account = AccountCoverage(
        account="1",
        selectors=None,
        dates=frozenset({date(2026, 9, 2), date(2026, 9, 1)}),
        regions=frozenset({"us-east-1", "eu-west-1"}),
        management_seen=frozenset({True}),
        data_seen=(seen,),
        events=9,
    )
    told = coverage_json(
        Coverage(catalog=load_catalog(), since=date(2026, 9, 1), until=date(2026, 9, 3), accounts={"1": account})
    )
    assert told["accounts"] == [
        {
            "account": "1",
            "events": 9,
            "dates": ["2026-09-01", "2026-09-02"],
            "regions": ["eu-west-1", "us-east-1"],
            "missing": [{"since": "2026-09-03", "until": "2026-09-03"}],
            "first_event": None,
            "last_event": None,
            "multi_region_trail": False,
            "single_regions": None,
            "looked_up_regions": [],
            "digests": None,
            "selectors_known": False,
            "logged": [],
            "management_reads_seen": True,
            "management_writes_seen": False,
            "data_events_seen": [
                {"service": "s3", "read_only": True, "resource": "arn:aws:s3:::b", "first_date": "2026-09-01"}
            ],
        }
    ]


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
