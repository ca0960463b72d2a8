"""Digests and folders of keys in a bucket, and the public keys of a region."""

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from trailmin.trail.digests.digest import DigestFile
from trailmin.trail.digests.keys import PublicKeys, list_public_keys
from trailmin.trail.sources import AwsAccess, LogObject
from trailmin.trail.sources.aws import AwsError, error_code, explain, open_client
from trailmin.trail.sources.s3 import bucket_arn, parse_location


def list_folder(access: AwsAccess, anchor: LogObject, folder: str) -> Iterator[LogObject]:
    """See `nearby.list_nearby`.

    Raises:
        TrailError: the bucket must not be listed, or cannot be.
    """
    client = open_client(access, "s3")
    bucket, root = parse_location(anchor.location.removesuffix(anchor.key))
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=root + folder, Delimiter="/", **_payer(access)
    )
    try:
        for page in pages:
            for found in page.get("Contents", ()):
                yield LogObject(
                    key=found["Key"].removeprefix(root),
                    location=f"s3://{bucket}/{found['Key']}",
                    size=found["Size"],
                    etag=found["ETag"].strip('"'),
                )
    except AwsError as error:
        task = f"list the digests below s3://{bucket}/{root}{folder}"
        raise explain(error, "s3:ListBucket", bucket_arn(client, bucket), task) from error


def read_signed(access: AwsAccess, found: LogObject) -> DigestFile:
    """See `nearby.read_digest`; the signature is in the object's metadata.

    Raises:
        TrailError: it must not be read, or cannot be.
    """
    client = open_client(access, "s3")
    bucket, key = parse_location(found.location)
    try:
        answer = client.get_object(Bucket=bucket, Key=key, **_payer(access))
        content = answer["Body"].read()
    except AwsError as error:
        task = f"read the digest {found.location}"
        raise explain(error, "s3:GetObject", bucket_arn(client, bucket, key), task) from error
    signature = answer["Metadata"].get("signature")
    signatures = (signature.lower(),) if signature else ()
    return DigestFile(key=found.key, bucket=bucket, content=content, signatures=signatures)


@functools.cache
def region_keys(access: AwsAccess, region: str, since: date) -> PublicKeys:
    """The keys that signed a region's digests since a day; backfill digests are signed later than what they list.

    Raises:
        TrailError: `cloudtrail:ListPublicKeys` is not allowed, or does not answer.
    """
    client: Any = open_client(access, "cloudtrail", region)
    try:
        return list_public_keys(client, datetime(since.year, since.month, since.day, tzinfo=UTC), datetime.now(UTC))
    except AwsError as error:
        task = f"get the public keys of {region}'s digests ({error_code(error) or type(error).__name__})"
        raise explain(error, "cloudtrail:ListPublicKeys", "", task) from error


def _payer(access: AwsAccess) -> dict[str, str]:
    return {"RequestPayer": "requester"} if access.requester_pays else {}
