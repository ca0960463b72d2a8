"""The page itself: template, style, script and data in one file, with a policy that lets nothing else in."""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from trailmin.packaged import packaged_path
from trailmin.report.escape import visible
from trailmin.report.html import overview
from trailmin.report.html.model import Report, RoleReport
from trailmin.report.html.role_data import Limits, role_json, section_json, view_of

_BYTES = 2_500_000
"""Of the roles' data in a page with up to 200 of them; more roles may take as much each. The page is 3 MB at most."""

_ROLES = 200

_LIMITS = (
    Limits(rows=250, names=16, width=400, diff=24_000),
    Limits(rows=80, names=12, width=240, diff=8_000),
    Limits(rows=30, names=8, width=180, diff=4_000),
    Limits(rows=12, names=5, width=140, diff=2_000),
    Limits(rows=5, names=3, width=100, diff=800),
)
"""From the most that is shown of a role to the least; the first that fits is taken."""


def render_report(report: Report) -> str:
    """Return the page: HTML that loads nothing, runs no script but its own, and is the same for the same report.

    Texts from logs and policies reach it as escaped HTML or as JSON that the script puts in as text.
    """
    style, script = _asset("report.css"), _asset("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            policy=_content_security_policy(style, script),
            style=Markup(style),  # noqa: S704  # ours, and the policy admits it by its hash
            script=Markup(script),  # noqa: S704
            data=_data(report),
            window=overview.window_words(report),
            tiles=overview.tiles(report),
            bars=overview.bars(report),
            statuses=overview.statuses(report),
            rows=overview.rows(report),
            trend=overview.trend(report.trend),
            coverage=overview.coverage_rows(report.coverage),
            sections=[section_json(section, _LIMITS[0]) for section in report.sections],
            run=[(visible(str(name)), visible(_plain(value))) for name, value in sorted(report.run.items())],
        )
    )


def _data(report: Report) -> Markup:
    """JSON for a script element: no `<`, so that nothing in it ends the element or opens a comment."""
    share = _BYTES // max(1, min(len(report.roles), _ROLES))
    text = f'{{"roles":[{",".join(_role_text(role, share) for role in report.roles)}]}}'
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704  # ASCII, and no tag in it


def _role_text(role: RoleReport, share: int) -> str:
    """One role's JSON in ASCII, with as much of it as fits its share of the page."""
    view = view_of(role)
    text = ""
    for limits in _LIMITS:
        text = json.dumps(role_json(view, limits), separators=(",", ":"), allow_nan=False)
        if len(text) <= share:
            break
    return text


def _content_security_policy(style: str, script: str) -> str:
    sources: Sequence[tuple[str, str]] = (
        ("default-src", "'none'"),
        ("style-src", f"'sha256-{_digest(style)}'"),
        ("script-src", f"'sha256-{_digest(script)}'"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
    )
    return "; ".join(f"{name} {value}" for name, value in sources)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _asset(name: str) -> str:
    return (packaged_path("templates") / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(packaged_path("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
