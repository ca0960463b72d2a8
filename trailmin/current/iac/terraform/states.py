"""What `terraform show -json`, or a state as Terraform keeps it, tells of a deployment: attributes, and variables.

Shape: Terraform documentation, "JSON Output Format" (state and plan representation); version 4 of the state file is
that of Terraform's source (internal/states/statefile/version4.go). Of attributes, only those are kept that name things,
and policies; a state holds secrets.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailmin.current.json_file import read_text

_NAMING = {
    "account_id",
    "arn",
    "bucket",
    "domain_name",
    "function_name",
    "id",
    "key_id",
    "name",
    "partition",
    "region",
    "stream_arn",
    "url",
    "user_pool_id",
}
_OF_IAM = {"assume_role_policy", "json", "path", "policy", "role"}
_PLACES = ("*.json", "*.tfstate", "terraform.tfstate.d/*/*.tfstate")
"""The last is where Terraform keeps the states of workspaces."""
_RAW_VERSION = 4
_SIZE_CAP = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One deployment."""

    modules: Mapping[str, Mapping[str, str]]
    """Address of a module (empty: the root) to the values of expressions in it."""
    variables: Mapping[str, str]
    """Of the root."""

    @property
    def arns(self) -> frozenset[str]:
        """What is there."""
        return frozenset(v for values in self.modules.values() for k, v in values.items() if k.endswith(".arn"))


def states_beside(folder: Path) -> tuple[State, ...]:
    """Return the deployments that files of a folder tell of; state and plan of one deployment are one."""
    found: list[State] = []
    for path in sorted(path for pattern in _PLACES for path in folder.glob(pattern)):
        if path.stat().st_size <= _SIZE_CAP and (state := parse_state(read_text(path))) is not None:
            same = [at for at, held in enumerate(found) if held.arns & state.arns]
            if same:
                found[same[0]] = _merged(found[same[0]], state)
            else:
                found.append(state)
    return tuple(found)


def parse_state(text: str) -> State | None:
    """Return what an output of `terraform show -json` or a state file tells, None where the text is neither."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    if not isinstance(value, dict) or "terraform_version" not in value:
        return None
    if value.get("version") == _RAW_VERSION and "lineage" in value:
        return _raw_state(value)
    if "format_version" not in value:
        return None
    modules: dict[str, dict[str, str]] = {}
    try:
        for part in (value.get("prior_state") or {}, value):
            for name in ("planned_values", "values"):
                if isinstance(part.get(name), dict):
                    _read_module(part[name].get("root_module") or {}, "", modules)
        variables = {f"var.{k}": str(v["value"]) for k, v in (value.get("variables") or {}).items() if _is_text(v)}
    except (KeyError, TypeError, AttributeError):
        return None
    return _state(modules, variables)


def _raw_state(value: Mapping[str, Any]) -> State | None:
    modules: dict[str, dict[str, str]] = {"": {}}
    try:
        for resource in value["resources"]:
            kind = str(resource["type"])
            start = "data." if resource["mode"] == "data" else ""
            values = modules.setdefault(resource.get("module", ""), {})
            for instance in resource["instances"]:
                # A deposed one is about to be destroyed.
                if "deposed" not in instance:
                    name = f"{start}{kind}.{resource['name']}{_index(instance.get('index_key'))}"
                    values.update(_naming(name, kind, instance.get("attributes") or {}))
    except (KeyError, TypeError, AttributeError):
        return None
    return _state(modules, {})


def _index(key: str | int | None) -> str:
    return "" if key is None else f"[{json.dumps(key)}]"


def _state(modules: Mapping[str, Mapping[str, str]], variables: Mapping[str, str]) -> State:
    where = _deployment(modules)
    return State(modules={name: {**where, **values} for name, values in modules.items()}, variables=variables)


def _read_module(module: Mapping[str, Any], address: str, modules: dict[str, dict[str, str]]) -> None:
    values = modules.setdefault(address, {})
    prefix = f"{address}." if address else ""
    for resource in module.get("resources", ()):
        name = str(resource["address"]).removeprefix(prefix)
        values.update(_naming(name, str(resource["type"]), resource.get("values") or {}))
    for child in module.get("child_modules", ()):
        _read_module(child, str(child["address"]), modules)


def _naming(name: str, kind: str, attributes: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that are kept, by expression."""
    kept = _NAMING | _kept_of(kind)
    return {f"{name}.{k}": v for k, v in attributes.items() if k in kept and isinstance(v, str) and v}


def _kept_of(kind: str) -> set[str]:
    """Attributes of a type that hold what it grants."""
    if kind.startswith("aws_iam_"):
        return _OF_IAM
    if kind == "aws_lambda_event_source_mapping":
        return {"event_source_arn"}
    return {"policy"} if kind.endswith("_policy") else set()


def _deployment(modules: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Where it is, where all that is known of it is in one account and region."""
    arns = [v.split(":", 5) for values in modules.values() for k, v in values.items() if k.endswith("arn")]
    parts = [arn for arn in arns if len(arn) == 6 and arn[0] == "arn"]
    found: dict[str, str] = {}
    for name, at in (("AWS::Partition", 1), ("AWS::Region", 3), ("AWS::AccountId", 4)):
        values = {arn[at] for arn in parts if arn[at] and arn[at] != "aws"} | (
            {"aws"} if at == 1 and any(arn[1] == "aws" for arn in parts) else set()
        )
        if len(values) == 1:
            found[name] = values.pop()
    for values_of in modules.values():
        for key, value in values_of.items():
            if key.startswith("data.aws_caller_identity.") and key.endswith(".account_id"):
                found["AWS::AccountId"] = value
    return found


def _is_text(variable: Mapping[str, Any]) -> bool:
    return isinstance(variable.get("value"), str | int) and not isinstance(variable.get("value"), bool)


def _merged(one: State, other: State) -> State:
    names: Iterator[str] = iter(sorted(one.modules.keys() | other.modules.keys()))
    return State(
        modules={n: {**one.modules.get(n, {}), **other.modules.get(n, {})} for n in names},
        variables={**one.variables, **other.variables},
    )
