"""Write the sample logs, snapshots and policies: `python -m sample_logs.generate`.

The same bytes come out on every run: all chance hangs on fixed seeds and nothing asks for the time.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sample_logs import background
from sample_logs.accounts import ACCOUNTS, DAYS, Json
from sample_logs.chance import Dice
from sample_logs.delivery import write_log_objects
from sample_logs.repository import write_policies
from sample_logs.snapshot import write_snapshot
from sample_logs.stories import STORIES

HERE = Path(__file__).resolve().parent
FOLDERS = ("AWSLogs", "snapshots", "policies")
"""What `generate` writes, and replaces."""


def all_records() -> Iterator[Json]:
    """Yield every record of every story, each day of a story from dice of its own."""
    for day in DAYS:
        yield from background.records(day, Dice("background", day))
        for story in STORIES:
            yield from story.day(day, Dice("story", story.role.name, day))


def generate(folder: Path) -> None:
    """Write everything under `folder`; what was there of an earlier run goes."""
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    write_log_objects(all_records(), folder / "AWSLogs")
    for account in ACCOUNTS:
        write_snapshot(account, folder / "snapshots" / account)
        write_policies(account, folder / "policies" / account)


if __name__ == "__main__":
    generate(HERE)
