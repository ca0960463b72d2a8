"""A standalone Spark cluster of a master and two workers, each a process that can be killed."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

SPARK_HOME = Path(pyspark.__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The processes of a cluster."""

    url: str
    workers: tuple[subprocess.Popen[bytes], ...]

    def kill_worker(self, number: int) -> None:
        """Kill a worker and its executors at once, as a machine that fails."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster on this machine, with a core for each worker, for as long as the block runs."""
    port, *shown = _free_ports(4)
    master = _start(folder / "master", "Master", "--host", "127.0.0.1", "--port", port, "--webui-port", shown[0])
    started = [master]
    try:
        _wait_for(int(port))
        for number in (1, 2):
            options = ["--cores", "1", "--memory", "1g", "--host", "127.0.0.1", "--webui-port", shown[number]]
            work = folder / f"worker-{number}"
            started.append(_start(work, "Worker", *options, "--work-dir", str(work), f"spark://127.0.0.1:{port}"))
        _wait_for_text(folder / "master" / "log", "Registering worker", 2)
        yield Cluster(url=f"spark://127.0.0.1:{port}", workers=tuple(started[1:]))
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(folder: Path, name: str, *options: str) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True)
    command = [str(SPARK_HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{name.lower()}.{name}", *options]
    with (folder / "log").open("wb") as log:
        environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)


def _free_ports(count: int) -> list[str]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [str(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _wait_for(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the master does not start")


def _wait_for_text(log: Path, text: str, times: int) -> None:
    for _ in range(1200):
        if log.read_text(errors="replace").count(text) >= times:
            return
        time.sleep(0.1)
    raise TimeoutError(f"the log does not say {text!r} {times} times")
