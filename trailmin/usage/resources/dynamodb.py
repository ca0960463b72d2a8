"""DynamoDB: tables by name or ARN, tables of batches and transactions, indexes, streams, backups.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/using-identity-based-policies.html (a query on
an index is checked on the index's ARN) and the Service Authorization Reference, list_amazondynamodb.
"""

import re
from collections.abc import Iterator, Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target

_TABLE_PATHS = (
    "tablename",
    "tablearn",
    "sourcetablename",
    "sourcetablearn",
    "targettablename",
    "tablecreationparameters.tablename",
    "requestitems[].tablename",
    "transactitems[].get.tablename",
)
_PATHS = {
    None: _TABLE_PATHS,
    "source": ("sourcetablename", "sourcetablearn"),
    "target": ("targettablename",),
}
_INDEX_CALLS = {"Query", "Scan"}
_STATEMENT_PATHS = (
    "statement",
    "requestitems[].statement",
    "statements[].statement",
    "transactstatements[].statement",
)
_VERBS = {
    "dynamodb:PartiQLSelect": r"(?:select|exists)\b.*?\bfrom",
    "dynamodb:PartiQLInsert": r"insert\s+into",
    "dynamodb:PartiQLUpdate": r"update",
    "dynamodb:PartiQLDelete": r"delete\s+from",
}
_NAME = r'"?(?P<table>[\w.-]{3,255}?)"?(?:\."(?P<index>[\w.-]{3,255})")?(?=\s|\Z)'
_IN_STATEMENT = {
    action: re.compile(rf"\s*{verb}\s+{_NAME}", re.IGNORECASE | re.DOTALL) for action, verb in _VERBS.items()
}
"""PartiQL names a table, or an index below it: `"Music"."ByArtist"`.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

EXCLUSIVE = frozenset(
    f"dynamodb:{name}"
    for name in ("Query", "Scan", "PartiQLSelect", "TagResource", "UntagResource", "ListTagsOfResource")
) | {"dynamodb:GetResourcePolicy", "dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"}
"""Actions whose required types are alternatives."""


def read_table(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The tables that the call names; none for a query on an index, which is checked on the index alone."""
    if target.operation in _INDEX_CALLS and call.text("indexname"):
        return []
    paths = [f"{target.resource_path}.tablename"] if target.resource_path else _PATHS[target.resource_of]
    named = [_table(text, call, target) for path in paths for text in call.texts(path)]
    named += [_table(text, call, target) for text in call.keys_of("requestitems") if not target.resource_path]
    if "globaltablename" in call.parameters:
        named += [
            target.form.fill(call, {"TableName": escape_arn(name)}, Region="*")
            for name in call.texts("globaltablename")
        ]
    if target.operation == "UpdateTable" and not target.action.endswith(":UpdateTable"):
        # A replica is made and filled in its own Region too.
        regions = [escape_arn(text) for text in call.texts("replicaupdates[].create.regionname")]
        tables = [escape_arn(text) for text in call.texts("tablename") if not is_arn(text)]
        named += [target.form.fill(call, {"TableName": text}, Region=region) for text in tables for region in regions]
    if target.action in _IN_STATEMENT and not listed:
        named += [_table(found["table"], call, target) for found in _statements(call, target)]
    return [arn for arn in named if arn] or read_generic(call, target, listed)


def read_index(call: Call, target: Target, _listed: Sequence[str]) -> Sequence[str]:
    """The index, below the table that the call names."""
    index = call.text("indexname")
    if index is None:
        return [_index(found, call, target) for found in _statements(call, target) if found["index"]]
    table = call.text("tablename") or call.text("tablearn")
    if table is not None and is_arn(table):
        return [f"{escape_arn(table)}/index/{escape_arn(index)}"]
    values = {"IndexName": escape_arn(index)}
    return [target.form.fill(call, values if table is None else {**values, "TableName": escape_arn(table)})]


def read_stream(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The stream: reads are checked on it, not on its table. A shard iterator starts with the stream's ARN."""
    iterator = call.text("sharditerator")
    if iterator is not None and is_arn(iterator) and "|" in iterator:
        arn = iterator.partition("|")[0]
        return [escape_arn(arn)] if "stream" in target.forms.types_of(arn) else []
    return read_generic(call, target, listed)


def _statements(call: Call, target: Target) -> Iterator[re.Match[str]]:
    """Of the call's PartiQL statements, those that the action is checked for."""
    pattern = _IN_STATEMENT.get(target.action)
    for text in (text for path in _STATEMENT_PATHS for text in call.texts(path)):
        found = pattern.match(text) if pattern else None
        if found:
            yield found


def _index(found: re.Match[str], call: Call, target: Target) -> str:
    return target.form.fill(call, {"TableName": escape_arn(found["table"]), "IndexName": escape_arn(found["index"])})


READERS = {"table": read_table, "index": read_index, "stream": read_stream}


def _table(text: str, call: Call, target: Target) -> str | None:
    if not is_arn(text):
        return target.form.fill(call, {"TableName": escape_arn(text)})
    return escape_arn(text) if "table" in target.forms.types_of(text) else None
