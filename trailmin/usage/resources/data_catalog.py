"""Glue: the hierarchy of catalog, database and table; a call needs the resource and all that it lies in.

Source: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html and the request syntax of
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api.html
"""

import re
from collections.abc import Mapping, Sequence

from trailmin.usage.arn_form import escape_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import Paths, by_operation, joined, made_under, named
from trailmin.usage.resources.interface import Target, TypeReader

_CATALOG_ID = re.compile(r"(?:([0-9]{12})(?::|\Z))?(.*)", re.DOTALL)
_DATABASE_CALLS = ("GetDatabase", "UpdateDatabase", "DeleteDatabase")
_CONNECTION_CALLS = ("GetConnection", "UpdateConnection")
_PASSED_CONNECTIONS = (
    "cataloginput.federatedcatalog.connectionname",
    "databaseinput.federateddatabase.connectionname",
    "tableinput.parameters.connectionname",
    "tableoptimizerconfiguration.vpcconfiguration.glueconnectionname",
)
_INTEGRATION_ENDS = ("sourcearn", "targetarn", "resourcearn")


def _catalog_of(call: Call) -> tuple[dict[str, str], str]:
    """What `catalogId` says: the account, as scope of an ARN, and the path below its own catalog, empty for none.

    It is an account's id, a path (`s3tablescatalog/bucket`), or both, joined by a colon.
    """
    account, path = _CATALOG_ID.fullmatch(call.text("catalogid") or "").groups("")  # type: ignore[union-attr]
    return ({"Account": account} if account else {}), path


def _below_catalog(paths: Mapping[str, Paths], *, within: str | None = None) -> TypeReader:
    """A reader for databases and what lies in them, in whatever catalog."""
    plain = named(paths, account="catalogid", within=within)

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        found, (_, path) = plain(call, target, listed), _catalog_of(call)
        if listed or not path:
            return found
        kind = target.form.fill(call).split(":", 5)[5].split("/", 1)[0]
        return [arn.replace(f":{kind}/", f":{kind}/{escape_arn(path)}/", 1) for arn in found]

    return read


def read_catalog(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The catalog that `catalogId` names below the account's own, and those that it lies in."""
    scope, path = _catalog_of(call)
    if target.operation == "CreateCatalog":
        path = call.text("name") or ""
    steps = escape_arn(path).split("/") if path else []
    paths = ["/".join(steps[: size + 1]) for size in range(len(steps))]
    whole = named({}, whole=_INTEGRATION_ENDS)(call, target, listed)
    return [*whole, *(target.form.fill(call, {"CatalogName": one}, **scope) for one in paths)]


_DATABASE = ("databasename", "databaseinput.name")
_read_database = joined(
    by_operation(
        {
            **dict.fromkeys(_DATABASE_CALLS, _below_catalog({"DatabaseName": ("name",)})),
            "BatchGetTableOptimizer": _below_catalog({"DatabaseName": ("databasename",)}, within="entries[]"),
        },
        _below_catalog({"DatabaseName": _DATABASE}),
    ),
    named({}, whole=_INTEGRATION_ENDS),
)

_read_table = by_operation(
    {
        "DeleteDatabase": _below_catalog({"DatabaseName": ("name",)}),
        "BatchDeleteTable": _below_catalog({"DatabaseName": _DATABASE, "TableName": ("tablestodelete",)}),
        "BatchGetTableOptimizer": _below_catalog(
            {"DatabaseName": ("databasename",), "TableName": ("tablename",)}, within="entries[]"
        ),
    },
    _below_catalog({"DatabaseName": _DATABASE, "TableName": ("tablename", "tableinput.name", "name")}),
)

_read_function = by_operation(
    {"DeleteDatabase": _below_catalog({"DatabaseName": ("name",)})},
    _below_catalog(
        {"DatabaseName": _DATABASE, "UserDefinedFunctionName": ("functionname", "functioninput.functionname")}
    ),
)


def read_registry(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A registry by name or ARN, or by the ARN of one of its schemas, which has its name first."""
    names = ("registryid.registryname", "schemaid.registryname", "registryname")
    found = named({"RegistryName": names}, whole=("registryid.registryarn",))(call, target, listed)
    schemas = [text for text in call.texts("schemaid.schemaarn") if text.count(":schema/") == 1]
    return found or [
        escape_arn(text.replace(":schema/", ":registry/").partition("/")[0] + "/" + text.split("/")[1])
        for text in schemas
    ]


def read_schema(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A schema, whose ARN has its registry's name before its own."""
    whole = named({}, whole=("schemaid.schemaarn",))(call, target, listed)
    name = call.text("schemaid.schemaname") or call.text("schemaname")
    if whole or name is None:
        return whole
    registry = call.text("schemaid.registryname") or call.text("registryid.registryname")
    return [target.form.fill(call, {"SchemaName": f"{escape_arn(registry or '') or '*'}/{escape_arn(name)}"})]


READERS: dict[str, TypeReader] = {
    "rootcatalog": named({}, account="catalogid"),
    "catalog": read_catalog,
    "database": _read_database,
    "table": _read_table,
    "userdefinedfunction": _read_function,
    "connection": by_operation(
        dict.fromkeys(_CONNECTION_CALLS, named({"ConnectionName": ("name",)}, account="catalogid")),
        named(
            {"ConnectionName": ("connectionname", "connectionnamelist", "connectioninput.name", *_PASSED_CONNECTIONS)},
            account="catalogid",
            whole=_INTEGRATION_ENDS,
        ),
    ),
    "connectiontype": named(
        {
            "ConnectionTypeName": (
                "connectiontype",
                "connectioninput.connectiontype",
                "testconnectioninput.connectiontype",
            )
        }
    ),
    "dataqualityruleset": named({"RulesetName": ("rulesetname", "rulesetnames", "createdrulesetname", "name")}),
    "devendpoint": named({"DevEndpointName": ("endpointname", "devendpointnames")}),
    "integration": by_operation(
        {"CreateIntegration": lambda call, target, _listed: [target.form.fill(call)]},
        named({"IntegrationId": ("integrationidentifier",)}, whole=("integrationarn",)),
    ),
    "registry": read_registry,
    "schema": read_schema,
    "session": named({"SessionId": ("sessionid", "id")}),
    # The reference has these under ids, the calls under names.
    "customentitytype": made_under("name", "names"),
    "usageprofile": made_under("name"),
}

EXCLUSIVE = frozenset(
    f"glue:{name}"
    for name in (
        "CreateIntegration", "CreateIntegrationResourceProperty", "GetIntegrationResourceProperty",
        "UpdateIntegrationResourceProperty", "DeleteIntegrationResourceProperty", "CreateIntegrationTableProperties",
        "GetIntegrationTableProperties", "UpdateIntegrationTableProperties", "DeleteIntegrationTableProperties",
    )
)  # fmt: skip
"""Actions whose required types are alternatives: an integration's end is a catalog, a database or a connection."""
