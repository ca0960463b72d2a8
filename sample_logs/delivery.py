"""Log objects as CloudTrail delivers them: once a day here, where the real one delivers every five minutes."""

import hashlib
import json
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from sample_logs.accounts import Json

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
"""No file name, modification time 0, best compression, unknown system: `gzip.compress` puts the system in."""

Slot = tuple[str, str, str]
"""Account, region, day as yyyy-mm-dd."""


def write_log_objects(records: Iterable[Json], folder: Path) -> None:
    """Write the records under `folder`, in S3's key layout, each file sorted by time and event id."""
    slots: dict[Slot, list[Json]] = defaultdict(list)
    for record in records:
        slots[_slot(record)].append(record)
    for slot, members in slots.items():
        members.sort(key=lambda record: (record["eventTime"], record["eventID"]))
        text = json.dumps({"Records": members}, separators=(",", ":")).encode("ascii")
        path = folder / _key(slot, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip_bytes(text))


def gzip_bytes(content: bytes) -> bytes:
    """Return one gzip member whose bytes hang on the content (and on the zlib in use) alone."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    body = deflate.compress(content) + deflate.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)


def _slot(record: Json) -> Slot:
    return record["recipientAccountId"], record["awsRegion"], str(record["eventTime"])[:10]


def _key(slot: Slot, content: bytes) -> str:
    account, region, day = slot
    digest = hashlib.sha256("/".join(slot).encode() + content).digest()
    unique = "".join(_ALPHANUMERIC[byte % len(_ALPHANUMERIC)] for byte in digest[:16])
    name = f"{account}_CloudTrail_{region}_{day.replace('-', '')}T2355Z_{unique}.json.gz"
    return f"{account}/CloudTrail/{region}/{day.replace('-', '/')}/{name}"
