"""Whatever the engine, and whatever happens to it, the rows and the proposals are the same."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.cluster import standalone_cluster

ROOT = Path(__file__).resolve().parents[2]
SPARK = "--conf spark.ui.enabled=false --conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1"

pytestmark = pytest.mark.spark


def start(name: str, workers: int, folder: Path, master: str = "") -> subprocess.Popen[str]:
    folder.mkdir()
    command = [sys.executable, "-m", "tests.engine.whole_run", name, str(workers), str(folder)]
    # Workers find the program where the driver does.
    arguments = f"--master {master} {SPARK} --conf spark.executorEnv.PYTHONPATH={ROOT} pyspark-shell"
    variables = {"PYSPARK_SUBMIT_ARGS": arguments} if master else {}
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"}
    with (folder / "log").open("w") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, text=True)


def finish(process: subprocess.Popen[str], folder: Path) -> dict[str, bytes]:
    """What came out, by name."""
    assert process.wait(timeout=600) == 0, (folder / "log").read_text()
    files = [folder / "rows.json", *(path for path in (folder / "out").rglob("*") if path.is_file())]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not is_so():
        assert process.poll() is None, "it ended before anything could happen to it"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of it."""
    folder = tmp_path_factory.mktemp("equality") / "one"
    found = finish(start("local", 1, folder), folder)
    assert len(found["rows.json"]) > 1_000_000
    assert len(found) > 20
    return found


def test_two_processes_make_the_same(expected: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "two"
    assert finish(start("local", 2, folder), folder) == expected


def test_spark_in_one_process_makes_the_same(expected: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "spark"
    assert finish(start("spark", 1, folder, "local[2]"), folder) == expected


def test_a_cluster_of_which_a_worker_is_killed_makes_the_same(expected: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "cluster"
    with standalone_cluster(tmp_path / "processes") as cluster:
        process = start("spark", 1, folder, cluster.url)
        # Rows of the first days are written: the roll-up is under way.
        wait_until(lambda: any((folder / "lake" / "usage").glob("date=*/*.parquet")), process)
        cluster.kill_worker(1)
        assert process.poll() is None
        found = finish(process, folder)
    assert "Lost executor" in (folder / "log").read_text()
    assert found == expected
