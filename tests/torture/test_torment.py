import subprocess
import sys

import pytest


@pytest.mark.parametrize(("kind", "kills"), [("folder", 10), ("s3", 3)])
def test_a_lake_adds_up_after_its_processes_were_killed(kind: str, kills: int) -> None:
    """In a process of its own: it forks, and must not have threads."""
    command = [sys.executable, "-m", "tests.torture.torment", "--on", kind, "--kills", str(kills), "--seed", "11"]
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "everything adds up" in result.stdout
