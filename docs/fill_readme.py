"""Fill the generated parts of the README: what the demo prints, the commands, the exit codes.

`python docs/fill_readme.py` writes them; with `--check` it only tells, by its exit code, whether they are up to date.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from trailmin.cli.exit_codes import MEANINGS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

DEMO_LINES = 52
"""Of the demo's output: the table and the first diff."""


def main() -> int:
    """Fill or check the README; returns the exit code."""
    before = README.read_text(encoding="utf-8")
    after = fill(before)
    if "--check" in sys.argv[1:]:
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


def fill(text: str) -> str:
    """Return the README with its generated parts as they are now."""
    parts = {"demo": demo(), "commands": commands(), "exit-codes": exit_codes()}
    for name, part in parts.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        text = re.sub(f"{begin}.*?{end}", lambda _, b=begin, p=part, e=end: f"{b}{p}\n{e}", text, flags=re.DOTALL)
    return text


def demo() -> str:
    """Return the first screen of `trailmin demo`."""
    with tempfile.TemporaryDirectory() as folder:
        shown = _run(["demo", "--out", str(Path(folder) / "out")])
    lines = [line.rstrip() for line in shown.splitlines()]
    return "```text\n" + "\n".join(lines[:DEMO_LINES]).strip("\n") + "\n…\n```"


def commands() -> str:
    """Return the list of commands in `trailmin --help` as a table."""
    listed = _run(["--help"]).split("Commands:\n", 1)[1]
    rows = re.findall(r"^  (\S+)\s+(.+)$", listed, flags=re.MULTILINE)
    return "| command | what it does |\n|---|---|\n" + "\n".join(f"| `{name}` | {what} |" for name, what in rows)


def exit_codes() -> str:
    """Return the table of exit codes."""
    return "| code | meaning |\n|---:|---|\n" + "\n".join(
        f"| {code.value} | {_cell(what)} |" for code, what in MEANINGS.items()
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _run(arguments: list[str]) -> str:
    environment = {**os.environ, "COLUMNS": "108", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "trailmin", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT).stdout  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
