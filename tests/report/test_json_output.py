import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from trailmin.report.json_output import json_text, time_json


@given(
    st.recursive(st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
)
def test_json_text_is_printable_ascii_that_reads_back(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert json_text(value, indent=None).count("\n") == 1


_NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.recursive(
        st.text() | _NUMBERS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | _NUMBERS, inner, max_size=3),
    )
)
def test_indented_text_is_what_the_standard_library_writes(value: object) -> None:
    assert json_text(value) == json.dumps(value, indent=2).replace("\x7f", "\\u007f") + "\n"


def test_times_are_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert time_json(datetime(2026, 1, 1, 1, 0, tzinfo=east)) == "2025-12-31T23:00:00Z"
    assert time_json(datetime(2026, 1, 1, 1, 0, 0, 5000, tzinfo=UTC)) == "2026-01-01T01:00:00.005Z"
    assert time_json(None) is None
