"""Sources of log objects, one module each."""

from pathlib import Path

from trailmin.trail.sources.access import AwsAccess
from trailmin.trail.sources.folder import FolderSource
from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys, Source
from trailmin.trail.sources.layout import Selection
from trailmin.trail.sources.stdin import StdinSource

__all__ = [
    "AwsAccess",
    "FolderSource",
    "Listing",
    "LogObject",
    "Selection",
    "SettledKeys",
    "Source",
    "StdinSource",
    "open_source",
]


def open_source(spec: str, *, access: AwsAccess | None = None, selection: Selection | None = None) -> Source:
    """The source that a command line names. Nothing is read yet.

    Args:
        spec: a folder, a file, `-` for standard input, `s3://bucket/prefix`, or `lookup-events`.
        access: how AWS is reached.
        selection: which log objects are asked for, as far as their keys tell.

    Raises:
        TrailError: the spec is of no known form.
    """
    asked = selection or Selection()
    if spec == "-":
        return StdinSource()
    if spec.removesuffix("://") == "lookup-events":
        from trailmin.trail.sources.lookup_events import LookupEventsSource  # noqa: PLC0415 - boto3 takes a while to load

        return LookupEventsSource(access=access or AwsAccess(), selection=asked)
    if spec.startswith("s3://"):
        from trailmin.trail.sources.s3 import S3Source, parse_location  # noqa: PLC0415 - boto3 takes a while to load

        bucket, prefix = parse_location(spec)
        return S3Source(bucket=bucket, prefix=prefix, access=access or AwsAccess(), selection=asked)
    return FolderSource(path=Path(spec), selection=asked)
