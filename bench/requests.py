"""What a night asks of a lake on S3, counted at a proxy before moto's server. `python -m bench requests`.

The account is that of `bench.thousand`, its lake in a bucket: the first run, which reads sixty days of logs, the run of
the night after, with a day more, and one with nothing new; of few roles and of many.
"""

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Final

import boto3

from bench.thousand import DAYS, FIRST, generate_account, generate_day
from tests.aws_server import CREDENTIALS, Exchange, faulty_proxy, moto_server

_ROLES: Final = (10, 100)
_KINDS: Final = ("GET", "HEAD", "LIST", "PUT", "POST", "DELETE")


def measure_requests(scratch: Path) -> None:
    """Print the requests of each run, by their kind."""
    with moto_server() as endpoint:
        client = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="k", aws_secret_access_key="s")
        client.create_bucket(Bucket="lakes")
        client.close()
        print(f"requests to S3\n\n{'':26}" + "".join(f"{kind:>8}" for kind in _KINDS))
        for roles in _ROLES:
            _measure(endpoint, scratch / str(roles), roles)


def _measure(endpoint: str, scratch: Path, roles: int) -> None:
    configuration = generate_account(scratch, roles)
    text = configuration.read_text()
    configuration.write_text(text.replace('path = "lake"', f'path = "s3://lakes/{roles}"'))
    _print(f"{roles} roles, first run", _count(endpoint, configuration))
    generate_day(scratch / "logs", FIRST + timedelta(days=DAYS), roles)
    _print(f"{roles} roles, a night more", _count(endpoint, configuration))
    _print(f"{roles} roles, nothing new", _count(endpoint, configuration))


def _count(endpoint: str, configuration: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    lock = threading.Lock()

    def observe(one: Exchange) -> None:
        with lock:
            counts["LIST" if "list-type=2" in one.path else one.method] += 1

    with faulty_proxy(endpoint, lambda _method, _path: None, observe) as proxy:
        environment = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": proxy}
        command = [sys.executable, "-m", "trailmin", "run", "-c", str(configuration)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode not in {0, 10}:
        raise SystemExit(ended.stderr)
    return counts


def _print(name: str, counts: Counter[str]) -> None:
    print(f"{name:26}" + "".join(f"{counts[kind]:8,}" for kind in _KINDS), flush=True)
