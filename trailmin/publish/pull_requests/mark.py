"""What a pull request says of itself, for the next run: which change it asks for, and what its title and text were.

A comment at the end of the body that GitHub does not show. A title or a text that is not as the comment says was edited
by a person, and stays; a change that a person closed without a merge is not asked for again.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from trailmin.publish.pull_requests.grouping import Group

_COMMENT = re.compile(r"<!-- trailmin change=([0-9a-f]{64}) title=([0-9a-f]{64}) text=([0-9a-f]{64}) -->")

_WITHDRAWN = (
    "> **No longer proposed.** The last run does not ask for this any more: it was done in another way, or it would "
    "now take away what is used. Close it without merging it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Digests, SHA-256 in hexadecimal."""

    change: str
    """Of `change_of`."""
    title: str
    text: str


def with_mark(body: str, group: Group) -> str:
    """Return a body with its mark."""
    return _marked(body, change_of(group), _digest(group.title))


def as_withdrawn(body: str) -> str | None:
    """Return a body that says first that it is proposed no more; None where it does so, or a person edited it."""
    found = _last(body)
    if found is None or not is_text_as_made(body) or body.startswith(_WITHDRAWN):
        return None
    return _marked(f"{_WITHDRAWN}\n\n{body[: found.start()]}".replace("\r\n", "\n"), found[1], found[2])


def _marked(body: str, change: str, title: str) -> str:
    return f"{body.rstrip()}\n\n<!-- trailmin change={change} title={title} text={_digest(body)} -->\n"


def change_of(group: Group) -> str:
    """Return what is the same for the same lines taken out and put in, wherever they stand in the same files."""
    digest = sha256()
    for patch in group.patches:
        hunks = patch.text.partition(b"\n@@")[2].replace(b"\r\n", b"\n")
        lines = [line for line in hunks.split(b"\n") if line[:1] in {b"+", b"-"}]
        digest.update(b"\0".join([patch.document.encode("utf-8", "surrogatepass"), *lines, b"\0"]))
    return digest.hexdigest()


def read_mark(body: str) -> Mark | None:
    """Return the mark of a body; None where it has none."""
    found = _last(body)
    return Mark(change=found[1], title=found[2], text=found[3]) if found is not None else None


def is_title_as_made(title: str, mark: Mark | None) -> bool:
    """Whether nobody has edited a title."""
    return mark is not None and _digest(title) == mark.title


def is_text_as_made(body: str) -> bool:
    """Whether nobody has edited a body."""
    found = _last(body)
    return found is not None and _digest(body[: found.start()] + body[found.end() :]) == found[3]


def _last(body: str) -> re.Match[str] | None:
    """The mark itself is the last one: a role's report may quote anything before it."""
    return max(_COMMENT.finditer(body), key=lambda match: match.start(), default=None)


def _digest(text: str) -> str:
    """Of the words alone: GitHub keeps line ends of its own."""
    return sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()
