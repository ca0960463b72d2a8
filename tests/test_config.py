from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailmin.config import Config, line_of, read_config
from trailmin.errors import ConfigError

MINIMAL = '[trail]\nsources = ["logs"]\n[lake]\npath = "lake"\n[output]\npath = "out"\n'


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "trailmin.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refuse(tmp_path: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_config(write(tmp_path, text))
    assert caught.value.hint
    return caught.value


def test_paths_are_relative_to_the_files_folder_and_the_rest_has_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)
    assert read_config(path) == Config(
        path=path, sources=(tmp_path / "logs",), lake=tmp_path / "lake", output=tmp_path / "out"
    )


def test_every_key_is_read(tmp_path: Path) -> None:
    text = """
    [trail]
    sources = ["a", "/b", "s3://org-trail/logs", "lookup-events"]
    days = 3
    accounts = ["111122223333"]
    regions = ["eu-west-1"]
    profile = "audit"
    assume_role = "arn:aws:iam::111122223333:role/reader"
    external_id = "x"
    endpoint_url = "http://localhost:4566"
    requester_pays = true
    workers = 2
    engine = "spark"
    verify_digests = "require"
    public_keys = ["keys.json"]

    [lake]
    path = "l"
    [output]
    path = "~/o"
    [current]
    paths = ["snapshots", "policies"]

    [guards]
    minimum_days = 14
    minimum_active_days = 3
    maximum_missing_days = 0
    ignore = true

    [tighten]
    resources = "exact"
    mode = "narrow-actions"
    drop_unobservable = ["xray"]
    keep_roles = ["break-glass-*"]
    keep_actions = ["kms:Decrypt"]
    keep_resources = ["arn:aws:s3:::audit*"]
    """
    path = write(tmp_path, text)
    assert read_config(path) == Config(
        path=path,
        sources=(tmp_path / "a", Path("/b"), "s3://org-trail/logs", "lookup-events"),
        days=3,
        accounts=("111122223333",),
        regions=("eu-west-1",),
        profile="audit",
        assume_role="arn:aws:iam::111122223333:role/reader",
        external_id="x",
        endpoint_url="http://localhost:4566",
        requester_pays=True,
        workers=2,
        engine="spark",
        verify_digests="require",
        public_keys=(tmp_path / "keys.json",),
        lake=tmp_path / "l",
        output=Path("~/o").expanduser(),
        current=(tmp_path / "snapshots", tmp_path / "policies"),
        minimum_days=14,
        minimum_active_days=3,
        maximum_missing_days=0.0,
        ignore_guards=True,
        resources="exact",
        mode="narrow-actions",
        drop_unobservable=("xray",),
        keep_roles=("break-glass-*",),
        keep_actions=("kms:Decrypt",),
        keep_resources=("arn:aws:s3:::audit*",),
    )


def test_a_missing_file_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist") as caught:
        read_config(tmp_path / "none.toml")
    assert "-c FILE" in str(caught.value.hint)


def test_text_that_is_not_toml_is_an_error_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in refuse(tmp_path, "[trail]\nsources = logs\n").message


