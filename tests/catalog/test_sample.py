"""The sample of operations that were looked up by hand, and what is counted as an error."""

import pytest

from trailmin.catalog import load_catalog
from trailmin.catalog.sample import CheckedOperation, check_sample, read_sample

CATALOG = load_catalog()


def checked(operation: str, *expected: str, is_checked: bool = True) -> CheckedOperation:
    known = expected if is_checked else None
    return CheckedOperation(event_source="sqs.amazonaws.com", operation=operation, expected=known, source="a page")


def test_the_sample_holds_three_hundred_operations_once_each_with_a_source() -> None:
    sample = read_sample()
    assert len({row.label for row in sample}) == len(sample) == 300
    assert all(row.source for row in sample)
    assert all(row.expected is not None for row in sample)


def test_the_catalog_does_not_err_in_the_sample() -> None:
    assert check_sample(CATALOG, read_sample()).errors == ()


@pytest.mark.parametrize(
    ("row", "errors", "lacking"),
    [
        (checked("SendMessageBatch", "sqs:SendMessage"), 0, 0),
        (checked("SendMessageBatch", "sqs:ReceiveMessage"), 1, 0),
        (checked("SendMessageBatch"), 1, 0),
        (checked("SendMessageBatch", "sqs:SendMessage", "sqs:AddPermission"), 0, 1),
        (checked("FoldMessage", "sqs:SendMessage"), 1, 0),
        (checked("FoldMessage"), 0, 0),
    ],
)
def test_an_action_that_the_reference_lacks_is_an_error_and_one_more_in_it_is_not(
    row: CheckedOperation, errors: int, lacking: int
) -> None:
    result = check_sample(CATALOG, [row])
    assert (len(result.errors), len(result.incomplete)) == (errors, lacking)


def test_what_nobody_could_look_up_does_not_count() -> None:
    result = check_sample(CATALOG, [checked("SendMessageBatch", is_checked=False)])
    assert (result.sampled, result.checked, result.errors) == (1, 0, ())
