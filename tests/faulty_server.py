"""The faulty proxy in a process of its own: `deltalake` waits for answers without giving Python's threads a turn.

`python -m tests.faulty_server ENDPOINT EVERY KIND...` prints its own endpoint.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.aws_server import faulty_proxy


@contextmanager
def faulty_server(endpoint: str, kinds: Sequence[str], every: int) -> Iterator[str]:
    """An endpoint that passes requests on to another one; each that is the last of `every` fails, in turn as `kinds`.

    Args:
        endpoint: of the server behind it.
        kinds: as `tests.aws_server.Fault`.
        every: the number of requests of which one fails; 1 for all of them.
    """
    command = [sys.executable, "-m", "tests.faulty_server", endpoint, str(every), *kinds]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()


def main() -> None:
    """Serve until terminated."""
    endpoint, every, *kinds = sys.argv[1:]
    lock, asked = threading.Lock(), [0]

    def fault(_method: str, _path: str) -> str | None:
        with lock:
            asked[0] += 1
            turn, rest = divmod(asked[0], int(every))
        return kinds[turn % len(kinds)] if rest == 0 else None

    with faulty_proxy(endpoint, fault) as own:
        sys.stdout.write(f"{own}\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
