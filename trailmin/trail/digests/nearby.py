"""What lies near a log object: digests with their signatures, and the other objects of a folder of keys."""

import json
from pathlib import Path
from typing import Final

from trailmin.trail.digests.digest import DigestFile
from trailmin.trail.sources import AwsAccess, FolderSource, LogObject, Source

SIGNATURE_SUFFIX: Final = ".signature"
"""Of the file beside a synced digest that keeps its signature."""


def list_nearby(source: Source, anchor: LogObject, folder: str) -> list[LogObject]:
    """The objects in a folder of keys of the tree that a log object lies in, sorted; none where there is no folder.

    Args:
        source: of the log object.
        anchor: the log object.
        folder: stable key, with its `/` at the end.

    Raises:
        OSError: it cannot be listed.
        TrailError: as for a folder in a bucket.
    """
    if (access := access_to(source, anchor)) is not None:
        from trailmin.trail.digests.nearby_s3 import list_folder  # noqa: PLC0415 - boto3 takes a while to load

        return sorted(list_folder(access, anchor, folder), key=lambda found: found.key)
    if isinstance(source, FolderSource):
        path = _beside(anchor, folder)
        if not path.is_dir():
            return []
        return [
            LogObject(key=folder + child.name, location=str(child), size=child.stat().st_size, etag="")
            for child in sorted(path.iterdir())
            if child.is_file() and not child.name.startswith(".")
        ]
    return []


def read_digest(source: Source, found: LogObject) -> DigestFile:
    """A digest with the signatures that are kept with it.

    Raises:
        OSError: it cannot be read.
        TrailError: as for one in a bucket.
    """
    if (access := access_to(source, found)) is not None:
        from trailmin.trail.digests.nearby_s3 import read_signed  # noqa: PLC0415 - as above

        return read_signed(access, found)
    with source.open(found) as stream:
        content = stream.read()
    return DigestFile(key=found.key, bucket=None, content=content, signatures=_sidecar(Path(found.location)))


def access_to(source: Source, found: LogObject) -> AwsAccess | None:
    """How a source reaches a log object in a bucket; None for one elsewhere."""
    access = getattr(source, "access", None)
    return access if isinstance(access, AwsAccess) and found.location.startswith("s3://") else None


def _beside(anchor: LogObject, folder: str) -> Path:
    return Path(anchor.location.removesuffix(anchor.key) + folder)


def _sidecar(path: Path) -> tuple[str, ...]:
    """The signature in the file beside a digest: hexadecimal, or what `aws s3api head-object` prints."""
    file = path.with_name(path.name + SIGNATURE_SUFFIX)
    if not file.is_file():
        return ()
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    if not text.startswith("{"):
        return (text.lower(),)
    try:
        document = json.loads(text)
    except ValueError:
        return ()
    metadata = document.get("Metadata")
    signature = metadata.get("signature") if isinstance(metadata, dict) else None
    return (signature.lower(),) if isinstance(signature, str) else ()
