"""Chains of digests as CloudTrail makes them, signed with a key pair of the tests."""

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trailmin.trail.digests import DigestFile, PublicKeys

ACCOUNT = "111122223333"
REGION = "eu-west-1"
BUCKET = "trail-bucket"
START = datetime(2026, 3, 1, 8, 1, 31, tzinfo=UTC)
FINGERPRINT = "8eba5db5bea9b640d1c96a77256fe7f2"


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def der() -> bytes:
    return private_key().public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def keys() -> PublicKeys:
    return PublicKeys(by_fingerprint={FINGERPRINT: der()})


def listed_keys() -> str:
    """What `aws cloudtrail list-public-keys` prints."""
    entry = {"Fingerprint": FINGERPRINT, "Value": base64.b64encode(der()).decode()}
    return json.dumps({"PublicKeyList": [entry]})


def sign(text: str) -> str:
    return private_key().sign(text.encode(), padding.PKCS1v15(), SHA256()).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A digest as made, with its signature."""

    key: str
    document: dict[str, Any]
    signature: str

    @property
    def text(self) -> bytes:
        return json.dumps(self.document).encode()

    def file(self, *, signatures: Sequence[str] = (), bucket: str | None = None, key: str | None = None) -> DigestFile:
        content = gzip.compress(self.text, mtime=0)
        return DigestFile(key=key or self.key, bucket=bucket, content=content, signatures=tuple(signatures))

    def changed(self, **members: Any) -> "Made":
        """With other content and the old signature."""
        return replace(self, document={**self.document, **members})

    def signed_anew(self) -> "Made":
        return replace(self, signature=signature_of(self.document))


def signature_of(document: dict[str, Any]) -> str:
    text = json.dumps(document).encode()
    return sign(
        f"{document['digestEndTime']}\n{document['digestS3Bucket']}/{document['digestS3Object']}\n"
        f"{hashlib.sha256(text).hexdigest()}\n{document['previousDigestSignature'] or 'null'}"
    )


def log_key(hour: int, name: str = "a") -> str:
    time = START + timedelta(hours=hour)
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{time:%Y/%m/%d}"
    return f"{folder}/{ACCOUNT}_CloudTrail_{REGION}_{time:%Y%m%dT%H%MZ}_{name}.json.gz"


def make_digest(
    hour: int,
    logs: dict[str, bytes],
    previous: Made | None = None,
    *,
    suffix: str = "",
    bucket: str = BUCKET,
    prefix: str = "",
) -> Made:
    """The digest of the hour that begins `hour` hours after `START`.

    Args:
        hour: counts from 0.
        logs: key → uncompressed content of each log object.
        previous: the digest before it.
        suffix: `_backfill` for one of these.
        bucket: that the digest is made for.
        prefix: of all keys in the bucket, with its `/`.
    """
    start, end = START + timedelta(hours=hour), START + timedelta(hours=hour + 1)
    name = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_main_{REGION}_{end:%Y%m%dT%H%M%SZ}{suffix}.json.gz"
    key = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/{name}"
    document = {
        "awsAccountId": ACCOUNT,
        "digestStartTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "digestEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "digestS3Bucket": bucket,
        "digestS3Object": prefix + key,
        "digestPublicKeyFingerprint": FINGERPRINT,
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": f"{end:%Y-%m-%dT%H:%M:%SZ}" if logs else None,
        "oldestEventTime": f"{start:%Y-%m-%dT%H:%M:%SZ}" if logs else None,
        "previousDigestS3Bucket": previous and bucket,
        "previousDigestS3Object": previous and prefix + previous.key,
        "previousDigestHashValue": previous and hashlib.sha256(previous.text).hexdigest(),
        "previousDigestHashAlgorithm": previous and "SHA-256",
        "previousDigestSignature": previous and previous.signature,
        "logFiles": [
            {
                "s3Bucket": bucket,
                "s3Object": prefix + log,
                "hashValue": hashlib.sha256(text).hexdigest(),
                "hashAlgorithm": "SHA-256",
                "newestEventTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "oldestEventTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            }
            for log, text in sorted(logs.items())
        ],
    }
    return Made(key=key, document=document, signature=signature_of(document))


def make_chain(
    hours: int, logs: dict[int, dict[str, bytes]] | None = None, *, bucket: str = BUCKET, prefix: str = ""
) -> list[Made]:
    """A whole chain from a starting digest on, an hour each."""
    chain: list[Made] = []
    for hour in range(hours):
        of_hour = (logs or {}).get(hour, {})
        chain.append(make_digest(hour, of_hour, chain[-1] if chain else None, bucket=bucket, prefix=prefix))
    return chain


def write_tree(root: Path, chain: Sequence[Made], logs: dict[str, bytes], *, newest_signed: bool = True) -> None:
    """A synced bucket: log objects and digests, and the newest digest's signature beside it."""
    for key, text in logs.items():
        _write(root / key, gzip.compress(text, mtime=0))
    for made in chain:
        _write(root / made.key, made.file().content)
    if newest_signed:
        _write(root / (chain[-1].key + ".signature"), chain[-1].signature.encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
