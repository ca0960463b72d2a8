import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from trailmin.lake.raw_texts import raw_bytes, raw_texts, starting_bytes, with_matches
from trailmin.trail.fields import has_content

VALUES: st.SearchStrategy[object] = (
    st.none() | st.just({}) | st.just([]) | st.sampled_from(["null", "", "{}", "needle", "é"]) | st.integers()
)
TEXTS = st.lists(VALUES | st.fixed_dictionaries({"needle": st.text(max_size=5)}), min_size=1, max_size=6).map(
    lambda values: [json.dumps(value, ensure_ascii=False).encode() for value in values]
)


def raws(texts: list[bytes]) -> list[msgspec.Raw]:
    return [msgspec.Raw(text) for text in texts]


@given(TEXTS)
def test_texts_are_as_they_came_and_null_where_they_say_nothing(texts: list[bytes]) -> None:
    column = raw_texts(raws(texts))
    column.validate(full=True)
    assert column.to_pylist() == [text.decode() if has_content(text) else None for text in texts]
    assert raw_bytes(raws(texts)).to_pylist() == texts
    given_ones = [(start, text[0]) for start, text in zip(starting_bytes(column), texts, strict=True)]
    assert all(start == first for start, first in given_ones)


@given(TEXTS, st.integers(0, 150), st.integers(0, 150))
def test_what_matches_is_changed_in_whatever_block_it_stands(texts: list[bytes], before: int, after: int) -> None:
    texts = [b"[1,2,3,4]"] * before + texts + [b"null"] * after
    changed = with_matches(raw_texts(raws(texts)), "(?i)NEEDLE", lambda text: text.upper())
    changed.validate(full=True)
    expected = [text.decode() if has_content(text) else None for text in texts]
    assert changed.to_pylist() == [t.upper() if t and "needle" in t else t for t in expected]
