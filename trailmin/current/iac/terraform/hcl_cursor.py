"""A place in a text of HCL that moves on: white space, comments, names, escapes, and how deep it stands."""

import re
from dataclasses import dataclass

from trailmin.errors import CurrentError

_NAME = re.compile(r"[^\W\d][\w-]*")
_SPACE = re.compile(r"(?:[ \t\r]|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_SPACE_AND_LINES = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEX = re.compile(r"u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}")
_DEPTH_CAP = 100


@dataclass(slots=True)
class Cursor:
    """A text and how far it has been read."""

    text: str
    origin: str
    at: int = 0
    depth: int = 0

    def sees(self, text: str) -> bool:
        """Whether a text comes next."""
        return self.text.startswith(text, self.at)

    def sees_word(self, word: str) -> bool:
        """Whether a word comes next, with a space behind it: a key may be called `for`."""
        found = _NAME.match(self.text, self.at)
        return found is not None and found[0] == word and self.text[found.end() : found.end() + 1] in (" ", "\t")

    def skip(self, *, lines: bool = False) -> None:
        """Pass over white space and comments, and line breaks where they mean nothing."""
        found = (_SPACE_AND_LINES if lines else _SPACE).match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def peek_skip(self, *, lines: bool) -> None:
        """Pass over white space if a question mark follows."""
        before = self.at
        self.skip(lines=lines)
        if not self.sees("?"):
            self.at = before

    def nested(self) -> "_Nested":
        """Return a context in which what is read stands one level deeper.

        Raises:
            CurrentError: On entering: it is nested too deep.
        """
        return _Nested(self)

    def name(self) -> str:
        """Return the name that comes next."""
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise self.error("a name is missing, or something else stands in its place")
        self.at = found.end()
        return found[0]

    def expect(self, text: str) -> None:
        """Pass over a text that must come next."""
        if not self.sees(text):
            raise self.error(f"{text!r} is missing")
        self.at += len(text)

    def error(self, what: str) -> CurrentError:
        """Return an error with the place that has been reached."""
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - self.text.rfind("\n", 0, self.at)
        return CurrentError(f"{self.origin}:{line}:{column}: {what}", hint="check the file with terraform validate")

    def escape(self) -> str:
        """Return what an escape of a quoted text stands for."""
        following = self.text[self.at + 1 : self.at + 2]
        if following in _ESCAPES:
            self.at += 2
            return _ESCAPES[following]
        if (found := _HEX.match(self.text, self.at + 1)) is not None and int(found[0][1:], 16) < 0x110000:
            self.at = found.end()
            return chr(int(found[0][1:], 16))
        raise self.error("no such escape")


@dataclass(slots=True)
class _Nested:
    """Counts how deep expressions are nested, so that a hostile file is an error and no crash."""

    cursor: Cursor

    def __enter__(self) -> None:
        self.cursor.depth += 1
        if self.cursor.depth > _DEPTH_CAP:
            raise self.cursor.error("nested too deep")

    def __exit__(self, *_: object) -> None:
        self.cursor.depth -= 1
