"""The parts of a resource's name: words that a person chose, and dates, ids and numbers that no person did.

Pure functions of one text, so that whatever is built on them does not depend on the order of the events.
"""

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

MAX_SEGMENTS = 16
"""Deeper paths keep what is left in their last segment."""


class Kind(IntEnum):
    """What a token is."""

    MARK = 0
    """A separator, an escaped wildcard, a wildcard that stands for an unknown part."""
    WORD = 1
    NUMBER = 2
    """Up to seven digits."""
    DATE = 3
    """A year, a month, a day or a time of a day, over one path segment or several."""
    UUID = 4
    ID = 5
    """Eight and more hexadecimal digits, or twelve and more mixed letters and digits."""
    AWS_ID = 6
    """`i-0123456789abcdef0` and its like."""


MADE_UP = frozenset({Kind.NUMBER, Kind.DATE, Kind.UUID, Kind.ID, Kind.AWS_ID})


class Token(NamedTuple):
    """One part of a segment."""

    kind: Kind
    text: str


_YEAR = r"(?:19|20)\d\d"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_HOUR = r"(?:[01]\d|2[0-3])"
_KEY = r"(?:[A-Za-z_]{1,16}=)?"
_DATE_PATH = re.compile(
    rf"(?:(?<=[/:])|^){_KEY}{_YEAR}/{_KEY}{_MONTH}(?:/{_KEY}{_DAY}(?:/{_KEY}{_HOUR})?)?/"
    rf"|(?:(?<=[/:])|^)[a-z]{{1,16}}={_YEAR}/[a-z]{{1,16}}=1?\d(?:/[a-z]{{1,16}}=[123]?\d(?:/[a-z]{{1,16}}=[12]?\d)?)?/"
)
_TOKEN = re.compile(
    rf"""
    (?P<escape>\$\{{[*?$]\}})
    |(?<![0-9A-Za-z])(?:
        (?P<uuid>[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})
        |(?P<aws>[a-z]{{1,12}}-[0-9a-f]{{17}}|(?:i|vol|snap|ami|eni|sg|subnet|vpc|rtb|igw|nat|acl)-[0-9a-f]{{8}})
        |(?P<date>
            {_YEAR}(?P<s>[-_.]?){_MONTH}(?P=s){_DAY}
            (?:[T_-]?{_HOUR}(?:(?P<t>[:_-]?)[0-5]\d(?:(?P=t)[0-5]\d(?:\.\d{{1,9}})?)?)?Z?)?
            |{_YEAR}[-_]{_MONTH}|20[0-4]\d)
        |(?P<id>(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{{8,}}|(?=[0-9]*[A-F])(?=[A-F]*[0-9])[0-9A-F]{{8,}}
            |(?=(?:[A-Za-z]*[0-9]){{3}})(?=[0-9]*[A-Za-z])[0-9A-Za-z]{{12,}}|[0-9]{{8,}})
    )(?![0-9A-Za-z])
    |(?P<number>[0-9]+)|(?P<word>[^\W\d_]+)|(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "uuid": Kind.UUID,
    "aws": Kind.AWS_ID,
    "date": Kind.DATE,
    "id": Kind.ID,
    "number": Kind.NUMBER,
    "word": Kind.WORD,
}
_SLASH = re.compile(r"[^/]*/|[^/]+")
_SLASH_OR_COLON = re.compile(r"[^/:]*[/:]|[^/:]+")
_S3_NAMES = ("arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::")
_S3_HEAD_END = 20
"""Behind the fifth colon of each of them, before a colon that a key may hold."""
_DIGITS = re.compile(r"[0-9]")
_LETTERS_AND_DIGITS = re.compile(r"[0-9A-Za-z]")


def segments(resource: str) -> tuple[str, ...]:
    """Return a resource cut behind the fifth colon and behind each separator of its path; joined, they are it.

    A date that is spread over several path segments is one segment (`2026/09/01/`).

    >>> segments("arn:aws:s3:::logs/access/2026/09/01/a.gz")
    ('arn:aws:s3:::', 'logs/', 'access/', '2026/09/01/', 'a.gz')
    """
    folder, name = split_name(resource)
    return (*folder_segments(folder), name) if name else folder_segments(folder)


def split_name(resource: str) -> tuple[str, str]:
    """Return a resource's folder, with the separator at its end, and what comes behind: either may be empty."""
    last = resource.rfind("/")
    if not resource.startswith(_S3_NAMES):
        last = max(last, resource.rfind(":"))
    elif last < 0:
        last = resource.rfind(":", 0, _S3_HEAD_END)
    return resource[: last + 1], resource[last + 1 :]


@lru_cache(maxsize=1 << 15)
def folder_segments(folder: str) -> tuple[str, ...]:
    """Return the segments of a folder; many resources share one."""
    parts = folder.split(":", 5)
    if len(parts) < 6:
        return (folder,) if folder else ()
    path = parts[5]
    head = folder[: len(folder) - len(path)]
    cut = _SLASH if parts[2] == "s3" else _SLASH_OR_COLON
    found = [head]
    position = 0
    for dated in _DATE_PATH.finditer(path):
        found += cut.findall(path[position : dated.start()])
        found.append(dated[0])
        position = dated.end()
    found += cut.findall(path[position:])
    if len(found) > MAX_SEGMENTS:
        found[MAX_SEGMENTS - 1 :] = ["".join(found[MAX_SEGMENTS - 1 :])]
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def tokens(segment: str) -> tuple[Token, ...]:
    """Return the tokens of one segment; joined, their texts are the segment."""
    if _DATE_PATH.fullmatch(segment) is not None:
        return (Token(Kind.DATE, segment),)
    return tuple(_token(found) for found in _TOKEN.finditer(segment))


def _token(found: re.Match[str]) -> Token:
    name = found.lastgroup or ""
    if name in ("s", "t"):
        name = "date"
    kind = _KINDS.get(name, Kind.MARK)
    if kind is Kind.NUMBER and len(found[0]) >= 8:
        kind = Kind.ID
    return Token(kind, found[0])


def mask(token: Token) -> str:
    """Return the pattern for all tokens of one kind and width: `2026-09-01` is `????-??-??`, other numbers are `*`."""
    match token.kind:
        case Kind.DATE:
            return _DIGITS.sub("?", token.text)
        case Kind.NUMBER:
            return "*"
        case Kind.AWS_ID:
            return token.text[: token.text.index("-") + 1] + "*"
        case Kind.UUID | Kind.ID:
            return _LETTERS_AND_DIGITS.sub("?", token.text)
        case _:
            return token.text
