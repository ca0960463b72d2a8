"""The page as text: one policy, two scripts, nothing from elsewhere, the same bytes again."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from tests.browser.pages import full_report, hostile_report, large_report
from tests.report.example import HOSTILE, policy, proposal, put
from trailmin.report.html import Report, RoleReport, render_report
from trailmin.synth.model import Status


def data_of(page: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    value: dict[str, list[dict[str, object]]] = json.loads(found[1])
    return value


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_report(full_report()) == render_report(full_report())


def test_the_policy_admits_just_the_style_and_the_script_of_the_page() -> None:
    page = render_report(full_report())
    policy_text = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    script = re.search(r"<script>(.*?)</script>", page, re.S)
    assert policy_text is not None
    assert style is not None
    assert script is not None
    assert policy_text[1].replace("&#39;", "'").split("; ") == [
        "default-src 'none'",
        *(
            f"{name} 'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'"
            for name, found in (("style-src", style), ("script-src", script))
        ),
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_nothing_is_named_that_a_browser_would_load() -> None:
    page = render_report(full_report())
    assert re.findall(r"""(?:src|srcset|action|poster|data)\s*=\s*["']""", page) == []
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))
    assert "@import" not in page
    assert "url(" not in page


@pytest.mark.parametrize("text", [t for t in HOSTILE if t.strip() and t.isascii() and t.isprintable()])
def test_a_hostile_text_comes_back_from_the_data_as_it_was(text: str) -> None:
    page = render_report(Report(roles=(RoleReport(proposal=proposal(put(policy()), notes=(text,), role_name=text)),)))
    role = data_of(page)["roles"][0]
    assert role["name"] == text


def test_hostile_texts_open_no_element() -> None:
    page = render_report(hostile_report())
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "<img" not in page
    assert all(character not in page for character in ("\x1b", "\u202e", "\u200b", "\x9b", "\ud800"))


@pytest.mark.parametrize("table", ["gone", "unseen", "seen"])
def test_what_does_not_fit_is_counted_not_dropped(table: str) -> None:
    def total(roles: int) -> tuple[int, int]:
        rows = data_of(render_report(large_report(roles)))["roles"][0][table]
        assert isinstance(rows, list)
        shown = [row for row in rows if isinstance(row, list)]
        return len(shown), len(shown) + sum(row for row in rows if isinstance(row, int))

    (few, whole), (many, same) = total(200), total(1)
    assert few < many
    assert whole == same


def test_without_a_proposal_to_merge_nothing_goes() -> None:
    role = proposal(put(policy()), status=Status.INSUFFICIENT_EVIDENCE)
    facts = data_of(render_report(Report(roles=(RoleReport(proposal=role),))))["roles"][0]["facts"]
    assert isinstance(facts, dict)
    assert facts["removed"] == 0
    emitted = replace(role, status=Status.TIGHTENED)
    facts = data_of(render_report(Report(roles=(RoleReport(proposal=emitted),))))["roles"][0]["facts"]
    assert isinstance(facts, dict)
    assert facts["removed"] == 3


def test_a_report_without_roles_is_a_page_too() -> None:
    assert data_of(render_report(Report(roles=()))) == {"roles": []}
