from trailmin.current.iac.spelling import Entry, Hole, KnownPrefix, SpelledItem, Spelling, learn, respell, text_of
from trailmin.current.iac.tree import SourceNode

NODE = SourceNode(start=0, end=0, value="x")
BUCKET = Hole(expression="Uploads.Arn", value="arn:aws:s3:::shop-uploads")
UNKNOWN = Hole(expression="Uploads.Arn", pattern="arn:*:s3:::*", is_name=True)
PARAMETER = Hole(expression="Root")


def item(*spellings: Spelling) -> SpelledItem:
    return SpelledItem(node=NODE, spellings=spellings)


def test_a_value_that_the_source_has_keeps_its_place() -> None:
    items = [item(("arn:aws:s3:::a",)), item((BUCKET, "/*"))]
    assert respell(["arn:aws:s3:::shop-uploads/*"], items, ()) == (Entry(kept=1),)


def test_a_narrower_value_keeps_the_reference() -> None:
    assert respell(["arn:aws:s3:::shop-uploads/in/*"], [item((BUCKET, "/*"))], ()) == (
        Entry(spelling=(BUCKET, "/in/*")),
    )


def test_a_reference_whose_value_is_not_known_stays_where_its_extent_is_clear() -> None:
    (entry,) = respell(["arn:aws:s3:::shop-abc/in/*"], [item((UNKNOWN, "/*"))], ())
    assert entry.spelling == (UNKNOWN, "/in/*")
    assert text_of(entry.spelling) == "arn:*:s3:::*/in/*"


def test_below_a_parameter_that_may_hold_slashes_nothing_is_narrowed() -> None:
    items = [item(("arn:aws:s3:::", PARAMETER, "/*"))]
    assert respell(["arn:aws:s3:::shop/in/*"], items, ()) == (Entry(kept=0),)


def test_a_parameter_between_literals_is_clear() -> None:
    items = [item(("arn:aws:s3:::shop-", PARAMETER, "-data/*"))]
    (entry,) = respell(["arn:aws:s3:::shop-prod-data/in/*"], items, ())
    assert entry.spelling == ("arn:aws:s3:::shop-", PARAMETER, "-data/in/*")


def test_references_that_cannot_be_told_apart_all_stay() -> None:
    other = Hole(expression="Archive.Arn", pattern="arn:*:s3:::*", is_name=True)
    entries = respell(["arn:aws:s3:::shop-abc/in/*"], [item((UNKNOWN, "/*")), item((other, "/*"))], ())
    assert [entry.spelling for entry in entries] == [(UNKNOWN, "/in/*"), (other, "/in/*")]


def test_what_depends_on_an_unknown_condition_stays_whole() -> None:
    items = [item(("arn:aws:s3:::a/*",), (BUCKET, "/*"))]
    assert respell(["arn:aws:s3:::shop-uploads/in/*"], items, ()) == (Entry(kept=0),)


def test_the_longest_physical_arn_refers_and_a_literal_stands_where_none_does() -> None:
    known = [
        KnownPrefix(value="arn:aws:s3:::shop-uploads", spelling=(BUCKET,)),
        KnownPrefix(value="arn:aws:s3:::shop", spelling=(Hole(expression="Shop.Arn", value="arn:aws:s3:::shop"),)),
    ]
    values = ["arn:aws:s3:::shop-uploads/a", "arn:aws:s3:::shop-uploads-2/a"]
    assert [entry.spelling for entry in respell(values, [item(("*",))], known)] == [
        (BUCKET, "/a"),
        ("arn:aws:s3:::shop-uploads-2/a",),
    ]


def test_one_unknown_is_learned_where_all_else_is_the_same() -> None:
    assert learn((UNKNOWN, "/*"), "arn:aws:s3:::shop-abc/*") == {"Uploads.Arn": "arn:aws:s3:::shop-abc"}
    assert learn((UNKNOWN, "/*"), "arn:aws:s3:::shop-abc/in/x") == {}
    assert learn((UNKNOWN, "/", PARAMETER), "arn:aws:s3:::shop-abc/in") == {}
    assert learn((UNKNOWN,), "arn:aws:sqs:::x") == {}
