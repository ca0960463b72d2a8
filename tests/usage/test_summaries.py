"""What stands for many resources, against the same said in Python."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.usage.summaries import FOLDER_DEPTHS, LAST_LEVEL, summarised

CONNECTION = duckdb.connect()
TEXTS = st.lists(st.sampled_from(["a", "b", ":", "::", "/", "//", "*", "é", "\n", "\\1", "${?}"]), max_size=24)
PATHS = st.lists(st.sampled_from(["a", "b:", "", "*", "é"]), max_size=16)
RESOURCES = TEXTS.map("".join) | PATHS.map(lambda parts: f"arn:aws:s3:::b{'/'.join(parts)}")


LEVELS = f"SELECT unnest(range({LAST_LEVEL + 1})) AS level, ? AS name"


def levels_of(resource: str) -> list[str]:
    """The resource as each level keeps it."""
    query = f"SELECT {summarised('name', 'level')} FROM ({LEVELS}) ORDER BY level"
    return [kept for (kept,) in CONNECTION.execute(query, [resource]).fetchall()]


def folder(resource: str, depth: int) -> str:
    """The pattern of all that shares a resource's folder: what comes before the last `/`, `depth` parts at most."""
    *head, tail = resource.split(":", 5)
    parts = tail.split("/")
    return ":".join([*head, "/".join([*parts[: min(depth, len(parts) - 1)], "*"])]) if len(parts) > 1 else resource


@settings(max_examples=50)
@given(RESOURCES)
def test_a_level_keeps_folders_of_its_depth(resource: str) -> None:
    assert levels_of(resource) == [resource, *(folder(resource, depth) for depth in FOLDER_DEPTHS)]


@settings(max_examples=10)
@given(RESOURCES)
def test_each_level_is_a_function_of_the_one_before(resource: str) -> None:
    kept = levels_of(resource)
    for level, one in enumerate(kept):
        assert levels_of(one)[level:] == kept[level:]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:s3:::b/2026/k", "arn:aws:s3:::b/*"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("arn:aws:sqs:r:1:q", "arn:aws:sqs:r:1:q"),
        ("arn:aws:ssm:r:1:document/a:b/c", "arn:aws:ssm:r:1:document/*"),
        ("*", "*"),
    ],
)
def test_a_container_is_what_comes_before_the_first_slash(resource: str, expected: str) -> None:
    assert levels_of(resource)[LAST_LEVEL] == expected
