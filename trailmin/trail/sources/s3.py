"""Log objects in an S3 bucket, in whatever layout a trail delivers them, and exports beside them."""

import errno
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, ClassVar, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from trailmin.errors import TrailError
from trailmin.trail.sources.access import AwsAccess
from trailmin.trail.sources.aws import AwsError, error_code, explain, is_denied, is_gone, open_client
from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys
from trailmin.trail.sources.layout import Selection
from trailmin.trail.sources.s3_walk import BucketLayout, describe, walk

_CHUNK: Final = 1 << 20
_IN_MEMORY: Final = 32 << 20
"""Stored bytes of a log object that are kept in memory; a larger one is read from a temporary file."""

_PAGE: Final[dict[str, Any]] = {"MaxKeys": 1000}

_ATTEMPTS: Final = 5
"""Reads of one log object, when bytes are missing or stop coming."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Source:
    """The log objects below a prefix of a bucket, or the one object that it names."""

    is_remote: ClassVar[bool] = True

    bucket: str
    prefix: str = ""
    access: AwsAccess = field(default_factory=AwsAccess)
    selection: Selection = field(default_factory=Selection)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def list(self, settled: SettledKeys | None = None) -> Iterator[Listing]:
        """See `Source.list`: accounts, regions and days asked for alone are listed, many at a time."""
        client = open_client(self.access, "s3")
        task = f"list s3://{self.bucket}/{self.prefix}"

        def request(**parameters: Any) -> dict[str, Any]:
            try:
                answer = client.list_objects_v2(Bucket=self.bucket, **_PAGE, **_payer(self.access), **parameters)
            except AwsError as error:
                raise explain(error, "s3:ListBucket", bucket_arn(client, self.bucket), task) from error
            return cast("dict[str, Any]", answer)

        named = self._named_object(request)
        if named is not None:
            yield Listing(log_objects=(named,), skipped=0)
            return
        layout = BucketLayout(
            bucket=self.bucket,
            selection=self.selection,
            today=self.today,
            request=request,
            settled=None if self.selection.relist else settled,
        )
        folder = self.prefix if self.prefix.endswith("/") or not self.prefix else f"{self.prefix}/"
        yield from walk((layout.root(folder),), layout.expand)

    def _named_object(self, request: Any) -> LogObject | None:
        if not self.prefix or self.prefix.endswith("/"):
            return None
        found = request(Prefix=self.prefix).get("Contents", ())
        return describe(self.bucket, found[0]) if found and found[0]["Key"] == self.prefix else None

    def open(self, log_object: LogObject) -> BinaryIO:
        """See `Source.open`; what is read is the very object that was listed, whole."""
        return read_object(self.access, log_object)

    def close(self) -> None:
        """Nothing to give back."""


def parse_location(location: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`.

    Raises:
        TrailError: no bucket in it.
    """
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not location.startswith("s3://") or not bucket:
        raise TrailError(f"{location} names no bucket", hint="write s3://BUCKET or s3://BUCKET/PREFIX")
    return bucket, key


def bucket_arn(client: Any, bucket: str, key: str = "") -> str:
    """The ARN of a bucket or object, in the client's partition."""
    return f"arn:{client.meta.partition}:s3:::{bucket}" + (f"/{key}" if key else "")


def read_object(access: AwsAccess, log_object: LogObject) -> BinaryIO:
    """The bytes of a listed object, seekable; a read that breaks off is made again from the start.

    Raises:
        OSError: it is gone, was changed since it was listed, must not be read, or cannot be.
    """
    client = open_client(access, "s3")
    bucket, key = parse_location(log_object.location)
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.5, 1) * 0.25 * 2**attempt)  # noqa: S311 - spreads load, hides nothing
        try:
            return _fetch(client, bucket, key, log_object, _payer(access))
        except ClientError as error:
            raise _refusal(error, client, bucket, key) from error
        except BotoCoreError as error:
            reason = type(error).__name__
    raise OSError(errno.EIO, f"cannot be read from S3 after {_ATTEMPTS} attempts: {reason}")


def _fetch(client: Any, bucket: str, key: str, log_object: LogObject, payer: dict[str, str]) -> BinaryIO:
    condition = {"IfMatch": f'"{log_object.etag}"'} if log_object.etag else {}
    answer = client.get_object(Bucket=bucket, Key=key, **condition, **payer)
    if log_object.size and answer["ContentLength"] != log_object.size:
        raise OSError(errno.ESTALE, "changed since it was listed (another size)")
    copy = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - its reader closes it
    try:
        # Fewer bytes than announced raise here.
        for chunk in answer["Body"].iter_chunks(_CHUNK):
            copy.write(chunk)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return cast("BinaryIO", copy)


def _refusal(error: ClientError, client: Any, bucket: str, key: str) -> OSError:
    if error_code(error) in {"412", "PreconditionFailed"}:
        return OSError(errno.ESTALE, "changed since it was listed")
    if is_gone(error):
        return FileNotFoundError(errno.ENOENT, "gone since it was listed")
    if is_denied(error):
        needs_key = "kms:" in str(error)
        permission = (
            "kms:Decrypt on the bucket's key" if needs_key else f"s3:GetObject on {bucket_arn(client, bucket, key)}"
        )
        return PermissionError(errno.EACCES, f"not allowed ({permission})")
    return OSError(errno.EIO, f"cannot be read from S3: {error_code(error)}")


def _payer(access: AwsAccess) -> dict[str, str]:
    return {"RequestPayer": "requester"} if access.requester_pays else {}
