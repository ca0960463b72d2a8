import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from trailmin.usage import numbering
from trailmin.usage.numbering import encode, number_alike, values_at

ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([True, None]), st.sampled_from("xyz")))
NAMES = ("text", "flag", "letter")


@given(ROWS, st.sampled_from([1 << 62, 4]))
def test_rows_have_one_number_where_they_are_alike(rows: list[tuple[str | None, bool | None, str]], many: int) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    kinds = (pa.string(), pa.bool_(), pa.string())
    batch = pa.record_batch([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], list(NAMES))
    numbering._MANY, before = many, numbering._MANY  # type: ignore[misc]
    try:
        firsts, number_of = number_alike(encode(batch, NAMES), NAMES)
        _, of_first_column = number_alike(encode(batch, NAMES), NAMES[:1])
    finally:
        numbering._MANY = before  # type: ignore[misc]
    assert len(firsts) == len(set(rows))
    assert [tuple(values) for values in values_at(batch, NAMES, firsts[number_of])] == rows
    # The first column weighs most: what is alike in it stays together.
    runs = of_first_column[firsts].tolist()
    assert runs == sorted(runs)
