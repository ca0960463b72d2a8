"""Resources as logs show them, for examples and for laws."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from hypothesis import strategies as st

from trailmin.synth.patterns import LearnedPattern, Level, Summary, learn

FIRST = date(2026, 9, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(45)]
BUCKET = "arn:aws:s3:::photos"

Seen = tuple[str, int, date]


def days_of(*templates: str, days: Sequence[date] = DAYS) -> list[Seen]:
    """Each template once a day; `{day:…}` is the day, `{n}` its number."""
    return [(t.format(day=day, n=n), 1, day) for n, day in enumerate(days) for t in templates]


def learned(seen: Iterable[Seen], level: Level = "pattern", within: Sequence[str] = ("*",)) -> list[str]:
    return [p.pattern for p in learned_patterns(seen, level, within)]


def learned_patterns(
    seen: Iterable[Seen], level: Level = "pattern", within: Sequence[str] = ("*",)
) -> tuple[LearnedPattern, ...]:
    return learn(Summary.of_many(seen), level=level, within=within)


_WORDS = st.sampled_from(["a", "reports", "b-1", "cafe", "v2", "x.json", "IMG", "${*}", "${$}x", "?", "é", "${?}${*}"])
_MADE_UP = st.one_of(
    st.integers(0, 12).map(str),
    st.integers(0, 40).map(lambda n: f"{n:04}"),
    st.sampled_from(DAYS).map(str),
    st.sampled_from(DAYS).map(lambda d: f"{d:%Y/%m/%d}"),
    st.integers(0, 99).map(lambda n: f"{n * 2654435761 % (1 << 32):08x}"),
    st.integers(0, 20).map(lambda n: f"5c1f7f3e-0d2b-4c59-9a36-3f7d1f0a9b{n:02}"),
)
_PART = st.one_of(
    _WORDS, _MADE_UP, st.tuples(_WORDS, _MADE_UP).map("-".join), st.tuples(_MADE_UP, _WORDS).map(".".join)
)
_PATH = st.lists(_PART, min_size=1, max_size=4).map("/".join)
RESOURCES = st.one_of(
    st.tuples(st.sampled_from(["b1", "b2", "logs-2026"]), _PATH).map(lambda t: f"arn:aws:s3:::{t[0]}/{t[1]}"),
    _PART.map(lambda p: f"arn:aws:dynamodb:us-east-1:111122223333:table/{p}"),
    _PATH.map(lambda p: f"arn:aws:ssm:us-east-1:111122223333:parameter/{p}"),
    st.integers(0, 30).map(lambda n: f"arn:aws:ec2:us-east-1:111122223333:volume/vol-{n:017x}"),
    _PART.map(lambda p: f"arn:aws:logs:us-east-1:111122223333:log-group:/aws/f:log-stream:{p}"),
    st.sampled_from(["*", "arn:aws:s3:::b1/*", "arn:aws:s3:::b1", "nonsense", "arn:aws:s3:::b1/a//b/"]),
)
SEEN = st.lists(st.tuples(RESOURCES, st.integers(1, 3), st.sampled_from(DAYS)), max_size=40)
WITHIN = st.sampled_from(
    [
        ("*",),
        ("arn:aws:s3:::*",),
        ("arn:aws:s3:::b1/*", "arn:aws:dynamodb:*:*:table/*"),
        ("arn:aws:s3:::b*/reports/*", "arn:aws:s3:::b1", "arn:*:ssm:us-*:*:parameter/a*"),
        ("arn:aws:s3:::b1/2026*", "arn:aws:ec2:*:*:volume/vol-0*", "arn:aws:logs:*:*:*"),
    ]
)
