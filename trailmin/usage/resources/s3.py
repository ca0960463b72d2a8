"""S3: `bucketName`, `key`, copy sources and access points.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
"""

from collections.abc import Sequence
from urllib.parse import unquote

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import named
from trailmin.usage.resources.generic import named_in_parameters
from trailmin.usage.resources.interface import Target

_ALIAS = ("-s3alias", "--ol-s3")


def read_bucket(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The bucket; nothing where an access point stands in its place."""
    bucket, _ = _bucket_and_key(call, target)
    if bucket is None:
        return listed
    return [] if _is_access_point(bucket) else [target.form.fill(call, {"BucketName": escape_arn(bucket)})]


def read_object(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The object; `bucket/*` where the record does not name the key."""
    bucket, key = _bucket_and_key(call, target)
    if bucket is None:
        return listed
    if _is_access_point(bucket):
        return []
    if key is None and listed and target.resource_of != "source":
        return listed
    values = {"BucketName": escape_arn(bucket)}
    return [target.form.fill(call, values if key is None else {**values, "ObjectName": escape_arn(key)})]


def read_access_point(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """An access point: in a bucket's place, or named by the access point operations."""
    bucket, _ = _bucket_and_key(call, target)
    if bucket is None or not _is_access_point(bucket):
        return listed or ([] if bucket is not None else named_in_parameters(call, target))
    return [_access_point(bucket, call, target)]


def read_access_point_object(call: Call, target: Target, _listed: Sequence[str]) -> Sequence[str]:
    """An object through an access point: `accesspoint/NAME/object/KEY`."""
    bucket, key = _bucket_and_key(call, target)
    if bucket is None or not _is_access_point(bucket):
        return []
    if is_arn(bucket):
        return [f"{escape_arn(bucket)}/object/{'*' if key is None else escape_arn(key)}"]
    values = {} if key is None else {"ObjectName": escape_arn(key)}
    return [target.form.fill(call, values, Region="*", Account="*")]


def read_multi_region_access_point(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A Multi-Region Access Point by its alias, which ends its ARN; its name does not tell the alias."""
    texts = call.texts("mrap") + call.texts("resourcearn") + [text for text in call.texts("bucketname") if is_arn(text)]
    found = [
        escape_arn(text) if is_arn(text) else target.form.fill(call, {"AccessPointAlias": escape_arn(text)})
        for text in texts
    ]
    return found or listed or [target.form.fill(call)]


READERS = {
    "bucket": read_bucket,
    "multiregionaccesspoint": read_multi_region_access_point,
    "multiregionaccesspointrequestarn": named({}, whole=("request_token", "requesttokenarn")),
    "object": read_object,
    "accesspoint": read_access_point,
    "accesspointobject": read_access_point_object,
}


def _bucket_and_key(call: Call, target: Target) -> tuple[str | None, str | None]:
    if target.resource_of == "source":
        return copy_source(call)
    bucket = call.text("bucketname")
    if bucket is None and target.type_name in {"bucket", "object"}:
        bucket = call.text("bucket")
    if bucket is not None and is_arn(bucket) and not _is_access_point(bucket):
        bucket = bucket.rpartition(":")[2]
    return bucket, call.text("key")


def copy_source(call: Call) -> tuple[str | None, str | None]:
    """The bucket, or an access point's ARN in its place, and the key that a copy reads."""
    text = call.text("x-amz-copy-source") or call.text("copysource")
    if text is None:
        return None, None
    source = unquote(text.partition("?versionId=")[0]).removeprefix("/")
    if is_arn(source):
        bucket, _, key = source.partition("/object/")
    else:
        bucket, _, key = source.partition("/")
    return bucket or None, key or None


def _is_access_point(bucket: str) -> bool:
    return bucket.endswith(_ALIAS) or (is_arn(bucket) and ":accesspoint/" in bucket)


def _access_point(bucket: str, call: Call, target: Target) -> str:
    # An alias does not tell the access point's name, region or account.
    return escape_arn(bucket) if is_arn(bucket) else target.form.fill(call, Region="*", Account="*")
