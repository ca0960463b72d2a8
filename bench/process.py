"""A measured function in a process of its own: the CPU time of it and its descendants, and the largest of them."""

import ctypes
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parent.parent
_PR_SET_CHILD_SUBREAPER: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run took. Start-up and imports of the main process are not in it, those of its workers are."""

    output: dict[str, Any]
    """The last line that it printed."""
    cpu: float
    wall: float
    peak_mb: float
    """Resident memory of the largest process."""


def run_measured(module: str, *arguments: str) -> Measured:
    """Run a module, whose last line is a JSON object with `started_cpu` and `wall`.

    Raises:
        SystemExit: it failed.
    """
    # Workers of a fork server are not its parent's children's children for `wait4`: they become ours when it is gone.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read() if process.stdout else ""
    cpu = peak = 0.0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
    if process.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed")
    found = json.loads(output.splitlines()[-1])
    return Measured(output=found, cpu=cpu - found["started_cpu"], wall=found["wall"], peak_mb=peak)


class Stopwatch:
    """Begins when imports are done; `report` prints the line that `run_measured` reads."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._wall = time.perf_counter()

    def report(self, **found: object) -> None:
        """Print what was found, and how long it took."""
        wall = time.perf_counter() - self._wall
        print(json.dumps({"started_cpu": self._cpu, "wall": wall, **found}), flush=True)
