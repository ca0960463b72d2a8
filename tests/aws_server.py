"""AWS over HTTP: moto's server in a process of its own, and a proxy before it that fails on purpose."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.http_server import QuietHandler, serving

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

_OF_A_HOP = {"connection", "transfer-encoding", "content-length", "expect"}

Fault = Callable[[str, str], str | None]
"""From method and path to `503`, `403`, `reset`, `truncate`, `hang` or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer."""

    method: str
    path: str
    """With the query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes
    status: int
    answer: bytes


Observer = Callable[[Exchange], None]


@contextmanager
def moto_server(*bucket: object) -> Iterator[str]:
    """The endpoint of moto's server for as long as the block runs, empty or with the bucket of `tests.aws_org`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if bucket:
        arguments = ["tests.aws_org", str(port), *map(str, bucket)]
    else:
        arguments = ["moto.server", "-H", "127.0.0.1", "-p", str(port)]
    command = [sys.executable, "-W", "ignore", "-m", *arguments]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Return when something listens there."""
    for _ in range(2400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("moto's server does not start")


@contextmanager
def faulty_proxy(endpoint: str, fault: Fault, observe: Observer = lambda _: None) -> Iterator[str]:
    """An endpoint that passes requests on to another one, except where `fault` says otherwise, and tells of them."""
    upstream = urlsplit(endpoint)

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            content = self._content()
            kind = fault(self.command, self.path)
            if kind in {"503", "403"}:
                self._answer_error(int(kind))
            elif kind == "hang":
                time.sleep(3)
                self.close_connection = True
            elif kind == "reset":
                self.close_connection = True
            else:
                self._forward(content, is_cut=kind == "truncate")

        def _content(self) -> bytes:
            """All of it, before anything fails: pyarrow uploads in chunks, without saying how much comes."""
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks: list[bytes] = []
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(chunks)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass  # noqa: N815 - as the base class finds them

        def _answer_error(self, status: int) -> None:
            code = {503: "SlowDown", 403: "AccessDenied"}[status]
            body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _forward(self, content: bytes, *, is_cut: bool) -> None:
            connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _OF_A_HOP}
            connection.request(self.command, self.path, content, headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            observe(
                Exchange(
                    method=self.command,
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    content=content,
                    status=answer.status,
                    answer=body,
                )
            )
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "transfer-encoding", "content-length", "server", "date"}:
                    self.send_header(name, value)
            announced = answer.headers.get("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", announced or str(len(body)))
            self.end_headers()
            self.close_connection = is_cut
            if self.command != "HEAD":
                self._write(body[: len(body) // 2] if is_cut else body)

        def _write(self, body: bytes) -> None:
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True  # Readers of Parquet hang up when they have what they need.

    with serving(Handler) as address:
        yield address
