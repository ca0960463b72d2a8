"""Which roles and files go into one pull request."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from trailmin.errors import PublishError
from trailmin.publish.pull_requests.results import Patch, Results, RoleResult
from trailmin.report.escape import shorten, visible, without_mention

_TITLE_WIDTH = 120

_REF_PART = re.compile(r"(?![.-])[\w+=,@-]+(?:\.[\w+=,@-]+)*", re.ASCII)
"""A part of a reference's name that git takes (git-check-ref-format), if it does not end in `.lock`."""


class Per(StrEnum):
    """What gets a pull request of its own."""

    ROLE = "role"
    TEAM = "team"
    RUN = "run"


BRANCHES = {Per.RUN: "trailmin/least-privilege", Per.ROLE: "trailmin/role", Per.TEAM: "trailmin/team"}
"""Branch of a run's pull request, and what those of roles and teams start with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What goes into one pull request."""

    branch: str
    title: str
    """Plain text on one line."""
    roles: tuple[RoleResult, ...]
    patches: tuple[Patch, ...]
    """One a document, by document."""
    owners: tuple[str, ...]
    """Of its files, sorted."""


OwnersOf = Callable[[str], tuple[str, ...]]
"""From a path to those who own it."""


def group_results(results: Results, per: Per, branch: str | None, owners_of: OwnersOf) -> tuple[Group, ...]:
    """Return the pull requests to make, by branch.

    The changes of one role are never torn apart: for teams, roles with files of several teams join them.

    Args:
        results: Only with patches that the repository is to take.
        per: What gets one of its own.
        branch: Name of the branch, for roles and teams what their names start with; None for the default.
        owners_of: Who owns a file.

    Raises:
        PublishError: Two roles need different changes of one document.
    """
    start = branch or BRANCHES[per]
    roles = [role for role in results.roles if role.patches]
    if not roles:
        return ()
    if per is Per.RUN:
        return (_group(start, roles, results, owners_of),)
    if per is Per.ROLE:
        found = [_group(branch_of_role(start, role.folder), [role], results, owners_of) for role in roles]
    else:
        found = [_team(start, members, results, owners_of) for members in _teams(roles, owners_of)]
    return tuple(sorted(found, key=lambda group: group.branch))


def branch_of_role(start: str, folder: str) -> str:
    """Return the branch of a role, by its folder among the results."""
    return f"{start}/{_ref(folder)}"


def _group(branch: str, roles: Sequence[RoleResult], results: Results, owners_of: OwnersOf, of: str = "") -> Group:
    patches: dict[str, Patch] = {}
    for role in roles:
        for patch in role.patches:
            # A file that several roles of the group change is changed once, as all of them need it.
            wanted = patch if len(roles) == 1 else results.shared.get(patch.document, patch)
            if patches.setdefault(patch.document, wanted).text != wanted.text:
                raise PublishError(
                    f"roles need different changes of {patch.document}",
                    hint="make a pull request for each of them: --per role",
                )
    owners = sorted({owner for document in patches for owner in owners_of(document)})
    of = of if len(roles) > 1 else ""
    return Group(
        branch=branch,
        title=shorten(f"Tighten {named(roles)}{of}", _TITLE_WIDTH),
        roles=tuple(roles),
        patches=tuple(patches[document] for document in sorted(patches)),
        owners=tuple(owners),
    )


def named(roles: Sequence[RoleResult]) -> str:
    """Return what a group is about: the one role or policy by name, several by their number; plain text."""
    if len(roles) == 1:
        return (
            f"IAM role {without_mention(roles[0].role)}"
            if roles[0].is_role
            else f"the {without_mention(roles[0].role)}"
        )
    counts = ((sum(one.is_role for one in roles), "IAM role"), (sum(not one.is_role for one in roles), "policy"))
    plurals = {"IAM role": "IAM roles", "policy": "policies on resources and roles"}
    return " and ".join(f"{n:,} {plurals[word] if n > 1 else word}" for n, word in counts if n)


def _team(start: str, roles: Sequence[RoleResult], results: Results, owners_of: OwnersOf) -> Group:
    owners = sorted({owner for role in roles for patch in role.patches for owner in owners_of(patch.document)})
    name = "-and-".join(_ref(owner.lstrip("@")).replace("/", "-") for owner in owners) or "without-owner"
    branch = f"{start}/{name if len(name) <= 100 else f'{name[:80]}-{_digest(name)}'}"
    return _group(branch, roles, results, owners_of, of=f" of {visible(', '.join(owners))}" if owners else "")


def _teams(roles: Sequence[RoleResult], owners_of: OwnersOf) -> Iterator[list[RoleResult]]:
    """Yield roles that belong together: those whose files have the same owners, and what links such sets."""
    sets: dict[frozenset[tuple[str, ...]], list[RoleResult]] = defaultdict(list)
    for role in roles:
        sets[frozenset(tuple(sorted(owners_of(patch.document))) for patch in role.patches)].append(role)
    joined: list[tuple[set[tuple[str, ...]], list[RoleResult]]] = []
    for keys, members in sets.items():
        linked = [one for one in joined if one[0] & keys]
        joined = [one for one in joined if not one[0] & keys]
        joined.append((set(keys).union(*(k for k, _ in linked)), [*(r for _, rs in linked for r in rs), *members]))
    order = {role.folder: number for number, role in enumerate(roles)}
    yield from (sorted(members, key=lambda role: order[role.folder]) for _, members in joined)


def _ref(text: str) -> str:
    """Parts of a reference's name for a path: themselves where git takes them, else tamed with a hash of the text."""
    return "/".join(_ref_part(part) for part in text.split("/") if part)


def _ref_part(part: str) -> str:
    if _REF_PART.fullmatch(part) and not part.endswith(".lock") and part != "@":
        return part
    return f"{re.sub(r'[^A-Za-z0-9_+=,-]', '_', part).lstrip('-')[:80]}-{_digest(part)}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
