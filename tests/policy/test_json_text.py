import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailmin.errors import PolicyError
from trailmin.policy.json_text import DEPTH_CAP, JsonNode, JsonNumber, from_object, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def value_of(node: JsonNode) -> object:
    if node.is_object:
        return {member.name: value_of(member.value) for member in node.members}
    if node.items is not None:
        return [value_of(item) for item in node.items]
    return json.loads(node.value.text) if isinstance(node.value, JsonNumber) else node.value


@given(value=VALUES, indent=st.sampled_from([None, 2, "\t"]), ascii_only=st.booleans())
def test_it_reads_what_the_standard_library_writes(
    value: object, indent: int | str | None, *, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    node = read_json(f" {text}\r\n")
    assert value_of(node) == value == value_of(from_object(value))
    assert json.loads(f" {text}\r\n"[node.start : node.end]) == value


@given(st.text(alphabet='{}[]",:0-.eE+tfnrualse\\ \n', max_size=20))
def test_it_accepts_no_text_that_the_standard_library_refuses(text: str) -> None:
    try:
        node = read_json(text)
    except PolicyError:
        return
    assert value_of(node) == json.loads(text)


def test_every_value_knows_its_place() -> None:
    text = '\ufeff{"a": [1, "\\u00e9"],\r\n "b": null}'
    root = read_json(text)
    places = {member.name: text[member.key.start : member.value.end] for member in root.members}
    assert places == {"a": '"a": [1, "\\u00e9"]', "b": '"b": null'}
    member = root.member("a")
    assert member is not None
    assert [text[item.start : item.end] for item in member.value.items or ()] == ["1", '"\\u00e9"']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "document: the text ends where a value should stand .line 1, column 1"),
        ('{"a": NaN}', "a: not a JSON value .line 1, column 7"),
        ('{"a": 1,\n "a": 2}', 'document: duplicate key "a" .line 2, column 2'),
        ('{"a": {"b": [0, {"c": "\\x"}]}}', r"a\.b\[1\]\.c: a string is not closed, or holds a bad escape"),
        ('{"a": 1}{', "more text after the end"),
        ('{"a": 1,}', "expected a key in double quotes"),
        ("[1 2]", r"expected ',' or '\]'"),
        ('{"a" 1}', "expected ':'"),
        ('["\\ud800"]', r"\[0\]: a string holds half of a surrogate pair"),
        ('["a\nb"]', "control character"),
        ("[" * 100_000, f"nested deeper than {DEPTH_CAP} levels"),
        ('{"a":' * 100_000, f"nested deeper than {DEPTH_CAP} levels"),
        ("[01]", "expected ','"),
        ("['a']", "not a JSON value"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        read_json(text)
    assert caught.value.hint


@pytest.mark.parametrize("value", [{"a": {1}}, {1: "a"}, [float("nan")], {"a": b"x"}])
def test_an_object_that_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(PolicyError):
        from_object(value)
