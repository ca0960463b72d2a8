"""What trailmin does in production, done on moto's server and recorded: the nightly job, as a task and as a function,
and the continuous ingest.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.own_trail.world import ACCOUNTS, AUDIT, LAKE, QUEUE, READER, RESULTS, World, organization

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"

JOB, FUNCTION, FOLLOWER = (
    f"arn:aws:iam::{AUDIT}:role/{name}" for name in ("trailmin-job", "trailmin-function", "trailmin-queue")
)
READERS = tuple(f"arn:aws:iam::{account}:role/{READER}" for account in ACCOUNTS)
FIRST = date(2026, 11, 2)
FAILURES = {1, 2, 3, 11, 70}

Job = Callable[[World, Path], None]


def recorded(job: Job, nights: int, folder: Path) -> list[dict[str, Any]]:
    """CloudTrail's records of a job's first nights, each distinct call of a night once."""
    with organization(FIRST) as world:
        for night in range(nights):
            day = FIRST + timedelta(days=night)
            world.trail.now = world.trail.now.replace(day=day.day, hour=3, minute=17, second=0)
            world.deliver(day)
            job(world, folder)
        return list(_distinct(world.trail.records))


def _distinct(records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen = set[str]()
    for record in records:
        night = record["eventTime"][:10]
        what = ("userIdentity", "eventSource", "eventName", "awsRegion", "requestParameters", "errorCode")
        call = repr((night, *(record.get(name) for name in what)))
        if call not in seen:
            seen.add(call)
            yield record


def run_task(world: World, folder: Path) -> None:
    """The nightly job with the examples' configuration."""
    configure(world, folder)
    _run(world, JOB, folder, "-m", "trailmin", "run", "-c", "trailmin.toml")


def run_function(world: World, folder: Path) -> None:
    """The nightly job as the examples' task and function do it, results uploaded."""
    configure(world, folder)
    handler = (EXAMPLES / "lambda" / "handler.py").read_text(encoding="utf-8")
    (folder / "handler.py").write_text(handler.replace("/tmp/trailmin", str(folder / "tmp")), encoding="utf-8")
    _run(world, FUNCTION, folder, "handler.py", RESULTS_BUCKET=RESULTS)


def follow_queue(world: World, folder: Path) -> None:
    """The ingest from a queue, into a lake of its own."""
    queue = f"{world.storage.replace('http', 'sqs', 1)}/{AUDIT}/{QUEUE}"
    ingest = ["ingest", queue, "--lake", f"s3://{LAKE}/lake", "--workers", "1"]
    _run(world, FOLLOWER, folder, "-m", "trailmin", *ingest, "--endpoint-url", world.storage)


def configure(world: World, folder: Path) -> None:
    """The examples' configuration, which knows where moto's server is."""
    text = (EXAMPLES / "trailmin.toml").read_text(encoding="utf-8")
    text = text.replace("days = 3\n", "workers = 1\n")
    text = text.replace("[aws]\n", f'[aws]\nendpoint_url = "{world.state}"\n')
    (folder / "trailmin.toml").write_text(text, encoding="utf-8")


def _run(world: World, role: str, folder: Path, *words: str, **more: str) -> None:
    """In a process of its own: the lake's library holds the interpreter while it waits for an answer."""
    command = [sys.executable, *words]
    environment = world.environment(role) | more
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode not in FAILURES, ended.stderr
