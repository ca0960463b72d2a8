"""Text of a policy as a sequence of literals, wildcards and policy variables.

A token is a literal character, one of the four wildcards below, or a policy variable as `${key}`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

STAR = "**"
"""Any text."""
ONE = "??"
"""Any one character."""
SEGMENT_STAR = "*:"
"""Any text without a colon: a `*` within one of an ARN's first five segments."""
SEGMENT_ONE = "?:"
"""Any one character but a colon."""

STARS = frozenset({STAR, SEGMENT_STAR})
ONES = frozenset({ONE, SEGMENT_ONE})
WILDCARDS = STARS | ONES

_PIECE = re.compile(r"\$\{(?P<body>[^{}]*)\}|(?P<char>.)", re.DOTALL)
_ESCAPES = frozenset("*?$")
_COLON = frozenset(":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A glob. Two patterns are equal when their normalised tokens are, whatever their texts."""

    text: str = field(compare=False)
    """As a policy spells it."""
    tokens: tuple[str, ...]
    """Normalised: of a run of wildcards, the single characters come first and one star last."""

    @property
    def is_literal(self) -> bool:
        """Whether the pattern matches exactly one text, known without any policy variable."""
        return max(map(len, self.tokens), default=1) == 1

    @property
    def is_universal(self) -> bool:
        """Whether the pattern matches every text."""
        return self.tokens == (STAR,)

    @property
    def variables(self) -> tuple[str, ...]:
        """The policy variables in the pattern, in order, as `${key}`."""
        return tuple(token for token in self.tokens if is_variable(token))


def is_variable(token: str) -> bool:
    """Whether a token is a policy variable."""
    return token.startswith("${")


@lru_cache(maxsize=1 << 13)
def glob_pattern(text: str, *, variables: bool = True) -> Pattern:
    """The pattern in `text`, whose `*` and `?` match any character.

    With `variables` (Version 2012-10-17) `${*}`, `${?}` and `${$}` are the literal characters and any other `${…}`
    is a policy variable; without (Version 2008-10-17) these are plain characters.
    Source: IAM User Guide, "IAM policy elements: Variables and tags".
    """
    return Pattern(text=text, tokens=normalised(_tokens(text, variables=variables)))


@lru_cache(maxsize=1 << 13)
def resource_pattern(text: str, *, variables: bool = True) -> Pattern:
    """The pattern in a Resource element: wildcards stay within each of the first five segments of the ARN.

    A `*` that ends the whole text covers everything after it, colons too (`arn:aws:s3:*`, or `*` alone). IAM's page on
    Resource lets a `*` that ends an earlier segment run on past the colon, S3's says that it cannot. With all six
    segments spelled out the narrow reading is taken; where segments are missing (`arn:aws:dynamodb:*:table/x`) the
    wide one is taken by `widest`, so that each side of an inclusion has the reading that is safe for it.
    """
    tokens = _tokens(text, variables=variables)
    colons = 0
    for index, token in enumerate(tokens):
        if token in _COLON:
            colons += 1
            if colons == 5:
                break
        elif token == STAR and index + 1 < len(tokens):
            tokens[index] = SEGMENT_STAR
        elif token == ONE:
            tokens[index] = SEGMENT_ONE
    return Pattern(text=text, tokens=normalised(tokens))


@lru_cache(maxsize=1 << 13)
def widest(pattern: Pattern) -> Pattern:
    """A pattern without variables that matches all that `pattern` may match: any value, either reading of `*`."""
    tokens = [STAR if is_variable(token) else token for token in wide_reading(pattern).tokens]
    return Pattern(text=pattern.text, tokens=normalised(tokens))


@lru_cache(maxsize=1 << 13)
def wide_reading(pattern: Pattern) -> Pattern:
    """The pattern in the wider reading of a `*` that ends one of the segments of an ARN without all six."""
    tokens = list(pattern.tokens)
    if tokens.count(":") >= 5 or SEGMENT_STAR not in tokens:
        return pattern
    for index, token in enumerate(tokens):
        if token == SEGMENT_STAR and tokens[index + 1 : index + 2] == [":"]:
            tokens[index] = STAR
    return Pattern(text=pattern.text, tokens=normalised(tokens))


def literal_pattern(text: str) -> Pattern:
    """The pattern that matches just `text`, whatever its characters."""
    return Pattern(text=escape_literal(text), tokens=tuple(text))


def escape_literal(text: str, *, variables: bool = True) -> str:
    """Policy text that matches the observed value `text`, and nothing else where a policy can say so.

    Wildcard characters become `${*}` and `${?}`, and a `$` that would open a variable `${$}`; in a Version 2008-10-17
    policy (`variables` False), which has no escapes, they become `?` and `$` stays. A character that a policy cannot
    hold (outside tab, LF, CR and U+0020 to U+00FF) becomes `?`.
    """
    escaped: list[str] = []
    for index, char in enumerate(text):
        if not is_policy_character(char):
            escaped.append("?")
        elif char in "*?":
            escaped.append(f"${{{char}}}" if variables else "?")
        elif char == "$" and variables and text[index + 1 : index + 2] in {"{", ""}:
            escaped.append("${$}")
        else:
            escaped.append(char)
    return "".join(escaped)


def is_policy_character(char: str) -> bool:
    """Whether a policy document may hold `char`. Source: IAM API Reference, PutRolePolicy, PolicyDocument."""
    return " " <= char <= "\xff" or char in "\t\n\r"


def normalised(tokens: Iterable[str]) -> tuple[str, ...]:
    """The same language in one spelling: `*?*` and `?*` are both `?` followed by `*`."""
    result: list[str] = []
    star: str | None = None
    for token in tokens:
        if token in STARS:
            star = STAR if STAR in {star, token} else token
            continue
        if token not in ONES and star is not None:
            result.append(star)
            star = None
        result.append(token)
    if star is not None:
        result.append(star)
    return tuple(result)


def _tokens(text: str, *, variables: bool) -> list[str]:
    if not variables or "${" not in text:
        return [_WILDCARD_TOKENS.get(char, char) for char in text]
    return [_token(found) for found in _PIECE.finditer(text)]


def _token(found: re.Match[str]) -> str:
    char, body = found["char"], found["body"]
    if char is not None:
        return _WILDCARD_TOKENS.get(char, char)
    if body in _ESCAPES:
        return str(body)
    key, comma, default = body.partition(",")
    return "${" + key.strip().lower() + comma + default + "}"


_WILDCARD_TOKENS = {"*": STAR, "?": ONE}
