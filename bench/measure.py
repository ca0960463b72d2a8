"""What is measured on a folder of log objects, each in a process of its own.

`python -m bench.measure NAME SOURCE SCRATCH` runs one.
"""

import gzip
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import duckdb
import msgspec
from isal import isal_zlib

import trailmin.without_pandas  # noqa: F401 - as the command does
from bench.process import Stopwatch
from trailmin.engine import open_engine
from trailmin.lake import Lake
from trailmin.lake import ingest as run_ingest
from trailmin.trail.sources import open_source

_RECORD = """STRUCT(
    eventVersion VARCHAR, userIdentity JSON, eventTime TIMESTAMP, eventSource VARCHAR, eventName VARCHAR,
    awsRegion VARCHAR, sourceIPAddress VARCHAR, userAgent VARCHAR, errorCode VARCHAR, errorMessage VARCHAR,
    requestParameters JSON, resources JSON, requestID VARCHAR, eventID VARCHAR, readOnly BOOLEAN, eventType VARCHAR,
    recipientAccountId VARCHAR, sharedEventID VARCHAR, vpcEndpointId VARCHAR, eventCategory VARCHAR)[]"""


class _Nothing(msgspec.Struct):
    pass


class _Skipped(msgspec.Struct):
    records: list[_Nothing] = msgspec.field(name="Records")


def decode_limit(source: Path, _scratch: Path) -> int:
    """Gunzip and skip every field: what no ingest in Python can be faster than."""
    decode = msgspec.json.Decoder(_Skipped).decode
    return sum(len(decode(isal_zlib.decompress(p.read_bytes(), 31)).records) for p in _files(source))


def standard_library(source: Path, _scratch: Path) -> int:
    """Gunzip and decode, nothing kept."""
    return sum(len(json.loads(gzip.decompress(path.read_bytes()))["Records"]) for path in _files(source))


def duckdb_reader(source: Path, scratch: Path) -> int:
    """Typed columns of each record, into a Parquet file."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        files = ", ".join(f"'{path}'" for path in _files(source))
        target = scratch / f"{uuid.uuid4()}.parquet"
        connection.execute(
            f"COPY (SELECT unnest(r) FROM (SELECT unnest(Records) AS r FROM read_json([{files}],"
            f" columns = {{Records: '{_RECORD}'}}, maximum_object_size = 100000000)))"
            f" TO '{target}' (COMPRESSION zstd)"
        )
        row = connection.execute(f"SELECT count(*) FROM '{target}'").fetchone()
        return int(row[0]) if row else 0


def trailscraper(source: Path, _scratch: Path) -> int:
    """`trailscraper select`, where it is installed."""
    command = ["trailscraper", "select", "--log-dir", str(source)]
    found = subprocess.run(command, check=True, capture_output=True).stdout
    return len(json.loads(found)["Records"])


def ingest(workers: int) -> Callable[[Path, Path], int]:
    """Into a new lake, commit included."""

    def run(source: Path, scratch: Path) -> int:
        lake = Lake.create(scratch / f"lake-{uuid.uuid4()}")
        report = run_ingest([open_source(str(source))], lake, engine=open_engine(workers))
        return report.new + report.duplicate

    return run


def ingest_into(source: Path, lake: Path) -> int:
    """Into a lake that stays: what of it is new."""
    report = run_ingest([open_source(str(source))], Lake.create(lake), engine=open_engine(1))
    return report.new + report.duplicate


MEASURES: dict[str, Callable[[Path, Path], int]] = {
    "decode limit": decode_limit,
    "ingest, 1 process": ingest(1),
    "ingest, 2 processes": ingest(2),
    "standard library": standard_library,
    "DuckDB read_json, typed": duckdb_reader,
    "trailscraper select": trailscraper,
    "ingest into": ingest_into,
}


def main() -> None:
    """Run one of them."""
    name, source, scratch = sys.argv[1:]
    watch = Stopwatch()
    watch.report(events=MEASURES[name](Path(source), Path(scratch)))


def _files(source: Path) -> list[Path]:
    return sorted(source.rglob("*.json.gz"))


if __name__ == "__main__":
    main()
