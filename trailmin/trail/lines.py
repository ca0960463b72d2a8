"""Exports whose lines are not JSON themselves: results of SQL queries as CSV, and CloudWatch Logs' exports to S3.

Sources: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-download-cloudtrail-lake-query-results.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html (each line begins with the event's time).
"""

import csv
import re
from collections.abc import Iterator
from typing import Final

from trailmin.trail.wire import RECORD_CAP
from trailmin.trail.wrapped import WHOLE_COLUMNS, row_to_record

_TIMED: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z (?=\{)")
_HEADER_CAP: Final = 1 << 16
_PARTS: Final = frozenset({"eventtime", "eventname", "eventsource"})


def is_csv(start: bytes) -> bool:
    """Whether a text begins with the header of a table that holds records, in one column or in several."""
    header, end, _ = start[:_HEADER_CAP].removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    if not end or header[:1] in {b"{", b"["} or not header.isascii():
        return False
    names = {name.strip().lower() for name in next(csv.reader([header.decode()]), [])}
    return names >= _PARTS or not names.isdisjoint(WHOLE_COLUMNS)


def is_timed(start: bytes) -> bool:
    """Whether a text's first line is a time and a record."""
    return _TIMED.match(start) is not None


def csv_records(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The record of each row of a table; of a row that cannot be read, what is no JSON."""
    csv.field_size_limit(RECORD_CAP)
    lines = (line.decode("utf-8-sig", errors="replace") for line in _lines(chunks))
    rows = csv.reader(lines)
    header = next(rows, [])
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield b"a row that is no CSV"
            continue
        if row is None:
            return
        if len(row) == len(header):
            yield row_to_record(dict(zip(header, row, strict=True)))
        elif row:
            yield b"a row of another length than the header"


def timed_records(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The lines without their times."""
    for line in _lines(chunks):
        if line.strip():
            yield _TIMED.sub(b"", line, count=1).strip()


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > RECORD_CAP:
            yield rest
            rest = b""
    if rest:
        yield rest
