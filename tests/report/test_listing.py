from trailmin.report.listing import list_some


def test_the_first_are_named_and_the_others_counted() -> None:
    assert list_some([], 2) == ""
    assert list_some(["a", "b"], 2) == "a, b"
    assert list_some(["a", "b", "c"], 2) == "a, b and 1 more"
    assert list_some(map(str, range(1_234)), 0) == " and 1,234 more"


def test_each_that_is_named_has_its_form() -> None:
    assert list_some("abc", 2, form=str.upper, joint="; ") == "A; B and 1 more"
