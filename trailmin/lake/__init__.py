"""The Delta tables: schemas, exactly-once commits, reading."""

from trailmin.lake.ingest import IngestProgress, IngestReport, ingest
from trailmin.lake.lake import Lake

__all__ = ["IngestProgress", "IngestReport", "Lake", "ingest"]
