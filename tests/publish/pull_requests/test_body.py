import re
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from tests.publish.pull_requests.repositories import CASES, make_repository, write_results
from trailmin.publish.pull_requests.body import render_body
from trailmin.publish.pull_requests.grouping import Group
from trailmin.publish.pull_requests.results import Patch, RoleResult, read_results

GRANTS = dict.fromkeys(("granted", "used", "implied", "companion", "unused", "not_observable", "too_new", "pinned"), 2)
HOSTILE = "</details><script>@org/all](http://x) | `\n# x"


def role(name: str, body: str = "# Tighten\n\nWhy.\n\n## What changes\n\nx\n", **more: Any) -> RoleResult:
    headline = {"grants": GRANTS, "proof": {"proven": True}, "replay": {"passed": True, "kept": 7}}
    return RoleResult(
        role=name, account="111122223333", folder=name, headline=headline, body=body, patches=(), outside=(), **more
    )


def group(*roles: RoleResult) -> Group:
    patch = Patch(document=f"a/{HOSTILE}.yaml", text=b"", is_new=False)
    return Group(branch="b", title="Tighten", roles=roles, patches=(patch,), owners=())


def test_a_role_alone_has_its_own_report_with_files_and_the_way_back(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "repo", CASES[:1])
    (found,) = read_results(write_results(repo, tmp_path / "out", CASES[:1])).roles
    text = render_body(Group(branch="b", title="t", roles=(found,), patches=found.patches, owners=()))
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[:2] == ["What changes", "The two checks"]
    assert headings[-2:] == ["Files", "Merge and roll back"]
    assert f"`{CASES[0]}/{CASES[0]}.yaml`" in text
    assert "git revert" in text
    assert "apply.sh" not in text


def test_several_roles_have_one_table_and_a_fold_each() -> None:
    text = render_body(group(role("reader"), role("writer")))
    assert text.startswith("2 IAM roles get policies that grant what they used: 4 of 4 grants")
    assert "| `reader` | `111122223333` | 2 | 6 | 2 | 4 | yes | 7 |" in text
    assert text.count("<summary>") == 2
    assert "### What changes" in text


def test_the_checks_are_claimed_only_where_each_role_passed_them() -> None:
    generated = role("new")
    text = render_body(group(role("reader"), RoleResult(**{**_fields(generated), "headline": _unproven(generated)})))
    assert "No broader" not in text
    assert "nothing was in force to compare with" in text


def test_hostile_names_stay_data() -> None:
    text = render_body(group(role(HOSTILE), role("reader")))
    shown = MarkdownIt("commonmark").enable(["table"]).render(text)
    assert "<script>" not in shown
    assert shown.count("</details>") == 2
    assert "<summary>??details??script?&#64;org" in shown
    assert "<a " not in shown


def test_a_thousand_roles_fit_what_github_takes() -> None:
    roles = [role(f"role-{number:04}-{'x' * 50}", body="# t\n\n" + "evidence\n" * 400) for number in range(1000)]
    text = render_body(group(*roles))
    assert len(text) <= 65_536
    assert "800 more are in `summary.json`" in text
    assert "The reports of the others" in text


def test_a_long_report_of_one_role_keeps_what_stands_before_the_fold() -> None:
    body = "# t\n\nWhy.\n\n<details>\n" + "x" * 70_000 + "\n</details>\n"
    text = render_body(group(role("reader", body=body)))
    assert len(text) <= 65_536
    assert "Why." in text
    assert "`evidence.json`" in text


def _fields(found: RoleResult) -> dict[str, Any]:
    return {name: getattr(found, name) for name in RoleResult.__dataclass_fields__}


def _unproven(found: RoleResult) -> dict[str, Any]:
    return {**found.headline, "proof": None, "replay": None}
