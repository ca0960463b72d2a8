import gzip
import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.records import record
from tests.trail.digests.chains import listed_keys, log_key, make_chain, write_tree

TEXTS = {
    log_key(n): json.dumps({"Records": [record(eventID=f"e-{n}", eventTime="2026-03-01T09:00:00Z")]}).encode()
    for n in range(3)
}
CHAIN = make_chain(3, {n: {log_key(n): TEXTS[log_key(n)]} for n in range(3)})


def trail(folder: Path) -> tuple[Path, Path]:
    """A synced trail of which one log object was altered, and its public keys."""
    write_tree(folder / "logs", CHAIN, TEXTS)
    (folder / "logs" / log_key(1)).write_bytes(gzip.compress(b'{"Records":[]}'))
    public = folder / "keys.json"
    public.write_text(listed_keys())
    return folder / "logs", public


def test_what_is_not_verified_is_set_aside_and_the_exit_code_tells(run: Run, tmp_path: Path) -> None:
    logs, public = trail(tmp_path)
    options = ["--lake", tmp_path / "lake", "--verify-digests", "require", "--public-keys", public, "--workers", 1]
    result = run("ingest", logs, *options, "--json")
    assert result.exit_code == 4
    shown = json.loads(result.stdout)
    assert shown["digests"] == {"mode": "require", "log_objects": {"altered": 1, "verified": 2}, "findings": []}
    assert [one["log_object"] for one in shown["set_aside"]] == [log_key(1)]
    assert shown["events"]["new"] == 2


def test_a_warning_names_what_is_wrong_and_sets_nothing_aside(run: Run, tmp_path: Path) -> None:
    logs, public = trail(tmp_path)
    (logs / CHAIN[0].key).unlink()
    (logs / log_key(2)).unlink()
    options = ["--lake", tmp_path / "lake", "--verify-digests", "warn", "--public-keys", public, "--workers", 1]
    result = run("ingest", logs, *options)
    assert result.exit_code == 0
    assert "digests: 0 verified, 1 unverified, 1 altered log objects; 1 findings" in result.stdout
    assert f"deleted log object: {log_key(2)}: it is not there" in result.stderr


def test_coverage_shows_what_digests_vouch_for(run: Run, tmp_path: Path) -> None:
    logs, public = trail(tmp_path)
    options = ["--lake", tmp_path / "lake", "--verify-digests", "require", "--public-keys", public, "--workers", 1]
    run("ingest", logs, *options)
    shown = run("coverage", "--lake", tmp_path / "lake")
    assert "111122223333: by the digests, log objects are 1 altered, 2 verified" in shown.stdout
    [account] = json.loads(run("coverage", "--lake", tmp_path / "lake", "--json").stdout)["accounts"]
    assert account["digests"] == {"log_objects": {"altered": 1, "verified": 2}, "gaps": []}


def test_a_mode_that_does_not_exist_is_a_mistake_in_the_command(run: Run, tmp_path: Path) -> None:
    result = run("ingest", tmp_path, "--lake", tmp_path / "lake", "--verify-digests", "yes")
    assert result.exit_code == 2
    assert "require, warn, off" in result.stderr
