import json
import subprocess
from pathlib import Path

from tests.cli.test_app import TRAILMIN


def test_the_demo_shows_a_table_and_a_diff_and_says_where_the_rest_is(tmp_path: Path) -> None:
    ended = subprocess.run(
        [TRAILMIN, "demo", "--out", "out"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    for text in ("Granted", "image-processor", "ledger-sync", "unused", "+++ b/"):
        assert text.lower() in ended.stdout.lower()
    assert "\x1b" not in ended.stdout
    assert "out/summary.json" in ended.stderr
    roles = json.loads((tmp_path / "out" / "summary.json").read_text())["roles"]
    assert {"tightened", "explained"} <= {role["status"] for role in roles}


def test_the_demo_leaves_a_folder_that_is_no_lake_alone(tmp_path: Path) -> None:
    (tmp_path / "out" / "lake").mkdir(parents=True)
    (tmp_path / "out" / "lake" / "letter.txt").write_text("dear")
    ended = subprocess.run([TRAILMIN, "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "not a lake" in ended.stderr
    assert (tmp_path / "out" / "lake" / "letter.txt").read_text() == "dear"
