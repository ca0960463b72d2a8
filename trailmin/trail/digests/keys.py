"""The public keys by which digests are verified: from `ListPublicKeys`, or from files of its output."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trailmin.errors import TrailError
from trailmin.trail.digests.digest import Digest

_ALGORITHM: Final = "SHA256withRSA"
_HOW: Final = "make it with: aws cloudtrail list-public-keys --start-time DATE --end-time DATE --region REGION"
_MARGIN: Final = timedelta(hours=1)


class CloudTrailClient(Protocol):
    """What is used of boto3's client."""

    def list_public_keys(self, **request: Any) -> dict[str, Any]:
        """One page of `cloudtrail:ListPublicKeys`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """RSA keys by fingerprint. Each region has keys of its own; a fingerprint names one among all."""

    by_fingerprint: Mapping[str, bytes] = field(default_factory=dict)
    """DER, so that they cross process borders."""

    def joined(self, other: "PublicKeys") -> "PublicKeys":
        """The keys of both."""
        return PublicKeys(by_fingerprint={**self.by_fingerprint, **other.by_fingerprint})

    def has(self, digest: Digest) -> bool:
        """Whether the key that the digest names is among them."""
        return digest.fingerprint in self.by_fingerprint

    def is_signed(self, digest: Digest, signature: str) -> bool:
        """Whether the signature is that of the digest: RSA with SHA-256 and PKCS #1 v1.5 padding.

        Source: "Custom implementations of CloudTrail log file integrity validation" of the CloudTrail user guide.
        """
        der = self.by_fingerprint.get(digest.fingerprint)
        if der is None or digest.algorithm != _ALGORITHM:
            return False
        try:
            _load(der).verify(binascii.unhexlify(signature), string_to_sign(digest), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


def string_to_sign(digest: Digest) -> bytes:
    """What CloudTrail signs: end, path and hash of the digest, and the signature before, `null` in a first one."""
    previous = digest.previous_signature or "null"
    return f"{digest.end_text}\n{digest.bucket}/{digest.path}\n{digest.hash_value}\n{previous}".encode()


def read_public_keys(paths: Sequence[Path]) -> PublicKeys:
    """The keys in files of what `aws cloudtrail list-public-keys` prints, of any number of regions.

    Raises:
        TrailError: a file cannot be read, or holds something else.
    """
    keys: dict[str, bytes] = {}
    for path in paths:
        try:
            document = json.loads(path.read_bytes())
        except OSError as error:
            raise TrailError(f"cannot read {path}: {error.strerror}", hint=_HOW) from error
        except ValueError as error:
            raise TrailError(f"{path} is not JSON", hint=_HOW) from error
        listed = document.get("PublicKeyList", document.get("publicKeyList")) if isinstance(document, dict) else None
        if not isinstance(listed, list):
            raise TrailError(f"{path} has no list `PublicKeyList`", hint=_HOW)
        keys.update(_keys(listed, str(path)))
    return PublicKeys(by_fingerprint=keys)


def list_public_keys(client: CloudTrailClient, since: datetime, until: datetime) -> PublicKeys:
    """The keys of the client's region that signed digests of a time; a backfill digest may be signed much later.

    Raises:
        botocore.exceptions.ClientError: `cloudtrail:ListPublicKeys` is not allowed.
    """
    request: dict[str, Any] = {"StartTime": since - _MARGIN, "EndTime": until + _MARGIN}
    keys: dict[str, bytes] = {}
    while True:
        page = client.list_public_keys(**request)
        keys.update(_keys(page["PublicKeyList"], "ListPublicKeys"))
        if not page.get("NextToken"):
            return PublicKeys(by_fingerprint=keys)
        request["NextToken"] = page["NextToken"]


def _keys(listed: Iterable[Any], where: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in listed:
        try:
            value, fingerprint = entry["Value"], entry["Fingerprint"]
            # boto3 has decoded it, the CLI's output has not.
            der = value if isinstance(value, bytes) else base64.b64decode(value, validate=True)
            _load(der)
        except (TypeError, KeyError, ValueError, UnsupportedAlgorithm) as error:
            raise TrailError(f"{where} has a public key that is not RSA in DER", hint=_HOW) from error
        keys[str(fingerprint)] = der
    return keys


@lru_cache(maxsize=1000)
def _load(der: bytes) -> RSAPublicKey:
    """The key in DER: PKCS #1, as the service has it, or SubjectPublicKeyInfo."""
    key = load_der_public_key(der)
    if not isinstance(key, RSAPublicKey):
        raise TypeError("not RSA")
    return key
