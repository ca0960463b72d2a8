import io
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rich.console import Console, RenderableType

from tests.report.example import CONFIDENCE, HOSTILE, hostile_proposal, policy, principal, proposal, put, use
from trailmin.catalog import load_catalog
from trailmin.current import HolderKind
from trailmin.report.coverage import coverage_table
from trailmin.report.history import drift_table
from trailmin.report.holders import holders_table
from trailmin.report.terminal import (
    Column,
    Styled,
    confidence_text,
    diff_text,
    make_console,
    patterns_text,
    proposal_table,
    reasons_text,
    table,
    verdict_table,
)
from trailmin.report.usage import denials_table, denied_table, roles_table, usage_table
from trailmin.synth.drift_model import Drift, DriftKind
from trailmin.synth.holders import HolderReport
from trailmin.synth.model import Status
from trailmin.usage.account_coverage import AccountCoverage
from trailmin.usage.authorization import Outcome
from trailmin.usage.coverage import Coverage
from trailmin.usage.denials import DenialKind, Denials

DENIALS = Denials(
    kind=DenialKind.MISCONFIGURATION,
    reason="s3:GetObject was refused on 26 days: a permission it may need",
    calls=333,
    actions=12,
    days=45,
    spikes=(),
)

DRIFT = Drift(
    kind=DriftKind.NOT_MERGED,
    account="111122223333",
    role="AWSReservedSSO_PowerUserAccess",
    role_arn=None,
    reason="the proposal of the run up to 2026-10-15 is not in force",
)

HOLDER = HolderReport(
    kind=HolderKind.USER,
    account="111122223333",
    name="platform-administrator",
    arn=None,
    is_known=True,
    policies=("team/AdministratorAccess",),
    members=(),
    granted=21_000,
    used=(),
    calls=12_345,
    denied=0,
    last_seen=datetime(2026, 10, 15, tzinfo=UTC),
    notes=(),
)

COVERAGE = Coverage(
    catalog=load_catalog(),
    since=date(2026, 9, 1),
    until=date(2026, 10, 15),
    accounts={
        "111122223333": AccountCoverage(
            account="111122223333",
            selectors=None,
            dates=frozenset({date(2026, 9, 1)}),
            regions=frozenset({"ap-southeast-2", "eu-central-1"}),
            management_seen=frozenset({True, False}),
            data_seen=(),
            events=123_456,
            first_event=datetime(2026, 9, 1, 12, tzinfo=UTC),
            last_event=datetime(2026, 10, 15, 12, tzinfo=UTC),
        )
    },
)


def printed(what: RenderableType, width: int = 80) -> str:
    stream = io.StringIO()
    console = make_console(stream)
    console.width = width
    console.print(what)
    return stream.getvalue()


def in_colour(what: RenderableType) -> str:
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, color_system="standard", width=100, markup=False).print(what)
    return stream.getvalue()


def test_a_role_has_one_row_with_its_numbers() -> None:
    text = printed(proposal_table([proposal(put(policy()))]))
    assert re.search(r"image-processor +tightened +7 +2 +3 +1 +1 +2", text)
    assert text.count("111122223333") == 1


@pytest.mark.parametrize("width", [80, 100, 120])
def test_tables_fit_the_terminal(width: int) -> None:
    proposals = [proposal(put(policy())), proposal(role_name="r" * 64, status=Status.INSUFFICIENT_EVIDENCE)]
    busy = principal("image-processor-in-production")
    long_use = use(resource="arn:aws:s3:::bucket/" + "k" * 300)
    for drawn in (
        proposal_table(proposals),
        verdict_table(proposals[0]),
        usage_table(principal("image-processor", long_use)),
        roles_table([principal("image-processor-in-production")]),
        denials_table([busy], {str(busy.arn): DENIALS}),
        holders_table([HOLDER]),
        coverage_table(COVERAGE),
        drift_table([DRIFT]),
    ):
        lines = printed(drawn, width).splitlines()
        assert max(len(line) for line in lines) <= width
        assert "…" not in "".join(lines)
        # No column is so narrow that its words stand one letter a line.
        assert len(lines) < 24


