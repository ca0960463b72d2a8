"""The Delta tables: schemas, exactly-once commits, reading, maintenance."""

from trailmin.lake.ingest import ingest
from trailmin.lake.ingest_report import IngestProgress, IngestReport
from trailmin.lake.lake import Lake

__all__ = ["IngestProgress", "IngestReport", "Lake", "ingest"]
