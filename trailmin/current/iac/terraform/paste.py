"""Statements as Terraform's text, to be put by hand or into a new policy."""

from collections.abc import Sequence
from typing import Any

from trailmin.current.iac.spelling import KnownPrefix, SpelledItem, Spelling, respell
from trailmin.current.iac.terraform.hcl_writer import for_document, spelled, statement_lines, value_lines
from trailmin.current.iac.terraform.module import Module
from trailmin.current.iac.terraform.policies import TerraformPolicy
from trailmin.current.iac.terraform.references import known_prefixes
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.iac.yaml_text import Raw
from trailmin.current.source_edit import SourceChange
from trailmin.policy import RemoveStatement, ReplaceStatement, Statement, edit_statement, statement_to_json


def statements_after(change: SourceChange) -> tuple[tuple[Statement, int], ...]:
    """Return the statements after a change's edits, each with the index of the one that it was made of."""
    by_index = {edit.index: edit for edit in change.edits}
    found: list[tuple[Statement, int]] = []
    for statement in change.policy.policy.statements:
        match by_index.get(statement.index):
            case ReplaceStatement(parts=parts):
                found += [(edit_statement(statement, spec), statement.index) for spec in parts]
            case RemoveStatement():
                continue
            case None:
                found.append((statement, statement.index))
    return tuple(found)


def pasted(change: SourceChange, policy: TerraformPolicy | None, module: Module) -> str:
    """Return a change's statements as blocks of `aws_iam_policy_document`, or as items of what `jsonencode` takes.

    Raises:
        NotEditableError: A text cannot be spelled there.
    """
    places = policy.place.statements if policy is not None else ()
    is_object = policy is not None and policy.document is not None and not policy.document.is_blocks
    known = known_prefixes(module)
    parts: list[str] = []
    for statement, index in statements_after(change):
        place = places[index] if index < len(places) else None
        inner = isinstance(place, TerraformStatement) and (place.reason or policy is None or policy.place.refusal)
        element = None
        if place is not None and not inner:
            element = place.elements.get("Resource") or place.elements.get("NotResource")
        items = element.items if element is not None else ()
        value = statement_value(statement, items, known, in_document=not is_object)
        lines = value_lines(value) if is_object else statement_lines(value)
        parts.append("\n".join(lines) + (",\n" if is_object else "\n"))
    return ("" if is_object else "\n").join(parts)


def statement_value(
    statement: Statement, items: Sequence[SpelledItem], known: Sequence[KnownPrefix], *, in_document: bool
) -> dict[str, Any]:
    """Return a statement as a value to print, its resources with the module's references."""
    document = dict(statement_to_json(statement))
    for name, values in (("Resource", statement.resources), ("NotResource", statement.not_resources)):
        if values:
            spellings: list[Spelling] = []
            for entry in respell(values, items, known):
                spellings += items[entry.kept].spellings if entry.kept is not None else (entry.spelling,)
            texts = [Raw(spelled(for_document(s) if in_document else s)) for s in dict.fromkeys(spellings)]
            document[name] = texts[0] if len(texts) == 1 and name in statement.scalars else texts
    return document
