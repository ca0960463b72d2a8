import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.trail import scan
from trailmin.trail.scan import CUT_OFF, RecordScanner

TEXTS = st.sampled_from(["", "a", '},{"eventVersion":', "}]", '"', "\\", "é", "{[", '"},{'])
RECORDS = st.fixed_dictionaries({"eventVersion": TEXTS}, optional={"a": TEXTS, "b": st.lists(TEXTS, max_size=3)})
BROKEN = st.sampled_from([b"5", b'"x"', b"{]", b'{"eventVersion" 1}', b"nul"])


def chunks(text: bytes, size: int) -> Iterator[bytes]:
    return iter([text[start : start + size] for start in range(0, len(text), size)])


def values(text: bytes, size: int) -> list[Any]:
    return [value if value == CUT_OFF else value.strip() for value in RecordScanner(chunks(text, size)).records()]


@settings(max_examples=300)
@given(
    st.lists(RECORDS.map(lambda r: json.dumps(r, separators=(",", ":")).encode()) | BROKEN, min_size=1, max_size=12),
    st.sampled_from([b",", b", ", b",\n"]),
    st.sampled_from([b"]}", b"]", b""]),
    st.integers(1, 200),
)
def test_records_are_the_same_split_at_once_or_one_by_one(
    raws: list[bytes], comma: bytes, end: bytes, size: int
) -> None:
    text = b'{"Records":[' + comma.join(raws) + end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_BLOCK", 40)
        at_once = values(text, size)
        patch.setattr(scan, "_split_list", refuse)
        assert at_once == values(text, size)


def refuse(_text: bytes) -> list[bytes]:
    raise msgspec.DecodeError