def test_a_file_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "trailmin.toml"
    path.write_bytes(b"# \xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_config(path)


@pytest.mark.parametrize(
    ("more", "message", "hint"),
    [
        ("[tighten]\nkeep_action = []\n", ":8: unknown key tighten.keep_action", "did you mean keep_actions?"),
        ("\n# words\n[tigthen]\n", ":9: unknown key tigthen", "did you mean tighten?"),
        ("[guards]\nzzz = 1\n", ":8: unknown key guards.zzz", "known here: minimum_days"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_a_suggestion(
    tmp_path: Path, more: str, message: str, hint: str
) -> None:
    error = refuse(tmp_path, MINIMAL + more)
    assert error.message.endswith(message)
    assert str(error.hint).startswith(hint)


@pytest.mark.parametrize(
    ("entry", "must"),
    [
        ("[guards]\nminimum_days = true", "a whole number, 0 or more"),
        ("[guards]\nminimum_days = -1", "a whole number, 0 or more"),
        ("[guards]\nmaximum_missing_days = 2", "a number from 0 to 1"),
        ("[guards]\nignore = 'yes'", "true or false"),
        ("[tighten]\nresources = 'bucket'", "one of exact, pattern, parent"),
        ("[tighten]\nmode = 'half'", "one of observe, narrow-actions"),
        ("[tighten]\nkeep_roles = 'admin'", "a list of texts"),
        ("[tighten]\nkeep_roles = [\n'admin',\n7,\n]", "a list of texts"),
        ("[current]\npaths = [1]", "a list of texts"),
    ],
)
def test_a_value_of_the_wrong_kind_says_what_it_must_be(tmp_path: Path, entry: str, must: str) -> None:
    message = refuse(tmp_path, MINIMAL + entry + "\n").message
    assert f"must be {must}" in message
    assert ":8: " in message


def test_a_section_must_be_a_table(tmp_path: Path) -> None:
    assert refuse(tmp_path, "lake = 'here'\n").message.endswith(":1: lake must be a table")


@pytest.mark.parametrize("section", ["trail", "lake", "output"])
def test_what_must_be_there_is_missed(tmp_path: Path, section: str) -> None:
    entries = {"trail": 'sources = ["l"]', "lake": 'path = "l"', "output": 'path = "o"'}
    text = "".join(f"[{name}]\n{entry}\n" for name, entry in entries.items() if name != section)
    assert f"{section}." in refuse(tmp_path, text).message
    assert "is missing" in refuse(tmp_path, text).message


def test_no_sources_is_an_error(tmp_path: Path) -> None:
    assert "at least one path" in refuse(tmp_path, MINIMAL.replace('["logs"]', "[]")).message


def test_a_queue_is_not_for_a_job_that_ends(tmp_path: Path) -> None:
    assert "--follow" in refuse(tmp_path, MINIMAL.replace('["logs"]', '["sqs://h/1/q"]')).message


@given(st.lists(st.sampled_from(["", "# note", "a = 1", 'b = """\nx = 1\n[t]\n"""', "c = [\n1,\n\n2]"]), unique=True))
def test_the_line_of_a_key_is_where_its_entry_begins(before: list[str]) -> None:
    text = "\n".join([*before, "key = [", "1 ]", ""])
    assert line_of(text, ("key",)) == sum(entry.count("\n") + 1 for entry in before) + 1


def test_conditions_to_add_are_of_a_known_kind(tmp_path: Path) -> None:
    path = tmp_path / "trailmin.toml"
    needed = '[trail]\nsources = ["l"]\n[lake]\npath = "k"\n[output]\npath = "o"\n[tighten]\nabac = true\n'
    path.write_text(needed + 'add_conditions = ["source-vpc", "requested-region"]')
    config = read_config(path)
    assert (config.abac, config.add_conditions) == (True, ("source-vpc", "requested-region"))
    path.write_text(needed + 'add_conditions = ["source-ip"]')
    with pytest.raises(ConfigError, match=r"must list some of source-vpce.*, not source-ip"):
        read_config(path)


def test_guardrails_are_read(tmp_path: Path) -> None:
    config = read_config(
        write(
            tmp_path,
            MINIMAL
            + '[guardrails]\nmust_never = [{action = "iam:CreateUser"}]\n'
            + 'must_always = [{action = "s3:GetObject", resource = "arn:aws:s3:::a/*", roles = ["ci-*"], '
            + 'context = {"aws:SecureTransport" = "true"}}]\n',
        )
    )
    assert [(r.action, r.resource, r.roles) for r in config.must_never] == [("iam:CreateUser", "*", ("*",))]
    assert config.must_always[0].context == (("aws:SecureTransport", "true"),)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"iam:CreateUser"', "must be a list of requests"),
        ('["iam:CreateUser"]', "must be a list of requests"),
        ('[{action = "iam:*"}]', "without an action"),
        ('[{resource = "*"}]', "without an action"),
        ('[{action = "s3:GetObject", resource = "bucket"}]', "is no ARN"),
        ('[{action = "s3:GetObject", resources = "*"}]', "unknown key 'resources'"),
        ('[{action = "s3:GetObject", context = {a = 1}}]', "not a table of texts"),
    ],
)
def test_a_mistake_in_a_guardrail_is_told_with_its_line(tmp_path: Path, value: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        read_config(write(tmp_path, MINIMAL + f"[guardrails]\nmust_never = {value}\n"))
    assert f":{len(MINIMAL.splitlines()) + 2}: guardrails.must_never" in str(caught.value)
