"""The body of a pull request: a table over its roles, each role's own report behind a fold, and how to roll back."""

import re
from collections.abc import Iterator

from trailmin.publish.pull_requests.grouping import Group, named
from trailmin.publish.pull_requests.results import RoleResult
from trailmin.report.escape import markdown_cell, markdown_code, markdown_text, shorten
from trailmin.report.listing import list_some

_LIMIT = 65_000
"""Characters; GitHub takes 65,536 (GraphQL, CreatePullRequestInput)."""

_SHOWN_ROLES = 200
_SHOWN_OUTSIDE = 20
_WIDTH = 120

_MERGE = """## Merge and roll back

Merging changes the files above; the policies in force change when they are deployed the way they always are. To roll
back, revert the merge (`git revert -m 1 MERGE`) and deploy again: the files are then as they were, byte for byte.
"""


def render_body(group: Group) -> str:
    """Return the Markdown of a pull request, below the 65,536 characters that GitHub takes."""
    tail = "".join(_outside(group)) + _MERGE
    if len(group.roles) == 1:
        head, _, details = _without_title(group.roles[0].body).partition("\n<details>")
        text = f"{_without_scripts(head)}\n{_files(group)}{tail}"
        fold = f"\n<details>{details}" if details else ""
        return text + (
            fold if len(text) + len(fold) <= _LIMIT else "\nThe evidence of every grant is in `evidence.json`.\n"
        )
    text = "".join(_overview(group)) + _files(group) + tail
    folds: list[str] = []
    left = _LIMIT - len(text) - _WIDTH
    for role in group.roles:
        fold = _fold(role)
        if len(fold) > left:
            folds.append("\nThe reports of the others are in the folder of results, `PULL_REQUEST.md` of each role.\n")
            break
        left -= len(fold)
        folds.append(fold)
    return text + "".join(folds)


def _overview(group: Group) -> Iterator[str]:
    granted = sum(role.headline["grants"]["granted"] for role in group.roles)
    unused = sum(role.headline["grants"]["unused"] for role in group.roles)
    get = "get policies that grant" if all(role.is_role for role in group.roles) else "are tightened to"
    yield f"{named(group.roles)} {get} what they used: {unused:,} of {granted:,} grants "
    yield "were not used, though the logs would have shown it.\n\n"
    if all(_is_proven(role) and _is_replayed(role) for role in group.roles):
        of = "role" if all(role.is_role for role in group.roles) else "role and policy"
        yield f"- **No broader:** proven for every {of}. The new policies allow nothing that the current ones do not.\n"
        yield "- **Nothing broken:** every authorised call of the window that the current policies granted is still "
        yield "allowed.\n\n"
    yield "| role | account | granted | used | unused | could not be judged | proven no broader | calls replayed |\n"
    yield "|---|---|---:|---:|---:|---:|---|---:|\n"
    yield from (_row(role) for role in group.roles[:_SHOWN_ROLES])
    if more := len(group.roles) - _SHOWN_ROLES:
        yield f"\n{max(more, 0):,} more are in `summary.json`.\n" if more > 0 else ""
    yield "\n"


def _row(role: RoleResult) -> str:
    grants, replay = role.headline["grants"], role.headline["replay"]
    seen = grants["used"] + grants["implied"] + grants["companion"]
    cells = (
        markdown_cell(markdown_code(shorten(role.role, _WIDTH))),
        markdown_cell(markdown_code(role.account or "unknown")),
        f"{grants['granted']:,}",
        f"{seen:,}",
        f"{grants['unused']:,}",
        f"{grants['not_observable'] + grants['too_new']:,}",
        "yes" if _is_proven(role) else "nothing was in force to compare with",
        f"{replay['kept']:,}" if replay else "",
    )
    return f"| {' | '.join(cells)} |\n"


def _files(group: Group) -> str:
    documents = (shorten(patch.document, _WIDTH) for patch in group.patches)
    return f"## Files\n\n{list_some(documents, _SHOWN_OUTSIDE, form=markdown_code)}.\n\n"


def _outside(group: Group) -> Iterator[str]:
    found = [(role, text) for role in group.roles for text in role.outside]
    if not found:
        return
    yield "## What is not in this pull request\n\n"
    for role, text in found[:_SHOWN_OUTSIDE]:
        yield f"- {markdown_code(shorten(role.role, _WIDTH))}: {markdown_text(shorten(text, 2 * _WIDTH))}\n"
    if len(found) > _SHOWN_OUTSIDE:
        yield f"- {len(found) - _SHOWN_OUTSIDE:,} more are in `changes.json` of each role.\n"
    yield "\n"


def _fold(role: RoleResult) -> str:
    body = re.sub(r"^(#+ )", r"#\1", _without_scripts(_without_title(role.body)), flags=re.MULTILINE)
    # A code span would not be one here: GitHub shows a summary as HTML.
    name = re.sub(r"[^\w+=,.@ -]", "?", shorten(role.role, _WIDTH), flags=re.ASCII).replace("@", "&#64;")
    return f"\n<details>\n<summary>{name}</summary>\n\n{body.strip()}\n\n</details>\n"


def _without_title(body: str) -> str:
    return body.partition("\n")[2].lstrip("\n") if body.startswith("# ") else body


def _without_scripts(body: str) -> str:
    """Without what it says of the scripts beside it, which are no part of the pull request."""
    return re.sub(r"^## Apply and roll back\n.*?(?=^#|^<details>|\Z)", "", body, flags=re.MULTILINE | re.DOTALL)


def _is_proven(role: RoleResult) -> bool:
    return bool((role.headline["proof"] or {}).get("proven"))


def _is_replayed(role: RoleResult) -> bool:
    return bool((role.headline["replay"] or {}).get("passed"))
