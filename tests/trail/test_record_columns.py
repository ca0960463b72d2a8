from hypothesis import example, given
from hypothesis import strategies as st

from trailmin.trail.fields import read_time, strip_text
from trailmin.trail.record_columns import columns_of, join_columns
from trailmin.trail.wire import WireRecord

USUAL = st.datetimes().map(lambda time: f"{time:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0"))
NEARLY = st.tuples(USUAL, st.integers(0, 19), st.characters(codec="utf-8")).map(
    lambda t: t[0][: t[1]] + t[2] + t[0][t[1] + 1 :]
)
TIMES = USUAL | NEARLY | st.text("0123456789-:T .+Z", min_size=20, max_size=20) | st.text(max_size=30)
NAMES = st.sampled_from(["a", " b ", "", " ", "é\u2003"])


def a_record(time: str = "2026-03-01T00:00:00Z", source: str = "s", name: str = "n") -> WireRecord:
    return WireRecord(event_time=time, event_source=source, event_name=name, event_id="e")


@given(st.lists(TIMES, max_size=4) | st.lists(USUAL, min_size=1, max_size=4))
@example(["2026-03-01T00:00:00Z", "2026-03-01 23:59:59Z"])
@example(["2026-03-01T24:00:00Z"])
@example(["2016-12-31T23:59:60Z"])
@example(["1969-12-31T23:59:59Z"])
@example(["9999-12-31T00:00:00Z"])
@example(["0000-01-01T00:00:00Z"])
@example(["2026-03-01T00:00:00Z", "2026-03-01T01:00:00.5+01:00"])
@example(["2026-03-01T00:00+01Z", "2026-W10-1T00:00:00Z"])
def test_times_read_all_at_once_are_those_read_one_by_one(texts: list[str]) -> None:
    found = columns_of([a_record(time) for time in texts]).times.tolist()
    assert found == [-1 if (time := read_time(text)) is None else time for text in texts]


@given(st.lists(st.tuples(NAMES, NAMES, st.booleans()), max_size=4))
def test_records_are_sound_when_each_has_a_time_a_source_and_a_name(values: list[tuple[str, str, bool]]) -> None:
    records = [a_record("2026-03-01T00:00:00Z" if timed else "now", source, name) for source, name, timed in values]
    columns = columns_of(records)
    assert columns.are_sound == all(timed and strip_text(a) and strip_text(b) for a, b, timed in values)
    assert list(columns.fields["event_source"]) == [strip_text(source) for source, _, _ in values]
    assert len(columns) == len(values)


def test_columns_are_joined_in_their_order() -> None:
    parts = [columns_of([a_record(name="a"), a_record(name=" b")]), columns_of([]), columns_of([a_record(name="c")])]
    joined = join_columns(parts)
    assert list(joined.fields["event_name"]) == ["a", "b", "c"]
    assert len(joined) == 3
