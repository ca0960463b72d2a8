"""Edits of a function's permission in HCL: of the arguments that make its statement; of several, each a resource.

Source: registry documentation of hashicorp/aws, aws_lambda_permission: one principal, one action, one source.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trailmin.current.iac.spelling import KnownPrefix, SpelledItem, Spelling, respell, text_of
from trailmin.current.iac.splice import NotEditableError, SourceText, Splice, spliced
from trailmin.current.iac.terraform.hcl_tree import Block
from trailmin.current.iac.terraform.hcl_writer import aligned, member_lines, quoted, spelled
from trailmin.current.iac.terraform.listing_edit import line_indent
from trailmin.current.iac.terraform.module import Module
from trailmin.current.iac.terraform.paste import statements_after
from trailmin.current.iac.terraform.policies import TerraformPolicy
from trailmin.current.iac.terraform.references import known_prefixes
from trailmin.current.iac.terraform.resource_policies import PERMISSION, PERMISSION_CONDITIONS
from trailmin.current.iac.yaml_text import Raw
from trailmin.current.source_edit import SourceChange
from trailmin.policy import Principals, Statement, StatementSpec, edit_statement

_ARGUMENTS = {condition: name for name, condition in PERMISSION_CONDITIONS.items()}
_COMMENT_LINE = re.compile(r"^[ \t]*(?:#|//)[^\n]*\n", re.MULTILINE)


def edited_permission(
    source: SourceText, policy: TerraformPolicy, statement: Statement, parts: Sequence[StatementSpec], module: Module
) -> tuple[list[Splice], Mapping[str, Statement]]:
    """Return the replacements that make the parts of a permission, and address to what each stands for.

    Raises:
        NotEditableError: A part is no permission.
    """
    block = policy.block
    known = known_prefixes(module)
    first, *others = [_arguments(edit_statement(statement, spec), statement, policy, known) for spec in parts]
    label = block.labels[1]
    meant = {policy.place.address: first[1]}
    copies: list[str] = []
    for number, (arguments, written) in enumerate(others, start=2):
        new = _unused(module, f"{label}_{number}", meant)
        sid = block.get("statement_id")
        named = {"statement_id": quoted(written.sid or new)} if sid is not None else {}
        meant[f"{PERMISSION}.{new}"] = written if named else replace(written, sid=new)
        copies.append(_COMMENT_LINE.sub("", _edited(source, block, {**arguments, **named}, label=new)))
    indent = line_indent(source, block.start)
    text = (source.newline * 2 + indent).join([_edited(source, block, first[0]), *copies])
    return [Splice(start=block.start, end=block.end, new=text)], meant


def _arguments(
    edited: Statement, statement: Statement, policy: TerraformPolicy, known: Sequence[KnownPrefix]
) -> tuple[dict[str, str], Statement]:
    """Argument to its new text, of those that differ, and what is written then."""
    (principal, kind), action = _single(edited)
    texts: dict[str, str] = {}
    if edited.actions != statement.actions:
        texts["action"] = quoted(action)
    if edited.principals != statement.principals:
        (place,) = policy.place.statements
        items: Sequence[SpelledItem] = next((e.items for n, e in place.elements.items() if n.startswith("Prin")), ())
        (entry, *_) = respell((principal,), items, known)
        spelling: Spelling = items[entry.kept].spellings[0] if entry.kept is not None else entry.spelling
        texts["principal"] = spelled(spelling)
        edited = replace(edited, principals=(Principals(kind=kind, values=(text_of(spelling),)),))
    held = {(c.operator, c.key) for c in statement.conditions}
    for condition in edited.conditions:
        if (condition.operator, condition.key) not in held:
            name = _argument(condition.operator, condition.key, condition.values)
            if policy.block.get(name) is not None:
                raise NotEditableError(f"its {name} is not known")
            texts[name] = spelled(respell(condition.values, (), known)[0].spelling)
    return texts, edited


def _single(statement: Statement) -> tuple[tuple[str, str], str]:
    """The one principal with its kind, and the one action."""
    values = [(value, group.kind) for group in statement.principals for value in group.values]
    if len(values) != 1 or len(statement.actions) != 1:
        raise NotEditableError("a permission has one principal and one action")
    return values[0], statement.actions[0]


def _argument(operator: str, key: str, values: Sequence[str]) -> str:
    name = _ARGUMENTS.get((operator, key))
    if name is None or len(values) != 1:
        raise NotEditableError(f"a permission has no {key} of this form")
    return name


def _edited(source: SourceText, block: Block, arguments: Mapping[str, str], label: str | None = None) -> str:
    """The resource's text with other arguments, in line where they were; under another label."""
    splices = _changes(source, block, arguments)
    if label is not None:
        at = source.text.rindex(block.labels[1], block.start, block.open)
        splices.append(Splice(start=at, end=at + len(block.labels[1]), new=label))
    old, new = source.text[block.start : block.end], spliced(source.text, splices, block.start, block.end)
    return _aligned(new) if _aligned(old) == old else new


def _aligned(text: str) -> str:
    return "\n".join(aligned(text.split("\n")))


def _changes(source: SourceText, block: Block, arguments: Mapping[str, str]) -> list[Splice]:
    splices: list[Splice] = []
    added: list[str] = []
    for name, text in arguments.items():
        node = block.get(name)
        if node is not None:
            splices.append(Splice(start=node.start, end=node.end, new=text))
        else:
            added.append(f"{name} = {text}")
    if added:
        last = max(block.members, key=lambda member: member.end)
        if not source.owns_lines(last.key_start):
            raise NotEditableError("the permission stands on one line")
        indent = line_indent(source, last.key_start)
        at = source.line_end(last.end)
        lines = "".join(f"{indent}{line}{source.newline}" for line in added)
        splices.append(Splice(start=at, end=at, new=lines))
    return splices


def _unused(module: Module, label: str, taken: Iterable[str]) -> str:
    while f"{PERMISSION}.{label}" in module.blocks or f"{PERMISSION}.{label}" in taken:
        label = f"{label}_"
    return label


def pasted_permission(change: SourceChange, policy: TerraformPolicy, module: Module) -> str:
    """Return the statements after a change as permissions to paste.

    Raises:
        NotEditableError: One of them is no permission.
    """
    known = known_prefixes(module)
    node = policy.block.get("function_name")
    function = Raw(policy.block_file.text[node.start : node.end]) if node is not None else Raw('""')
    texts: list[str] = []
    for number, (statement, _) in enumerate(statements_after(change), start=1):
        (principal, _), action = _single(statement)
        arguments: dict[str, object] = {"action": action, "function_name": function, "principal": principal}
        for condition in statement.conditions:
            name = _argument(condition.operator, condition.key, condition.values)
            arguments[name] = Raw(spelled(respell(condition.values, (), known)[0].spelling))
        label = policy.block.labels[1] if number == 1 else f"{policy.block.labels[1]}_{number}"
        lines = aligned([f"  {line}" for line in member_lines(arguments, is_block=True)])
        texts.append("\n".join([f'resource "{PERMISSION}" {quoted(label)} {{', *lines, "}", ""]))
    return "\n".join(texts)
