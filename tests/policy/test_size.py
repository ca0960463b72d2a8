import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.strategies import policies
from trailmin.policy.document import Policy, print_policy, to_json
from trailmin.policy.size import policy_size


@given(policies(), st.sampled_from([None, 1, 4, "\t"]))
def test_the_layout_does_not_count(found: Policy, indent: Any) -> None:
    compact = json.dumps(to_json(found), separators=(",", ":"), ensure_ascii=False)
    assert policy_size(found) == len(compact)
    assert policy_size(json.dumps(to_json(found), indent=indent, ensure_ascii=False)) == len(compact)
    assert policy_size(print_policy(found)) == len(compact)


@pytest.mark.parametrize(
    ("text", "size"), [("{ }", 2), ('{"a b" : "c \\" d"}\r\n', len('{"a b":"c \\" d"}')), ("", 0), ('"é ü"', 5)]
)
def test_white_space_within_strings_counts(text: str, size: int) -> None:
    assert policy_size(text) == size
