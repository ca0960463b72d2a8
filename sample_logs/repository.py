"""The policies as a team keeps them in its repository: the same documents, in the styles of several hands."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sample_logs.accounts import Json
from sample_logs.snapshot import policies_of
from sample_logs.stories import STORIES

_LINE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How someone lays JSON out."""

    indent: str = "    "
    is_compact: bool = False
    """Lists of plain values stay on one line where they fit."""


_STYLES = {
    "ImageProcessing": Style(indent="  "),
    "Notify": Style(indent="  ", is_compact=True),
    "ExportReports": Style(is_compact=True),
    "WebInstance": Style(indent="  ", is_compact=True),
    "Deploy": Style(indent="  "),
    "Media": Style(indent="\t"),
    "LedgerSync": Style(is_compact=True),
    "partner-sync-access": Style(indent="  "),
}
"""By policy name; the others are laid out as AWS's console does it, with four spaces."""


def write_policies(account: str, folder: Path) -> None:
    """Write `<role>/<policy>.json` for inline policies and `managed/<policy>.json` for customer-managed ones."""
    roles = [story.role for story in STORIES if story.role.account == account]
    for role in roles:
        for name, text in role.inline.items():
            _write(folder / role.name, name, text)
    for policy in policies_of(roles):
        if policy.account == account:
            _write(folder / "managed", policy.name, policy.versions[0].document)


def _write(folder: Path, name: str, text: Json) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    laid_out = lay_out(text, _STYLES.get(name, Style()))
    (folder / f"{name}.json").write_text(laid_out + "\n", encoding="utf-8", newline="\n")


def lay_out(value: Any, style: Style, depth: int = 0) -> str:
    """Return JSON text in a style; it parses back to the value."""
    if style.is_compact and _is_flat(value):
        line = json.dumps(value)
        if len(line) + depth * len(style.indent) <= _LINE:
            return line
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {lay_out(item, style, depth + 1)}" for key, item in value.items()]
        return _block("{", parts, "}", style, depth)
    if isinstance(value, list):
        return _block("[", [lay_out(item, style, depth + 1) for item in value], "]", style, depth)
    return json.dumps(value)


def _is_flat(value: Any) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    return not isinstance(value, dict)


def _block(opening: str, parts: list[str], closing: str, style: Style, depth: int) -> str:
    inner, outer = "\n" + style.indent * (depth + 1), "\n" + style.indent * depth
    return opening + inner + f",{inner}".join(parts) + outer + closing
