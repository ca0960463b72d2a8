from datetime import timedelta

import pytest

from tests.synth.patterns.seen import BUCKET, DAYS, FIRST, days_of, learned, learned_patterns
from trailmin.synth.patterns import MANY_IDS, Summary, learn

HEX = "5c1f7f3e0d2b4c599a363f7d1f0a9b21"
UUID = "5c1f7f3e-0d2b-4c59-9a36-3f7d1f0a9b{n:02d}"
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["{day:%Y/%m/%d}/a.csv"], ["????/??/??/a.csv"]),
        (["{day:%Y-%m-%d}.csv"], ["????-??-??.csv"]),
        (["db-{day:%Y%m%dT020000Z}.gz"], ["db-????????T??????Z.gz"]),
        (["year={day:%Y}/month={day:%m}/day={day:%d}/x"], ["year=????/month=??/day=??/x"]),
        (["o/dt={day}/part-0000", "o/dt={day}/part-0001"], ["o/dt=????-??-??/part-0000", "o/dt=????-??-??/part-0001"]),
        (["out/{day}/{n:04}.xml", "out/{day}/1{n:03}.xml"], ["out/????-??-??/*"]),
        (["access/{day:%Y/%m/%d}/00-i-0f3a9c1d27e84b605.gz"], ["access/????/??/??/*"]),
        ([UUID + ".json"], ["????????-????-????-????-????????????.json"]),
        (["jobs/" + UUID + "/status"], ["jobs/????????-????-????-????-????????????/status"]),
        (["jobs/" + UUID], ["jobs/*"]),
        (["build/{n:012x}a/app.zip"], ["build/?????????????/app.zip"]),
        (["config/app.json", "config/users.json"], ["config/app.json", "config/users.json"]),
        (["home/alice/a", "home/bob/a"], ["home/alice/a", "home/bob/a"]),
        (["v1/a", "v2/a"], ["v1/a", "v2/a"]),
        (["reports/2026/sum.csv"], ["reports/????/sum.csv"]),
        (["a${{*}}b/{day}"], ["a${*}b/????-??-??"]),
    ],
)  # fmt: skip
def test_patterns_of_keys_that_come_every_day(keys: list[str], expected: list[str]) -> None:
    assert learned(days_of(*(f"{BUCKET}/{key}" for key in keys))) == [f"{BUCKET}/{pattern}" for pattern in expected]


def test_one_value_says_nothing_of_others() -> None:
    assert learned([(f"{BUCKET}/in/{HEX}", 1, FIRST)]) == [f"{BUCKET}/in/{HEX}"]
    assert learned([(f"{BUCKET}/in/1999-01-01", 1, FIRST)]) == [f"{BUCKET}/in/1999-01-01"]


def test_a_date_that_is_the_day_of_the_call_needs_no_second_one() -> None:
    assert learned([(f"{BUCKET}/errors/{FIRST}/{HEX}.json", 1, FIRST)]) == [f"{BUCKET}/errors/????-??-??/*"]


def test_a_dated_name_that_is_read_again_and_again_is_meant() -> None:
    assert learned((f"{BUCKET}/model-2026-01-31/weights", 1, day) for day in DAYS) == [
        f"{BUCKET}/model-2026-01-31/weights"
    ]


def test_new_tenants_that_keep_coming_make_any_tenant() -> None:
    names = [f"{a}{b}" for a in ("acme", "blue", "corp", "dune", "east") for b in ("shop", "bank", "labs", "farm")]
    seen = [(f"{BUCKET}/tenants/{name}/profile.json", 1, DAYS[2 * n]) for n, name in enumerate(names)]
    assert learned(seen) == [f"{BUCKET}/tenants/*/profile.json"]


def test_tenants_that_were_all_there_at_first_are_these() -> None:
    names = ["acme", "blue", "corp", "dune", "east", "fern"]
    seen = [(f"{BUCKET}/tenants/{name}/profile.json", 1, day) for name in names for day in DAYS]
    assert learned(seen) == [f"{BUCKET}/tenants/{name}/profile.json" for name in names]


def test_what_was_counted_up_will_be_counted_on() -> None:
    def tenants(*numbers: int) -> list[str]:
        return [f"{BUCKET}/tenants/t{n:04}/profile.json" for n in numbers]

    counted, chosen = tenants(0, 1, 2, 3, 5), tenants(17, 404, 451, 2001, 9000)
    assert learned((key, 1, day) for key in counted for day in DAYS) == [f"{BUCKET}/tenants/t????/profile.json"]
    assert learned((key, 1, day) for key in chosen for day in DAYS) == chosen


def test_keys_without_structure_are_all_of_the_bucket() -> None:
    words = ["zebra", "yacht", "xenon", "whale", "viola", "urban", "tulip", "solar", "raven", "quilt", "piano", "ocean"]
    seen = [(f"{BUCKET}/{a}{b}", 1, DAYS[(7 * i + j) % 45]) for i, a in enumerate(words) for j, b in enumerate(words)]
    assert learned(seen) == [f"{BUCKET}/*"]


