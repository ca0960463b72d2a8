"""SAM's policy templates and connector profiles, as statements."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.spelling import Hole, SpelledItem, Spelling, joined, numbering, variables_for_unknown
from trailmin.current.iac.statements import LISTS, Element, StatementPlace

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_PROPERTY = re.compile(r"%\{([^}]*)\}")


@cache
def _table() -> dict[str, Any]:
    text = Path(__file__).with_name("sam_policies.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def template_names() -> frozenset[str]:
    """Return the names of all policy templates."""
    return frozenset(_table()["templates"])


def parameters_of(name: str) -> frozenset[str]:
    """Return the names of a policy template's parameters."""
    return frozenset(_table()["templates"][name]["parameters"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorAccess:
    """What a connector grants."""

    is_of_source: bool
    """Whether the source's role gets it, else the destination's."""
    statements: Sequence[Mapping[str, Any]]


def connector_access(source: str, destination: str, access: Sequence[str]) -> ConnectorAccess | None:
    """Return what a connector between resources of two types grants a role; None where it grants none."""
    types = [kind.replace("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table") for kind in (source, destination)]
    for name, plain in (("Function", "AWS::Lambda::Function"), ("StateMachine", "AWS::StepFunctions::StateMachine")):
        types = [plain if kind == f"AWS::Serverless::{name}" else kind for kind in types]
    entry = _table()["connectors"].get(" ".join(types))
    if entry is None:
        return None
    statements = [s for name in access for s in entry["access"].get(name, ())]
    return ConnectorAccess(is_of_source=entry["of"] == "source", statements=statements)


def template_statements(
    name: str, parameters: Mapping[str, Spelling], dialect: TemplateDialect
) -> tuple[StatementPlace, ...]:
    """Return the statements of a policy template whose parameters have these spellings."""

    def spell(value: object) -> Spelling:
        match value:
            case {"Ref": str(parameter)}:
                return parameters.get(parameter, (Hole(expression=None),))
            case {"Fn::Sub": [str(text), dict(variables)]}:
                return _substituted(text, {key: spell(inner) for key, inner in variables.items()}, dialect)
            case {"Fn::Sub": str(text)}:
                return _substituted(text, {}, dialect)
            case _:
                return joined((str(value),))

    return tuple(_statement(entry, spell) for entry in _table()["templates"][name]["statements"])


def connector_statements(access: ConnectorAccess, properties: Mapping[str, Spelling]) -> tuple[StatementPlace, ...]:
    """Return a connector's statements; `properties` has spellings by `Destination.Arn` and so on."""

    def spell(value: object) -> Spelling:
        text = value["Fn::Sub"] if isinstance(value, dict) and isinstance(value.get("Fn::Sub"), str) else str(value)
        return joined(
            part
            for at, piece in enumerate(_PROPERTY.split(text))
            for part in (properties.get(piece, (Hole(expression=None),)) if at % 2 else (piece,))
        )

    return tuple(_statement(entry, spell) for entry in access.statements)


def _statement(entry: Mapping[str, Any], spell: Callable[[object], Spelling]) -> StatementPlace:
    elements: dict[str, Element] = {}
    document: dict[str, Any] = {}
    for name, value in entry.items():
        if name in LISTS:
            items = tuple(SpelledItem(node=None, spellings=(spell(v),)) for v in _listed(value))
            elements[name] = Element(node=None, items=items)
            document[name] = list(elements[name].texts) if isinstance(value, list) else elements[name].texts[0]
        elif name == "Condition":
            document[name] = _conditions(value, spell)
        else:
            document[name] = value
    return StatementPlace(node=None, elements=elements, json=document)


def _conditions(value: Mapping[str, Mapping[str, object]], spell: Callable[[object], Spelling]) -> dict[str, Any]:
    number = numbering()
    return {
        operator: {key: variables_for_unknown(spell(inner), number) for key, inner in keys.items()}
        for operator, keys in value.items()
    }


def _substituted(text: str, variables: Mapping[str, Spelling], dialect: TemplateDialect) -> Spelling:
    return joined(_parts(text, variables, dialect))


def _parts(text: str, variables: Mapping[str, Spelling], dialect: TemplateDialect) -> Iterator[str | Hole]:
    for at, piece in enumerate(_VARIABLE.split(text)):
        if at % 2 == 0:
            yield piece
        elif piece in variables:
            yield from variables[piece]
        else:
            yield dialect.reference(piece)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]
