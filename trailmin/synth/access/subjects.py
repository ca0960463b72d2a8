"""Subjects of web identities: what a few that were seen stand for.

Source: GitHub Docs, "OpenID Connect reference", example subject claims: `repo:OWNER/REPO:ref:refs/heads/BRANCH`,
`…:ref:refs/tags/TAG`, `…:environment:NAME`, `…:pull_request`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

_REF = re.compile(r"(repo:[^:*?]+:ref:refs/(heads|tags)/)(.+)", re.DOTALL)
_MOST_BRANCHES = 3
"""Branches of a repository that are named one by one."""
_WIDE = re.compile(r"\*|repo:\*.*|repo:[^/:]+/\*.*|repo:[^/:]*\*.*", re.DOTALL)


def generalise_subjects(subjects: Iterable[str]) -> tuple[str, ...]:
    """Return patterns for the subjects, sorted: tags are any tag of the repository, many branches any branch.

    A subject that holds wildcard characters stays as it is: it cannot be told from a pattern, so it is left out, and
    replay tells whether it is needed.
    """
    refs: dict[str, set[str]] = defaultdict(set)
    patterns: set[str] = set()
    for subject in subjects:
        found = _REF.fullmatch(subject)
        if any(char in subject for char in "*?$"):
            continue
        if found is None:
            patterns.add(subject)
        elif found[2] == "tags":
            # Each release has a new one.
            patterns.add(f"{found[1]}*")
        else:
            refs[found[1]].add(subject)
    for start, seen in refs.items():
        patterns |= seen if len(seen) <= _MOST_BRANCHES else {f"{start}*"}
    return tuple(sorted(patterns))


def is_wide_subject(pattern: str) -> bool:
    """Whether a pattern lets in subjects of more than one repository.

    >>> is_wide_subject("repo:octo-org/*"), is_wide_subject("repo:octo-org/app:*")
    (True, False)
    """
    return _WIDE.fullmatch(pattern) is not None
