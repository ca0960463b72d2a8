"""Amazon S3: object calls are data events, with the object and its bucket in `resources`.

Source: Amazon S3 User Guide, "Example CloudTrail log file entries for Amazon S3".
"""

from dataclasses import dataclass

from sample_logs.accounts import Json
from sample_logs.chance import Dice
from sample_logs.record import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket and who owns it."""

    name: str
    account: str
    region: str = "us-east-1"

    @property
    def arn(self) -> str:
        """Return the bucket's ARN."""
        return f"arn:aws:s3:::{self.name}"

    @property
    def host(self) -> str:
        """Return the virtual-hosted name that clients ask."""
        return f"{self.name}.s3.{self.region}.amazonaws.com"


def get_object(bucket: Bucket, key: str, dice: Dice) -> Call:
    """Return a read of one object."""
    return _object_call("GetObject", bucket, key, dice, read_only=True, sent=dice.integer(9, 900) * 1024)


def get_missing_object(bucket: Bucket, key: str, dice: Dice) -> Call:
    """Return a read of a key that is not there: 404, since the caller may list the bucket."""
    call = _object_call("GetObject", bucket, key, dice, read_only=True, sent=317)
    return call.failed("NoSuchKey", "The specified key does not exist.")


def put_object(bucket: Bucket, key: str, dice: Dice, *, encryption: str | None = None) -> Call:
    """Return a write of one object; `encryption` is the header that the client sends."""
    more = {"x-amz-server-side-encryption": encryption} if encryption else {}
    return _object_call(
        "PutObject", bucket, key, dice, read_only=False, received=dice.integer(1, 500) * 1024, more=more
    )


def list_objects(bucket: Bucket, prefix: str, dice: Dice) -> Call:
    """Return a ListObjectsV2 call, whose event name is `ListObjects`."""
    parameters = {
        "list-type": "2",
        "bucketName": bucket.name,
        "encoding-type": "url",
        "prefix": prefix,
        "Host": bucket.host,
    }
    return Call(
        source="s3",
        name="ListObjects",
        region=bucket.region,
        read_only=True,
        is_data=True,
        parameters=parameters,
        additional=_additional(dice, 0, dice.integer(300, 9000)),
        request_id=dice.s3_request(),
        host=bucket.host,
        resources=({"type": "AWS::S3::Object", "ARNPrefix": f"{bucket.arn}/{prefix}"}, _bucket_resource(bucket)),
    )


def list_buckets(region: str, dice: Dice) -> Call:
    """Return a call for the names of all buckets, a management event."""
    host = f"s3.{region}.amazonaws.com"
    return Call(
        source="s3",
        name="ListBuckets",
        region=region,
        read_only=True,
        parameters={"Host": host},
        additional=_additional(dice, 0, dice.integer(300, 2000)),
        request_id=dice.s3_request(),
        host=host,
    )


def get_bucket_acl(bucket: Bucket, dice: Dice) -> Call:
    """Return the check that CloudTrail makes before it delivers to a bucket."""
    return Call(
        source="s3",
        name="GetBucketAcl",
        region=bucket.region,
        read_only=True,
        parameters={"bucketName": bucket.name, "Host": bucket.host, "acl": ""},
        additional=_additional(dice, 0, 557),
        request_id=dice.s3_request(),
        resources=(_bucket_resource(bucket),),
    )


def _object_call(
    name: str,
    bucket: Bucket,
    key: str,
    dice: Dice,
    *,
    read_only: bool,
    sent: int = 0,
    received: int = 0,
    more: Json | None = None,
) -> Call:
    response = None if read_only else {"x-amz-server-side-encryption": "AES256"}
    return Call(
        source="s3",
        name=name,
        region=bucket.region,
        read_only=read_only,
        is_data=True,
        parameters={"bucketName": bucket.name, "Host": bucket.host, "key": key} | (more or {}),
        response=response,
        additional=_additional(dice, received, sent) | ({} if read_only else {"SSEApplied": "Default_SSE_S3"}),
        request_id=dice.s3_request(),
        host=bucket.host,
        resources=({"type": "AWS::S3::Object", "ARN": f"{bucket.arn}/{key}"}, _bucket_resource(bucket)),
    )


def _bucket_resource(bucket: Bucket) -> Json:
    return {"accountId": bucket.account, "type": "AWS::S3::Bucket", "ARN": bucket.arn}


def _additional(dice: Dice, received: int, sent: int) -> Json:
    return {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": received,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": dice.base64(76),
        "bytesTransferredOut": sent,
    }