@pytest.mark.parametrize("name", ["table/orders-{day:%Y%m%d}", "table/{n}", "table/team-{n:03}"])
def test_names_widen_only_on_overwhelming_evidence(name: str) -> None:
    seen = days_of(f"arn:aws:dynamodb:us-east-1:111122223333:{name}")
    few = seen[:9]
    assert learned(few) == sorted(resource for resource, _, _ in few)
    (wide,) = learned(seen)
    assert wide.startswith(TABLE)
    assert wide != f"{TABLE}/*" or name == "table/{n}"
    assert learned(seen, within=[f"{TABLE}/orders-2026090?", f"{TABLE}/3", f"{TABLE}/team-00?"])
    fixed = [resource for resource, _, _ in seen[:3]]
    assert learned(seen, within=fixed) == sorted(fixed)


def test_names_of_people_and_things_do_not_widen() -> None:
    names = [f"arn:aws:iam::111122223333:user/{a}{b}" for a in "abcdefg" for b in ("lice", "ob", "arol", "ave", "ve")]
    assert learned((name, 1, day) for name in names for day in DAYS) == sorted(names)
    keys = [f"arn:aws:kms:us-east-1:111122223333:key/{UUID.format(n=n)}" for n in range(9)]
    assert learned((key, 1, day) for key in keys for day in DAYS) == sorted(keys)


def test_accounts_and_regions_never_widen() -> None:
    seen = [(f"arn:aws:sqs:us-east-{n % 9}:{n:012}:jobs", 1, DAYS[n % 45]) for n in range(200)]
    assert learned(seen) == sorted(resource for resource, _, _ in seen)


def test_what_aws_names_goes_by_what_it_is_in() -> None:
    logs, stack = "arn:aws:logs:r:1:log-group:/aws/lambda/f:", "arn:aws:cloudformation:r:1:stack/shop/"
    seen = [(f"{logs}log-stream:2026/09/01/[$LATEST]{HEX}", 1, FIRST), (stack + UUID.format(n=1), 1, FIRST)]
    assert learned(seen) == sorted([f"{logs}*", f"{stack}*"])
    volumes = [(f"arn:aws:ec2:r:1:volume/vol-{n:017x}", 1, FIRST) for n in range(MANY_IDS)]
    assert learned(volumes) == ["arn:aws:ec2:r:1:volume/*"]
    assert len(learned(volumes[1:])) == MANY_IDS - 1


def test_each_pattern_says_what_it_stands_for_and_what_else_it_matches() -> None:
    (dated,) = learned_patterns(days_of(f"{BUCKET}/{{day}}.csv"))
    assert (dated.values, dated.calls, dated.held_out) == (45, 45, 1.0)
    assert len(dated.examples) == 3
    assert dated.also_matches.sentence == "any character for each ? (????-??-??.csv)"
    assert dated.also_matches.bits == pytest.approx(52.6)
    (middle,) = learned_patterns(days_of(f"{BUCKET}/t/{{n}}x/a"))
    assert middle.pattern == f"{BUCKET}/t/*x/a"
    assert middle.also_matches.sentence == "whatever stands for *, / and all: photos/t/…x/a"
    assert middle.also_matches.bits is None
    (literal,) = learned_patterns([(BUCKET, 1, FIRST)])
    assert (literal.also_matches.bits, literal.held_out) == (0.0, None)


def test_what_the_first_days_did_not_foretell_is_told() -> None:
    late = FIRST + timedelta(days=44)
    seen = [*days_of(f"{BUCKET}/a"), *((f"{BUCKET}/{name}", 1, late) for name in ("b", "c", "d"))]
    assert [(p.pattern, p.held_out) for p in learned_patterns(seen)] == [
        (f"{BUCKET}/a", 1.0), (f"{BUCKET}/b", 0.0), (f"{BUCKET}/c", 0.0), (f"{BUCKET}/d", 0.0),
    ]  # fmt: skip


def test_an_action_has_a_few_patterns() -> None:
    keys = [f"{BUCKET}-{b}/{a}/{c}.json" for a in "abcdefgh" for b in "xyz" for c in "klmn"]
    assert len(learned((key, 1, day) for key in keys for day in DAYS)) <= 40


def test_two_hundred_thousand_keys_make_few_paths_and_one_pattern() -> None:
    seen = (
        (f"{BUCKET}/in/{DAYS[n % 45]}/{n * 2654435761 % (1 << 32):08x}.jpg", 1, DAYS[n % 45]) for n in range(200_000)
    )
    summary = Summary.of_many(seen)
    assert sum(1 for _ in summary.paths()) < 20_000
    (pattern,) = learn(summary, level="pattern", within=("*",))
    assert pattern.pattern == f"{BUCKET}/in/????-??-??/*"
    assert pattern.calls == 200_000
    assert pattern.values == pytest.approx(200_000, rel=0.1)
