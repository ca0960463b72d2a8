"""S3's siblings, which have prefixes of their own: directory buckets, Outposts, Object Lambda, tables, vectors.

Source: the resource types in the Service Authorization Reference, and for the shapes of the records
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-log-files.html, s3-tables-log-files.html and
s3-vectors-cloudtrail-log-example.html beside it.
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.by_path import named
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target
from trailmin.usage.resources.s3 import copy_source

_BUCKET_PATHS = ("bucketname", "bucket")
_DIRECTORY_BUCKET = "--x-s3"
_DIRECTORY_POINT = "-xa-s3"
"""What the name of an access point of a directory bucket ends in: `NAME--ZONE--xa-s3`."""
_OUTPOST = re.compile(
    r"(?P<outpost>arn:[^:]*:s3-outposts:[^:]*:[^:]*:outpost/[^/]+)/(?P<kind>bucket|accesspoint)/(?P<name>[^/]+)"
)


def read_directory_bucket(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The directory buckets, that which a copy reads among them; none where an access point stands in their place."""
    names = [text for path in _BUCKET_PATHS for text in call.texts(path)]
    read, _ = copy_source(call)
    if read is not None and read.endswith(_DIRECTORY_BUCKET):
        names.append(read)
    buckets = [name for name in names if not name.endswith(_DIRECTORY_POINT)]
    if names and not buckets:
        return []
    return [_whole_or_filled(name, "BucketName", call, target) for name in buckets] or listed


def read_directory_access_point(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The access point of a directory bucket, by its name or in a bucket's place."""
    names = call.texts("name") + [text for path in _BUCKET_PATHS for text in call.texts(path)]
    points = [name for name in names if name.endswith(_DIRECTORY_POINT)]
    return [_whole_or_filled(name, "AccessPointName", call, target) for name in points] or listed


def read_outposts_bucket(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The bucket on an Outpost, by ARN or name; an access point does not tell its bucket."""
    return _on_outpost("bucket", "BucketName", call, target) or listed


def read_outposts_access_point(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The access point on an Outpost, by ARN or name."""
    return _on_outpost("accesspoint", "AccessPointName", call, target) or listed


def read_outposts_object(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The object on an Outpost, below the bucket or the access point that the record names."""
    if target.resource_of == "source":
        bucket, name = copy_source(call)
        listed = []
    else:
        bucket = next((text for path in _BUCKET_PATHS for text in call.texts(path)), None)
        name = call.text("key")
    key = escape_arn(name or "") or UNKNOWN
    found = _OUTPOST.match(bucket or "")
    if found:
        return [f"{escape_arn(found[0])}/object/{key}"]
    return listed or [target.form.fill(call, {"ObjectName": key})]


def read_object_lambda(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The Object Lambda access point in a bucket's place, by ARN or name; an alias does not tell it."""
    names = [text for path in (*_BUCKET_PATHS, "name") for text in call.texts(path) if not text.endswith("--ol-s3")]
    return [_whole_or_filled(name, "AccessPointName", call, target) for name in names] or listed


def read_table(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The table by ARN; by name only its bucket is known, as the ARN has an id."""
    arns = [text for path in ("tablearn", "resourcearn") for text in call.texts(path)]
    tables = [escape_arn(text) for text in arns if target.type_name in target.forms.types_of(text)]
    buckets = [text for text in call.texts("tablebucketarn") if "tablebucket" in target.forms.types_of(text)]
    return tables or listed or [f"{escape_arn(bucket)}/table/*" for bucket in buckets]


def read_table_bucket(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The table bucket by ARN, or by the name that it is given."""
    names = call.texts("name") if target.operation == "CreateTableBucket" else []
    filled = [target.form.fill(call, {"TableBucketName": escape_arn(name)}) for name in names]
    arns = [
        text
        for path in ("tablebucketarn", "destinationtable.tablebucketarn", "resourcearn")
        for text in call.texts(path)
    ]
    return filled or [escape_arn(text) for text in arns if target.type_name in target.forms.types_of(text)] or listed


EXPRESS_READERS = {"accesspoint": read_directory_access_point, "bucket": read_directory_bucket}
OUTPOSTS_READERS = {
    "accesspoint": read_outposts_access_point,
    "bucket": read_outposts_bucket,
    "endpoint": read_generic,
    "object": read_outposts_object,
}
OBJECT_LAMBDA_READERS = {"objectlambdaaccesspoint": read_object_lambda}
TABLE_READERS = {"table": read_table, "tablebucket": read_table_bucket}
VECTOR_READERS = {
    "vectorbucket": named({"BucketName": ("vectorbucketname",)}, whole=("vectorbucketarn",)),
    "index": named({"BucketName": ("vectorbucketname",), "IndexName": ("indexname",)}, whole=("indexarn",)),
}

EXCLUSIVE = frozenset(
    {"s3express:CreateSession", "s3-outposts:ListBucket", "s3-outposts:ListBucketMultipartUploads"}
    | {f"s3vectors:{name}" for name in ("ListTagsForResource", "TagResource", "UntagResource")}
)
"""Actions whose types are alternatives: a bucket, or an access point in its place."""


def _whole_or_filled(text: str, placeholder: str, call: Call, target: Target) -> str:
    return escape_arn(text) if is_arn(text) else target.form.fill(call, {placeholder: escape_arn(text)})


def _on_outpost(kind: str, placeholder: str, call: Call, target: Target) -> list[str]:
    paths = (*_BUCKET_PATHS, "name") if kind == "accesspoint" else _BUCKET_PATHS
    outpost = {"OutpostId": escape_arn(call.text("outpostid") or "") or UNKNOWN}
    arns = []
    for text in (text for path in paths for text in call.texts(path)):
        found = _OUTPOST.match(text)
        if found and found["kind"] == kind:
            arns.append(escape_arn(found[0]))
        elif not is_arn(text) and (kind == "bucket" or "name" in call.parameters):
            arns.append(target.form.fill(call, {**outpost, placeholder: escape_arn(text)}))
    return arns