def test_what_was_seen_is_listed_one_by_one_and_the_rest_by_service() -> None:
    text = printed(verdict_table(proposal(put(policy())), actions=2), width=140)
    assert re.search(r"used +s3:GetObject +arn:aws:s3:::images/\* +12 +2026-10-03", text)
    assert re.search(r"unused +s3:DeleteBucket, s3:DeleteObject and 1 more +logged, not seen", text)


def test_only_roles_without_changes_are_explained() -> None:
    proposals = [
        proposal(put(policy())),
        proposal(role_name="new", status=Status.INSUFFICIENT_EVIDENCE, reason="4 days"),
    ]
    assert printed(reasons_text(proposals)).strip() == "new: 4 days"


def test_uses_are_summed_over_their_settings() -> None:
    other = replace(use(), vpc_endpoint="vpce-1")
    text = printed(usage_table(principal("r", use(), other, use("s3:PutObject", Outcome.DENIED))))
    assert re.search(r"s3:GetObject +arn:aws:s3:::b/k +allowed +10 ", text)
    assert "s3:GetObject" not in printed(denied_table(principal("r", use(), use("s3:PutObject", Outcome.DENIED))))


def test_a_diff_has_gits_colours_on_a_terminal_and_none_when_piped() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\r\n-\tb\r\n+c\r\n\\ No newline at end of file\n"
    assert (
        printed(diff_text(diff)) == "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-   b\n+c\n\\ No newline at end of file\n"
    )
    coloured = in_colour(diff_text(diff))
    assert "\x1b[31m-   b\x1b[0m" in coloured
    assert "\x1b[32m+c\x1b[0m" in coloured


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_inert(text: str) -> None:
    proposed = hostile_proposal(text)
    hostile_use = replace(use(f"s3:{text}", Outcome.DENIED), resource=text)
    for drawn in (
        proposal_table([proposed]),
        verdict_table(proposed),
        reasons_text([replace(proposed, status=Status.WITHHELD)]),
        diff_text(f"--- a\n+++ b\n+{text}\n"),
        roles_table([principal(text)]),
        usage_table(principal(text, hostile_use)),
        denied_table(principal(text, hostile_use)),
        table(text, [Column(name="a"), text], [(text, Styled(text, "red"))]),
    ):
        plain = printed(drawn, width=400)
        assert all(c == "\n" or unicodedata.category(c)[0] != "C" for c in plain)
        if "[bold red]" in text:
            assert "[bold red]rich[/bold red] :skull:" in plain
        sequences = re.findall(r"\x1b\[[0-9;]*m", in_colour(drawn))
        assert in_colour(drawn).count("\x1b") == len(sequences)


def test_a_character_that_the_stream_lacks_is_escaped() -> None:
    octets = io.BytesIO()
    stream = io.TextIOWrapper(octets, encoding="ascii")
    make_console(stream).print(table(None, ["Name"], [("Müller ☃",)]))
    stream.flush()
    assert rb"M\xfcller \u2603" in octets.getvalue()


def test_numbers_are_grouped_and_empty_cells_are_empty() -> None:
    assert re.search(
        r"1,234,567 *\n", printed(table(None, [Column(name="Calls", number=True), "x"], [(1234567, None)]))
    )


def test_confidence_is_told_line_by_line() -> None:
    lines = confidence_text(replace(proposal(), confidence=CONFIDENCE)).plain.splitlines()
    assert lines == list(CONFIDENCE.sentences)
    assert confidence_text(proposal()).plain == ""


def test_a_pattern_says_what_it_stands_for_and_what_else_it_matches() -> None:
    shown = printed(patterns_text(proposal(put(policy()))), width=200)
    assert shown.splitlines()[0].rstrip() == (
        "arn:aws:s3:::images/* stands for 9,400 values, such as arn:aws:s3:::images/cat.png; "
        "also matches whatever begins with images/, at any depth"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_patterns_stay_on_their_line(text: str) -> None:
    shown = printed(patterns_text(hostile_proposal(text)), width=4000)
    assert "\x1b" not in shown
