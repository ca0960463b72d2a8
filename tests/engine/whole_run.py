"""From the sample logs to proposals on one engine: `python -m tests.engine.whole_run ENGINE WORKERS FOLDER`.

The days of most events are dealt out to parts, so that all that Spark is for is used. What came out is left
in the folder: `rows.json` and the files of the proposals.
"""

import json
import sys
from pathlib import Path

from trailmin.catalog import load_catalog
from trailmin.config import Config
from trailmin.engine import open_engine
from trailmin.job import run_job
from trailmin.lake import Lake, ingest
from trailmin.packaged import packaged_path
from trailmin.trail.sources import open_source
from trailmin.usage import refresh_usage, rollup

EVENTS = "SELECT * FROM events ORDER BY ALL"
USAGE = "SELECT * FROM usage ORDER BY ALL"


def main() -> None:
    name, workers, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    samples = packaged_path("sample_logs")
    engine = open_engine(workers, name)
    lake = Lake.create(folder / "lake")
    ingest([open_source(str(samples / "AWSLogs"))], lake, engine=engine)
    rollup._EVENTS_WORTH_WORKERS = 0  # type: ignore[misc]
    refresh_usage(lake, load_catalog(), engine=engine, events_a_task=190)
    rows = {"events": lake.query(EVENTS).to_pylist(), "usage": lake.query(USAGE).to_pylist()}
    (folder / "rows.json").write_text(json.dumps(rows, default=str, indent=1))
    run_job(
        Config(
            path=folder / "trailmin.toml",
            sources=(samples / "AWSLogs",),
            lake=folder / "lake",
            current=(samples / "snapshots",),
            output=folder / "out",
            engine=name,
            workers=workers,
        )
    )


if __name__ == "__main__":
    main()
