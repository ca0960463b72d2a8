import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.policy import glob
from trailmin.policy.pattern import literal_pattern, resource_pattern

GLOBS = st.text(alphabet="ab*?", max_size=6)
WORDS = ["".join(chars) for size in range(7) for chars in itertools.product("abz", repeat=size)]
MATCHED: dict[str, frozenset[str]] = {}


def words_of(pattern: str) -> frozenset[str]:
    if pattern not in MATCHED:
        MATCHED[pattern] = frozenset(word for word in WORDS if slow_match(pattern, word))
    return MATCHED[pattern]


def slow_match(pattern: str, text: str) -> bool:
    row = {0}
    for token in pattern:
        if token == "*":
            row = set(range(min(row, default=len(text) + 1), len(text) + 1))
        else:
            row = {at + 1 for at in row if at < len(text) and token in ("?", text[at])}
    return len(text) in row


@given(GLOBS, st.sampled_from(WORDS))
def test_matching_agrees_with_a_slow_matcher(pattern: str, word: str) -> None:
    assert glob.matches(pattern, word) == slow_match(pattern, word) == glob.may_match(pattern, word)


def spelled(*patterns: str) -> int:
    """How many characters the patterns ask for: about as long is the shortest word that tells them apart."""
    return sum(token != "*" for pattern in patterns for token in pattern)


@given(GLOBS, GLOBS)
def test_inclusion_agrees_with_brute_force(a: str, b: str) -> None:
    if glob.included(a, b):
        assert words_of(a) <= words_of(b)
    elif spelled(a, b) <= 5:
        assert not words_of(a) <= words_of(b)


@given(GLOBS, st.lists(GLOBS, max_size=3))
def test_inclusion_in_a_union_agrees_with_brute_force(a: str, union: list[str]) -> None:
    covered: frozenset[str] = frozenset().union(*map(words_of, union))
    if glob.included_in_union(a, union):
        assert words_of(a) <= covered
    elif spelled(a, *union) <= 5:
        assert not words_of(a) <= covered


@given(GLOBS, GLOBS)
def test_overlap_agrees_with_brute_force(a: str, b: str) -> None:
    # Two patterns of up to six tokens that overlap do so in a word of up to twelve characters.
    if words_of(a) & words_of(b):
        assert glob.intersects(a, b)
    elif spelled(a, b) <= 6:
        assert not glob.intersects(a, b)


@settings(max_examples=2000)
@given(GLOBS, GLOBS)
def test_the_meet_is_within_b_and_holds_what_both_match(a: str, b: str) -> None:
    met = glob.meet(a, b)
    if met is None:
        assert not words_of(a) & words_of(b)
    else:
        assert glob.included(met, b)
        assert words_of(a) & words_of(b) <= words_of(met)


SEGMENTED = st.text(alphabet="a:*?", max_size=9)
COLON_WORDS = ["".join(chars) for size in range(8) for chars in itertools.product("a:", repeat=size)]


@given(SEGMENTED, SEGMENTED)
def test_inclusion_of_segmented_patterns_is_sound_under_both_readings(a: str, b: str) -> None:
    first, second = resource_pattern(a), resource_pattern(b)
    if glob.included(first, second):
        for word in COLON_WORDS:
            assert not glob.matches(first, word) or glob.matches(second, word)
            assert not glob.may_match(first, word) or glob.may_match(second, word)
    if not glob.intersects(first, second):
        assert not any(glob.may_match(first, word) and glob.may_match(second, word) for word in COLON_WORDS)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("s3:*", "s3:?", False),
        ("s3:?", "s3:*", True),
        ("*?*", "?*", True),
        ("", "*", True),
        ("", "?", False),
        ("*a*b*", "*b*", True),
        ("?*?", "??*", True),
    ],
)
def test_inclusion_cases(a: str, b: str, *, expected: bool) -> None:
    assert glob.included(a, b) is expected


def test_two_patterns_can_cover_what_neither_covers_alone() -> None:
    assert glob.included_in_union("a*", ["a", "a?*"])
    assert not glob.included("a*", "a")
    assert not glob.included("a*", "a?*")
    assert glob.included_in_union("a*", []) is False


def test_a_variable_is_within_itself_and_a_star_but_not_within_a_question_mark() -> None:
    own = "home/${aws:username}/*"
    assert glob.included(own, "home/${aws:UserName}/*")
    assert glob.included(own, "home/*")
    assert not glob.included(own, "home/?/*")
    assert not glob.included("home/*", own)
    assert not glob.included(own, "home/${aws:userid}/*")
    assert glob.intersects(own, "home/bob/x")
    assert not glob.matches(own, "home/bob/x")
    assert glob.may_match(own, "home/bob/x")
    assert not glob.may_match(own, "house/bob/x")


def test_a_variable_with_a_colon_in_its_value_does_not_hide_in_a_segment() -> None:
    a = resource_pattern("arn:aws:x:r:${aws:userid}:y")
    assert not glob.included(a, resource_pattern("arn:aws:x:r:*:y"))


def test_escapes_are_literal_characters() -> None:
    assert glob.matches("a${*}b${?}${$}{", "a*b?${")
    assert not glob.matches("a${*}b", "axb")
    assert glob.included("a${*}b", "a*b")
    assert not glob.included("a*b", "a${*}b")


def test_matching_takes_no_exponential_time() -> None:
    assert not glob.matches("*a" * 60 + "b", "a" * 2000)
    assert not glob.may_match(resource_pattern("arn:*:" + "*a" * 40 + ":b"), "arn:" + "a" * 2000)


def test_a_search_above_the_cap_is_unknown_and_not_a_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glob, "STATE_CAP", 10)
    assert glob.included("*ab*ab*ab", "*b*a*b") is None
    monkeypatch.undo()
    assert glob.included("*ba*ba*ab", "*b*a*b") is True


@given(st.text(max_size=12), st.text(max_size=12))
def test_an_escaped_value_matches_just_that_value(value: str, other: str) -> None:
    pattern = literal_pattern(value)
    assert glob.matches(pattern, value)
    assert glob.matches(pattern.text, value)
    representable = all("\x20" <= char <= "\xff" or char in "\t\r\n" for char in value)
    if representable and other != value:
        assert not glob.matches(pattern.text, other)
