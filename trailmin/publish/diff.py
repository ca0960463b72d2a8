"""Unified diffs that `git apply` and `patch -p1` take."""

import difflib
import hashlib
import os
from collections.abc import Iterator, Sequence

_CONTEXT_LINES = 3

_NO_NEWLINE = "\\ No newline at end of file\n"


def unified_diff(path: str, old: str | None, new: str | None, *, git_header: bool) -> str:
    """Return the diff that turns `old` into `new`; None stands for a file that is not there.

    Line ends are kept as they are. Paths in a diff with a `diff --git` line count from the top of the repository: in a
    folder below it `git apply` skips them without a word, so a diff that applies in any folder has none.

    Args:
        path: POSIX path below the folder that the diff applies in.
        old: The text before.
        new: The text after.
        git_header: Whether to start with git's own header lines.

    Returns:
        The diff, empty where the texts are equal.
    """
    if old == new:
        return ""
    return "".join((*_header(path, old, new, git_header=git_header), *_hunks(_lines(old), _lines(new))))


def fingerprint(text: str) -> str:
    """Return what tells a file's text from any other, save for the form of its line ends and those at its end.

    A diff alone does not tell: among lines that recur it fits a file that is not the one that it was made for.
    """
    octets = text.rstrip("\r\n").replace("\r\n", "\n").encode("utf-8", "surrogateescape")
    return hashlib.sha256(octets).hexdigest()


def _header(path: str, old: str | None, new: str | None, *, git_header: bool) -> Iterator[str]:
    before, after = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    if git_header:
        yield f"diff --git {before} {after}\n"
        if old is None:
            yield "new file mode 100644\n"
        if new is None:
            yield "deleted file mode 100644\n"
    yield f"--- {'/dev/null' if old is None else _ended(before)}\n"
    yield f"+++ {'/dev/null' if new is None else _ended(after)}\n"


def _lines(text: str | None) -> list[str]:
    """Split at line feeds alone: `str.splitlines` also splits at characters that diff tools take for text."""
    lines = (text or "").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    # Without autojunk: the lines that recur in a long policy ("Effect": "Allow") are what aligns it.
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT_LINES):
        (_, old_from, _, new_from, _), (_, _, old_to, _, new_to) = group[0], group[-1]
        yield f"@@ -{_range(old_from, old_to)} +{_range(new_from, new_to)} @@\n"
        for tag, i, j, k, m in group:
            if tag == "equal":
                yield from _marked(" ", old[i:j])
            else:
                yield from _marked("-", old[i:j])
                yield from _marked("+", new[k:m])


def _range(start: int, stop: int) -> str:
    length = stop - start
    # POSIX diff: an empty range names the line before it, and a length of one is left out.
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n{_NO_NEWLINE}"


def _quoted(path: str) -> str:
    """Quote as git does (core.quotePath): bytes outside printable ASCII in octal, within double quotes."""
    octets = os.fsencode(path)
    if all(0x20 <= o < 0x7F and o not in b'"\\' for o in octets):
        return path
    return '"' + "".join(_quoted_octet(o) for o in octets) + '"'


def _quoted_octet(octet: int) -> str:
    if octet in b'"\\':
        return f"\\{chr(octet)}"
    return chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03o}"


def _ended(name: str) -> str:
    """A tab ends a name that holds spaces, as git and GNU diff write it; `patch` would stop at the first space."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name
