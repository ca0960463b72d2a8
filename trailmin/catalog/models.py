"""botocore's service models: read when the table is built and when the catalog's breadth is measured, never to resolve.

A model's operation has an input shape; `sample_parameters` makes of it the request parameters that an event of the
operation would hold if every parameter were given.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trailmin.errors import CatalogError

_MAX_DEPTH = 6
_SCALARS: dict[str, Any] = {"boolean": True, "integer": 7, "long": 7, "double": 0.5, "float": 0.5}


def read_models() -> Iterator[tuple[str, dict[str, Any]]]:
    """The newest model of every service, by name, in the order of the names.

    Raises:
        CatalogError: botocore is not installed.
    """
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise CatalogError("the package 'botocore' is missing", hint="reinstall trailmin with its dependencies")
    data = Path(spec.origin).parent / "data"
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        models = sorted(folder.glob("*/service-2.json*"))
        if models:
            content = models[-1].read_bytes()
            yield folder.name, json.loads(gzip.decompress(content) if models[-1].suffix == ".gz" else content)


def event_source_of(name: str, metadata: dict[str, Any]) -> str:
    """The event source that a model's calls most likely have: that of its endpoint."""
    return f"{metadata.get('endpointPrefix', name).lower()}.amazonaws.com"


def sample_parameters(model: dict[str, Any], operation: str, value_of: Callable[[str], str]) -> dict[str, Any]:
    """Request parameters of an operation as CloudTrail would log them, with every parameter given.

    Names start in lower case, as in events; a list has one element. `value_of` makes the value of each text from its
    parameter's name.
    """
    shape = model["operations"][operation].get("input")
    if shape is None:
        return {}
    sample = _sample(model, shape["shape"], "", value_of, ())
    return sample if isinstance(sample, dict) else {}


def _sample(
    model: dict[str, Any], name: str, member: str, value_of: Callable[[str], str], above: tuple[str, ...]
) -> Any:
    shape = model["shapes"][name]
    kind = shape["type"]
    if name in above or len(above) > _MAX_DEPTH:
        return None
    inside = (*above, name)
    if kind == "structure":
        return {
            _logged_name(model, key, inner): _sample(model, inner["shape"], key, value_of, inside)
            for key, inner in shape.get("members", {}).items()
        }
    if kind == "list":
        return [_sample(model, shape["member"]["shape"], member, value_of, inside)]
    if kind == "map":
        return {value_of("key"): _sample(model, shape["value"]["shape"], member, value_of, inside)}
    if kind == "string":
        return shape["enum"][0] if "enum" in shape else value_of(member)
    return _SCALARS.get(kind, "2026-10-01T09:00:00Z")


def _logged_name(model: dict[str, Any], name: str, member: dict[str, Any]) -> str:
    """S3 logs its headers under their own names and the bucket as `bucketName`; others, the parameters' names."""
    if model["metadata"]["endpointPrefix"] == "s3" and "location" in member:
        if member["location"] == "header":
            return str(member["locationName"])
        name = {"Bucket": "bucketName"}.get(name, name)
    return name[:1].lower() + name[1:]
