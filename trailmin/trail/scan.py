"""Where the records of a JSON text begin and end, without decoding it.

The slow way, for texts that are too large, broken in places, or not one `Records` list.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from trailmin.trail.gunzip import BrokenLogObjectError
from trailmin.trail.wire import RECORD_CAP

_BLANK: Final = re.compile(rb"[\s,\xef\xbb\xbf]*")
_ENVELOPE: Final = re.compile(
    rb'\{(?:\s*"[^"\\]{0,100}"\s*:\s*(?:"[^"\\]{0,1000}"|[-+.\w]{1,100})\s*,){0,20}\s*"Records"\s*:\s*(\[|(?=[^\s]))'
)
_UP_TO_BRACKET: Final = re.compile(rb'(?:[^{}\[\]"]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_REST_OF_STRING: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCALAR: Final = re.compile(rb"[^,\]}\s]+")
_LOOK_AHEAD: Final = 1 << 16
_BLOCK: Final = 4 << 20
"""Bytes of records that are split at once."""
_BEGINNING: Final = 16
"""Bytes in which records of one list begin alike: `{"eventVersion":`."""
_split_list: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_OPENING: Final = frozenset(b"{[")
_QUOTE: Final = ord('"')

OVERSIZED: Final = b"\0"
"""Stands for a value above `RECORD_CAP`; no JSON value is this."""

CUT_OFF: Final = b"\1"
"""Stands where a text ends between two values of a list."""


class RecordScanner:
    """Splits a text, which comes in chunks, into the raw JSON of its records.

    The text is any sequence of `{"Records": [...]}`, bare lists and records, with or without line ends between them.
    Where lines are whole records, each line is one, so that a broken line spoils no other.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._at = 0
        self._slow_until = 0
        """Where in the buffer the records end that must be split one by one."""
        self._ends_in_value = False
        self.has_list = False
        """Whether a list of records has been seen, rather than single records."""

    def records(self) -> Iterator[bytes]:
        """Each record's JSON, or `OVERSIZED`; what cannot be split comes as one last value that is not JSON.

        Raises:
            BrokenLogObjectError: not JSON from the first byte on, or `Records` is not a list.
        """
        is_by_line = self._is_by_line()
        if (first := self._peek()) is not None and first not in _OPENING:
            raise BrokenLogObjectError("not JSON")
        while (first := self._peek()) is not None:
            if first == ord("[") and not is_by_line:
                self._at += 1
                yield from self._list()
            elif first == ord("{") and (envelope := self._envelope()):
                if not envelope[1]:
                    raise BrokenLogObjectError("`Records` is not a list")
                self._at = envelope.end()
                yield from self._list()
                self._skip_to_end(depth=1)
            else:
                yield self._line() if is_by_line else self._value()

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._buffer = self._buffer[self._at :] + chunk if self._at < len(self._buffer) else chunk
        self._slow_until -= self._at
        self._at = 0
        return True

    def _peek(self) -> int | None:
        """The next byte that is neither blank nor a comma, which it leaves to be read."""
        while True:
            match = _BLANK.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return None

    def _look_ahead(self) -> bytes:
        while len(self._buffer) - self._at < _LOOK_AHEAD and self._more():
            pass
        return self._buffer[self._at : self._at + _LOOK_AHEAD]

    def _is_by_line(self) -> bool:
        """Whether one of the first lines is an object by itself; a text of one line is no list of lines."""
        self._peek()
        lines = self._look_ahead().split(b"\n", 3)[:3]
        return len(lines) > 1 and any(_is_whole_object(line.strip()) for line in lines)

    def _envelope(self) -> re.Match[bytes] | None:
        self._look_ahead()
        return _ENVELOPE.match(self._buffer, self._at)

    def _list(self) -> Iterator[bytes]:
        self.has_list = True
        while (first := self._peek()) is not None:
            if first == ord("]"):
                self._at += 1
                return
            if self._at >= self._slow_until and (block := self._block()) is not None:
                yield from block
            else:
                yield self._value()
        if not self._ends_in_value:
            yield CUT_OFF

    def _block(self) -> list[bytes] | None:
        """The records up to the last one in reach that begins as the next one does, split all at once.

        What lies before a comma is whole records just when it is, in brackets, a JSON list: whether that comma was one
        between records need not be known beforehand.
        """
        while len(self._buffer) - self._at < _BLOCK and self._more():
            pass
        begin = self._buffer[self._at : self._at + _BEGINNING]
        end = self._buffer.rfind(b"}," + begin, self._at, self._at + 2 * _BLOCK)
        if end < 0:
            return None
        try:
            raws = _split_list(b"[" + self._buffer[self._at : end + 1] + b"]")
        except (msgspec.DecodeError, RecursionError):
            self._slow_until = end
            return None
        self._at = end + 1
        return [bytes(raw) for raw in raws]

    def _line(self) -> bytes:
        searched = self._at
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer) - self._at
            if searched > RECORD_CAP:
                self._skip_line()
                return OVERSIZED
            if not self._more():
                end = len(self._buffer)
                break
        line = self._buffer[self._at : end]
        self._at = end
        return line.strip()

    def _skip_line(self) -> None:
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            self._at = len(self._buffer)
            if not self._more():
                return
        self._at = end

    def _value(self) -> bytes:
        if self._buffer[self._at] in _OPENING:
            return self._skip_to_end(depth=0)
        if self._buffer[self._at] == _QUOTE:
            return self._string()
        match = _SCALAR.match(self._buffer, self._at)
        end = match.end() if match else self._at + 1
        value = self._buffer[self._at : end]
        self._at = end
        return value

    def _string(self) -> bytes:
        """Read a string, which may hold blanks and brackets, to its closing quote."""
        ahead = self._at + 1
        while True:
            match = _REST_OF_STRING.match(self._buffer, ahead)
            ahead = match.end() if match else ahead
            if self._buffer[ahead : ahead + 1] == b'"':
                return self._take(ahead + 1, oversized=False)
            if len(self._buffer) - self._at > RECORD_CAP:
                self._drop(self._at)
                return OVERSIZED
            passed = ahead - self._at
            if not self._more():
                self._ends_in_value = True
                return self._take(len(self._buffer), oversized=False)
            ahead = self._at + passed

    def _skip_to_end(self, depth: int) -> bytes:
        """Read on to where `depth` more brackets are closed than opened; returns the text that was read."""
        ahead = self._at
        oversized = False
        while True:
            ahead = self._next_bracket(ahead)
            if ahead < len(self._buffer) and self._buffer[ahead] != _QUOTE:
                depth += 1 if self._buffer[ahead] in _OPENING else -1
                ahead += 1
                if depth <= 0:
                    return self._take(ahead, oversized=oversized)
                continue
            if len(self._buffer) - self._at > RECORD_CAP:
                oversized = True
                self._drop(ahead)
                ahead = self._at
                continue
            passed = ahead - self._at
            if not self._more():
                self._ends_in_value = True
                return self._take(len(self._buffer), oversized=oversized)
            ahead = self._at + passed

    def _take(self, end: int, *, oversized: bool) -> bytes:
        value = self._buffer[self._at : end]
        self._at = end
        return OVERSIZED if oversized or len(value) > RECORD_CAP else value

    def _next_bracket(self, ahead: int) -> int:
        """Where the next bracket outside strings is; an unfinished string's opening quote; or the end of the buffer."""
        match = _UP_TO_BRACKET.match(self._buffer, ahead)
        return match.end() if match else ahead

    def _drop(self, ahead: int) -> None:
        """Forget what was read up to `ahead`, and all of the string that may begin there."""
        in_string = ahead < len(self._buffer)
        self._at = ahead + in_string
        while in_string:
            match = _REST_OF_STRING.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._buffer[self._at : self._at + 1] == b'"':
                self._at += 1
                return
            if not self._more():
                self._at = len(self._buffer)
                return


def _is_whole_object(line: bytes) -> bool:
    if not line.startswith(b"{"):
        return False
    depth = end = 0
    while (match := _UP_TO_BRACKET.match(line, end)) and match.end() < len(line):
        end = match.end()
        if line[end] == _QUOTE:
            return False
        depth += 1 if line[end] in _OPENING else -1
        end += 1
        if depth == 0:
            return end == len(line)
    return False
