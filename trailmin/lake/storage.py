"""Where a lake is: a folder of this machine, or a prefix of an S3 bucket. Both hold the same files by the same names.

Everything written here is written once and never changed, so that a copy of a name is a copy of its content. What must
not be written twice, the Delta log, `deltalake` writes itself, on S3 with conditional puts (`If-None-Match`).
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from trailmin.errors import LakeError

_SCHEME: Final = "s3://"
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
_ATTEMPTS: Final = 8
"""Of a request to S3, with back-off."""
_PATIENCE: Final = {"connect_timeout": "5s", "timeout": "20s", "max_retries": str(_ATTEMPTS), "retry_timeout": "90s"}
"""Of `deltalake`, which by itself waits three minutes for a request that never ends well. What it asks for is small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as a listing tells of it."""

    path: str
    """Relative to the folder that was listed."""
    size: int
    modified: datetime


class Folder(Protocol):
    """A folder of files. Instances cross process borders: small, and without open handles."""

    @property
    def uri(self) -> str:
        """What `deltalake`, and people, know it by."""

    @property
    def options(self) -> dict[str, str]:
        """How `deltalake` reaches it."""

    def child(self, name: str) -> "Folder":
        """The folder of that name in it."""

    def write(self, path: str, rows: pa.Table, options: Mapping[str, Any]) -> int:
        """Write a Parquet file with options of `pyarrow.parquet.write_table`; returns its size.

        Raises:
            OSError: it cannot be written; nothing of it is left.
        """

    def read(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """Read a Parquet file, or those of the columns that it has.

        Raises:
            OSError: it cannot be read.
        """

    def read_text(self, path: str) -> str:
        """Read a small file of text.

        Raises:
            FileNotFoundError: there is none.
            OSError: it cannot be read.
        """

    def remove(self, path: str) -> None:
        """Remove a file; nothing happens where there is none."""

    def files(self) -> Iterator[StoredFile]:
        """All files below it, in no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFolder:
    """A folder of this machine."""

    path: Path

    @property
    def uri(self) -> str:
        """See `Folder.uri`."""
        return str(self.path)

    @property
    def options(self) -> dict[str, str]:
        """See `Folder.options`."""
        return {}

    def child(self, name: str) -> "LocalFolder":
        """See `Folder.child`."""
        return LocalFolder(path=self.path / name)

    def write(self, path: str, rows: pa.Table, options: Mapping[str, Any]) -> int:
        """See `Folder.write`."""
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            pq.write_table(rows, target, **options)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target.stat().st_size

    def read(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """See `Folder.read`."""
        with pq.ParquetFile(self.path / path) as file:
            return _read_columns(file, columns)

    def read_text(self, path: str) -> str:
        """See `Folder.read_text`."""
        return (self.path / path).read_text(encoding="utf-8")

    def remove(self, path: str) -> None:
        """See `Folder.remove`."""
        (self.path / path).unlink(missing_ok=True)

    def files(self) -> Iterator[StoredFile]:
        """See `Folder.files`."""
        for parent, _, names in os.walk(self.path):
            for name in names:
                path = Path(parent, name)
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue  # Somebody removed it meanwhile: then it is no file of this folder.
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                yield StoredFile(path=path.relative_to(self.path).as_posix(), size=status.st_size, modified=modified)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Folder:
    """A prefix of an S3 bucket. Credentials are found as AWS's SDKs find them; endpoint and region as well."""

    bucket: str
    prefix: str
    """Without `/` at either end; may be empty."""

    @property
    def uri(self) -> str:
        """See `Folder.uri`."""
        return _SCHEME + self._path("")

    @property
    def options(self) -> dict[str, str]:
        """See `Folder.options`: a commit is one conditional put, so that of two of one version one loses."""
        options = {"aws_conditional_put": "etag", **_PATIENCE}
        if endpoint := _from_environment(_ENDPOINTS):
            options["aws_endpoint_url"] = endpoint
            options["allow_http"] = str(endpoint.startswith("http://")).lower()
        if region := _from_environment(_REGIONS):
            options["aws_region"] = region
        return options

    def child(self, name: str) -> "S3Folder":
        """See `Folder.child`."""
        return S3Folder(bucket=self.bucket, prefix=f"{self.prefix}/{name}" if self.prefix else name)

    def write(self, path: str, rows: pa.Table, options: Mapping[str, Any]) -> int:
        """See `Folder.write`: in one piece, as a file of the lake is small compressed."""
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink, **options)
        content = sink.getvalue()
        with s3_file_system().open_output_stream(self._path(path)) as stream:
            stream.write(content)
        return int(content.size)

    def read(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """See `Folder.read`."""
        with s3_file_system().open_input_file(self._path(path)) as source:
            return _read_columns(pq.ParquetFile(source, pre_buffer=True), columns)

    def read_text(self, path: str) -> str:
        """See `Folder.read_text`."""
        with s3_file_system().open_input_file(self._path(path)) as source:
            return bytes(source.read()).decode("utf-8")

    def remove(self, path: str) -> None:
        """See `Folder.remove`."""
        try:
            s3_file_system().delete_file(self._path(path))
        except FileNotFoundError:
            return

    def files(self) -> Iterator[StoredFile]:
        """See `Folder.files`."""
        from pyarrow import fs  # noqa: PLC0415 - starts the S3 client, which a lake on a folder does not need

        root = self._path("")
        selector = fs.FileSelector(root, recursive=True, allow_not_found=True)
        for found in s3_file_system().get_file_info(selector):
            if found.type == fs.FileType.File:
                path = found.path.removeprefix(root).lstrip("/")
                yield StoredFile(path=path, size=found.size or 0, modified=found.mtime.astimezone(UTC))

    def _path(self, path: str) -> str:
        return "/".join(part for part in (self.bucket, self.prefix, path) if part)


def open_folder(place: str | Path) -> Folder:
    """The folder that a command line or a configuration names: a path, or `s3://bucket/prefix`.

    Raises:
        LakeError: an S3 address without a bucket.
    """
    text = str(place)
    if text.startswith("s3:/"):
        # A `Path` folds the two slashes of an address into one.
        bucket, _, prefix = text.removeprefix("s3:").lstrip("/").partition("/")
        if not bucket:
            raise LakeError(f"{text} names no bucket", hint="write s3://BUCKET/PREFIX")
        return S3Folder(bucket=bucket, prefix=prefix.strip("/"))
    return LocalFolder(path=Path(place))


@cache
def s3_file_system() -> Any:
    """The connection of this process to S3."""
    from pyarrow import fs  # noqa: PLC0415 - as above

    endpoint = _from_environment(_ENDPOINTS)
    return fs.S3FileSystem(
        region=_from_environment(_REGIONS),
        endpoint_override=endpoint,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        # Small files in one request each.
        allow_delayed_open=True,
    )


def _read_columns(file: pq.ParquetFile, columns: list[str] | None) -> pa.Table:
    if columns is None:
        return file.read()
    held = set(file.schema_arrow.names)
    return file.read(columns=[name for name in columns if name in held])


def _from_environment(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)
