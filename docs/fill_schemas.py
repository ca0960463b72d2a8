"""Write docs/schemas/: a JSON Schema for each kind of JSON document that the commands print, and docs/json.md.

They are inferred from what the commands print for the sample logs, so that they say what is, not what was meant: a
field that was there in every case is required, and other fields may come. `python docs/fill_schemas.py` writes them.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from trailmin.cli.app import build_app
from trailmin.packaged import packaged_path

FOLDER = Path(__file__).resolve().parent / "schemas"
PAGE = FOLDER.parent / "json.md"

SAMPLES = packaged_path("sample_logs")
POLICIES = SAMPLES / "policies" / "444455556666"
CURRENT = ("--current", SAMPLES / "snapshots", "--current", SAMPLES / "policies")

COMMANDS: tuple[tuple[object, ...], ...] = (
    ("roles", "--lake", "LAKE"),
    ("usage", "image-processor", "--lake", "LAKE"),
    ("usage", "thumbnail-and-metadata", "--by-workload", "--lake", "LAKE", *CURRENT),
    ("users", "--lake", "LAKE", *CURRENT),
    ("denied", "--lake", "LAKE"),
    ("coverage", "--lake", "LAKE", *CURRENT),
    ("why", "image-processor", "dynamodb:DeleteTable", "--lake", "LAKE", *CURRENT),
    ("why", "image-processor", "s3:GetObject", "--lake", "LAKE", *CURRENT),
    ("resource-policies", "--lake", "LAKE", *CURRENT),
    ("diff", POLICIES / "old-batch" / "Batch.json", POLICIES / "payments-worker" / "Payments.json"),
    ("check", POLICIES / "old-batch" / "Batch.json", "--against", POLICIES / "payments-worker" / "Payments.json"),
    ("check", POLICIES / "old-batch" / "Batch.json", "--against", POLICIES / "old-batch" / "Batch.json"),
    ("lint", POLICIES / "old-batch" / "Batch.json", POLICIES / "payments-worker" / "Payments.json"),
    ("lake", "info", "--lake", "LAKE"),
)
"""Those that a moment is enough for; LAKE is one of the sample logs."""

JOBS: tuple[tuple[object, ...], ...] = (
    ("ingest", SAMPLES / "AWSLogs", "--lake", "LAKE"),
    ("run", "-c", "CONFIGURATION"),
    ("tighten", *CURRENT, "--lake", "LAKE", "-o", "OUT"),
    ("drift", "--lake", "LAKE", *CURRENT),
    ("metrics", "--lake", "LAKE"),
    ("boundary", "image-processor", "orders-task", "--name", "workloads", *CURRENT, "--lake", "LAKE"),
    ("lake", "compact", "--lake", "LAKE"),
    ("lake", "vacuum", "--lake", "LAKE"),
)
"""Those that change something or take longer; in this order."""

CONFIGURATION = """[trail]
sources = ["{samples}/AWSLogs"]
[lake]
path = "lake"
[current]
paths = ["{samples}/snapshots", "{samples}/policies"]
[output]
path = "out"
"""

_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_SCALARS = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string"}

Schema = dict[str, Any]

_UNKNOWN: Schema = {}
"""Of what no value was seen."""


def infer(value: object) -> Schema:
    """Return the schema of one value. Keys that are no names of fields, such as accounts and actions, make a map."""
    if (scalar := _SCALARS.get(type(value))) is not None:
        return {"type": [scalar]}
    if isinstance(value, list):
        return {"type": ["array"], "items": reduce(merge, map(infer, value), _UNKNOWN)}
    if not isinstance(value, dict):
        raise TypeError(type(value))
    if value and all(_FIELD.fullmatch(name) for name in value):
        fields = {name: infer(one) for name, one in value.items()}
        return {"type": ["object"], "properties": fields, "required": sorted(fields)}
    return {"type": ["object"], "additionalProperties": reduce(merge, map(infer, value.values()), _UNKNOWN)}


def merge(one: Schema, other: Schema) -> Schema:
    """Return the schema of what either is the schema of."""
    if not one or not other:
        return one or other
    found: Schema = {"type": sorted({*one["type"], *other["type"]})}
    if found["type"] == ["integer", "number"]:
        found["type"] = ["number"]
    if "items" in one or "items" in other:
        found["items"] = merge(one.get("items", {}), other.get("items", {}))
    return found | _merged_objects([schema for schema in (one, other) if "object" in schema["type"]])


def _merged_objects(objects: Sequence[Schema]) -> Schema:
    """Where one is a map, both are; what one lacks is not required."""
    maps = [schema["additionalProperties"] for schema in objects if "additionalProperties" in schema]
    fields = [schema["properties"] for schema in objects if "properties" in schema]
    if maps and any(maps):
        values = [*maps, *(value for held in fields for value in held.values())]
        return {"additionalProperties": reduce(merge, values, _UNKNOWN)}
    if not fields:
        return {"additionalProperties": {}} if maps else {}
    names = sorted({name for held in fields for name in held})
    required = set.intersection(*(set(schema.get("required", ())) for schema in objects))
    properties = {name: reduce(merge, (held[name] for held in fields if name in held), _UNKNOWN) for name in names}
    return {"properties": properties, "required": sorted(required)}


def documents(commands: Sequence[Sequence[object]], names: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    """Yield what commands print with `--json`; names such as LAKE stand for paths.

    Raises:
        RuntimeError: One of them prints no document.
    """
    for command in commands:
        words = [str(names.get(str(word), word)) for word in command]
        ended = CliRunner().invoke(build_app(), [*words, "--json"])
        if not ended.stdout:
            raise RuntimeError(f"{' '.join(words)}: {ended.stderr}")
        yield json.loads(ended.stdout)


def schemas(found: Iterator[dict[str, Any]]) -> dict[str, Schema]:
    """Return the name and version of each kind of document, as `roles-1`, and its schema."""
    kinds: dict[str, Schema] = {}
    for document in found:
        kinds[document["schema"]] = merge(kinds.get(document["schema"], {}), infer(document))
    for name, schema in kinds.items():
        schema["properties"]["schema"] = {"const": name}
    return {name.removeprefix("trailmin/").replace("/", "-"): schema for name, schema in sorted(kinds.items())}


def made() -> Iterator[dict[str, Any]]:
    """Yield all documents: of the commands, and those that `tighten` writes as files."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = {"LAKE": folder / "lake", "OUT": folder / "proposals", "CONFIGURATION": folder / "trailmin.toml"}
        names["CONFIGURATION"].write_text(CONFIGURATION.format(samples=SAMPLES), encoding="utf-8")
        yield from documents(JOBS, names)
        yield from documents(COMMANDS, names)
        for path in sorted(names["OUT"].rglob("*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(document, dict) and str(document.get("schema")).startswith("trailmin/"):
                yield document


PAGE_TEXT = """# JSON documents
<!-- Written by `make docs` from docs/fill_schemas.py. -->
Every command that prints data has `--json`. A document names its kind and version (`"schema": "trailmin/roles/1"`); a
version changes when a field goes or means something else, not when one is added. `exit_codes` has all that hold, the
returned one first. The schemas ([JSON Schema](https://json-schema.org/) 2020-12) are inferred from what the commands
print for the sample logs: fields that were always there are required, and others may come.

| document | from | schema |
|---|---|---|
{rows}
"""

FILES = {"changes": "`changes.json` of a role", "evidence": "`evidence.json` of a role", "summary": "`summary.json`"}
"""Documents that are files of a proposal."""


def page(kinds: Sequence[str]) -> str:
    """Return the page that lists the schemas."""
    rows = []
    for kind in kinds:
        name, _, version = kind.rpartition("-")
        source = FILES.get(name) or f"`trailmin {_command(name)} --json`"
        rows.append(f"| trailmin/{name}/{version} | {source} | [{kind}.json](schemas/{kind}.json) |")
    return PAGE_TEXT.format(rows="\n".join(rows))


def _command(name: str) -> str:
    """`lake-compact` is `lake compact`; `lake` is `lake info`; reports are named as what prints them."""
    words = {"lake": "lake info", "workloads": "usage --by-workload"}
    return words.get(name) or (name.replace("-", " ", 1) if name.startswith("lake-") else name)


def main() -> int:
    """Write schemas and page; returns the exit code."""
    kinds = schemas(made())
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for kind, schema in kinds.items():
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"trailmin {kind}"}
        (FOLDER / f"{kind}.json").write_text(json.dumps(head | schema, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(list(kinds)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
