"""moto's server, one request at a time: a conditional put is then as atomic as S3's, which moto's by itself is not.

`python -m tests.torture.s3_server PORT` serves until it is killed.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3

from tests.aws_server import CREDENTIALS, wait_for

BUCKET = "lakes"


@contextmanager
def s3_server() -> Iterator[str]:
    """The endpoint of a server with the bucket `BUCKET`, which this process' environment names while the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "tests.torture.s3_server", str(port)]
    endpoint = f"http://127.0.0.1:{port}"
    with patch.dict(os.environ, {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}):
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            client = boto3.client("s3")
            client.create_bucket(Bucket=BUCKET)
            client.close()
            yield endpoint
        finally:
            server.terminate()
            server.wait()


def main() -> None:
    """Serve."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    application = DomainDispatcherApplication(create_backend_app)
    one_at_a_time = threading.Lock()

    def locked(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Read before: whoever is killed in the middle of a request must not hold the others up.
        with one_at_a_time:
            return list(application(environ, start_response))

    make_server("127.0.0.1", int(sys.argv[1]), locked, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
