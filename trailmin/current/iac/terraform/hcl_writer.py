"""New text in Terraform's configuration language: texts that stay data whatever they hold, values, statements.

Source: HCL native syntax specification, "Templates", and `terraform fmt` (hclwrite/format.go) for spaces.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from trailmin.current.iac.spelling import Hole, Spelling, joined
from trailmin.current.iac.splice import NotEditableError
from trailmin.current.iac.yaml_text import Raw

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_BEFORE_SEQUENCE = re.compile(r"\$(?=\$\$\{)")
_ONE_LINE = 110
"""Columns up to which a list stays on one line."""

Arguments = Mapping[str, Any]
"""Of a block: attributes by name, and blocks as a sequence of `Body` under the type's name."""

DOCUMENT_NAMES = {
    "Sid": "sid",
    "Effect": "effect",
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}
"""Elements of a statement, and their arguments in `aws_iam_policy_document`."""

PRINCIPAL_BLOCKS = {"Principal": "principals", "NotPrincipal": "not_principals"}
"""Elements of a statement that are blocks there, one for each kind of principals."""


def quoted(text: str) -> str:
    """Return a text in quotes; sequences of templates in it are escaped."""
    return spelled((text,))


def spelled(spelling: Spelling) -> str:
    """Return a text in quotes, holes as interpolations; a hole alone is its expression.

    Raises:
        NotEditableError: An expression goes over several lines.
    """
    if len(spelling) == 1 and isinstance(spelling[0], Hole):
        return _expression(spelling[0])
    return f'"{template(spelling, _escaped)}"'


def spelled_in_json(spelling: Spelling) -> str:
    """Return a text as JSON within a template, holes as interpolations."""
    return f'"{template(spelling, lambda text: json.dumps(text, ensure_ascii=False)[1:-1])}"'


def template(spelling: Spelling, escape: Any) -> str:
    """Return the inside of a text: literals escaped, holes as `${expression}`."""
    parts: list[str] = []
    for at, part in enumerate(spelling):
        if isinstance(part, Hole):
            parts.append(f"${{{_expression(part)}}}")
            continue
        text = as_data(escape(part))
        is_last = at + 1 == len(spelling)
        # A dollar sign before an interpolation would escape it.
        parts.append(f"{text[:-1]}\\u0024" if text.endswith("$") and not is_last else text)
    return "".join(parts)


def as_data(text: str) -> str:
    """Return a text, escaped as JSON or HCL, so that a template has no sequences in it."""
    text = text.replace("%{", "%%{").replace("${", "$${")
    return _BEFORE_SEQUENCE.sub(r"\\u0024", text)


def for_document(spelling: Spelling) -> Spelling:
    """Return a text as `aws_iam_policy_document` takes it: its policy variables are written `&{name}`.

    Raises:
        NotEditableError: It holds such a sequence as it is.
    """
    for part in spelling:
        if isinstance(part, str) and "&{" in part:
            raise NotEditableError(f"{part!r} holds '&{{', which the provider would take for a variable")
    return joined(part if isinstance(part, Hole) else part.replace("${", "&{") for part in spelling)


def value_lines(value: Any) -> list[str]:
    """Return a JSON value, as lines from column 0, aligned as `terraform fmt` does."""
    match value:
        case Raw():
            return [value.text]
        case str():
            return [quoted(value)]
        case Mapping():
            if not value:
                return ["{}"]
            return ["{", *(f"  {line}" for line in member_lines(value)), "}"]
        case bool() | int() | float() | None:
            return [json.dumps(value)]
        case _:
            return _list_lines(value)


def member_lines(members: Arguments, *, is_block: bool = False) -> list[str]:
    """Return the members of an object, or the arguments of a block, aligned."""
    lines: list[str] = []
    for name, value in members.items():
        key = name if is_block or _NAME.fullmatch(name) else quoted(name)
        first, *rest = value_lines(value)
        lines += [f"{key} = {first}", *rest]
    return aligned(lines)


def statement_lines(statement: Mapping[str, Any]) -> list[str]:
    """Return a statement's JSON as a block of `aws_iam_policy_document`.

    Texts are spelled as they are; `Raw` ones are put as they are. Order: as the JSON's.
    """
    arguments: dict[str, Any] = {}
    blocks: list[list[str]] = []
    for name, value in statement.items():
        if name in {"Principal", "NotPrincipal"}:
            blocks += _principal_blocks(name, value)
        elif name == "Condition":
            blocks += _condition_blocks(value)
        elif name in {"Sid", "Effect"}:
            arguments[DOCUMENT_NAMES[name]] = value
        else:
            texts = [value] if isinstance(value, str | Raw) else value
            in_document = name in {"Resource", "NotResource"}
            arguments[DOCUMENT_NAMES[name]] = [document_text(text) if in_document else text for text in texts]
    lines = member_lines(arguments, is_block=True)
    for block in blocks:
        lines += ["", *block]
    return ["statement {", *(f"  {line}" if line else "" for line in lines), "}"]


def document_text(text: str | Raw) -> Raw:
    """Return a text of a statement as `aws_iam_policy_document` takes it, in quotes."""
    return text if isinstance(text, Raw) else Raw(spelled(for_document((text,))))


def condition_lines(operator: str, key: str, values: Sequence[str | Raw]) -> list[str]:
    """Return a condition as a block of `aws_iam_policy_document`."""
    arguments = {"test": operator, "variable": key, "values": [document_text(value) for value in values]}
    return ["condition {", *(f"  {line}" for line in member_lines(arguments, is_block=True)), "}"]


def aligned(lines: Sequence[str]) -> list[str]:
    """Return lines with the equal signs of neighbouring one-line attributes under one another."""
    result: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(left) for left, _ in run), default=0)
        result.extend(f"{left.ljust(width)} = {right}" for left, right in run)
        run.clear()

    for line in lines:
        parts = attribute_line(line)
        if parts is None or (run and _indent(run[-1][0]) != _indent(line)):
            flush()
        if parts is None:
            result.append(line)
        else:
            run.append(parts)
    flush()
    return result


_ATTRIBUTE = re.compile(r'(\s*(?:[A-Za-z_][\w-]*|"(?:[^"\\]|\\.)*"))[ \t]*=(?![=>])[ \t]*(.*)')
_PIECE = re.compile(r'"(?:[^"\\$]|\\.|\$(?!\{)|\$\{[^}"]*\})*"|#.*|//.*|[\[({})\]]')


def attribute_line(line: str) -> tuple[str, str] | None:
    """Return both sides of a line that is one whole attribute; None where it is not, or goes on in the next."""
    found = _ATTRIBUTE.fullmatch(line)
    if found is None or not found[2]:
        return None
    marks = [mark for mark in _PIECE.findall(found[2]) if len(mark) == 1]
    opened = sum(1 if mark in "[({" else -1 for mark in marks)
    return None if opened or "<<" in found[2] else (found[1], found[2])


def _list_lines(values: Sequence[Any]) -> list[str]:
    items = [value_lines(value) for value in values]
    one_line = "[" + ", ".join(lines[0] for lines in items) + "]"
    if all(len(lines) == 1 for lines in items) and (len(items) <= 1 or len(one_line) <= _ONE_LINE // 2):
        return [one_line]
    lines = ["["]
    for inner in items:
        lines += [f"  {line}" for line in (*inner[:-1], f"{inner[-1]},")]
    return [*lines, "]"]


def _condition_blocks(conditions: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    return [
        condition_lines(operator, key, [values] if isinstance(values, str) else [_plain(value) for value in values])
        if not isinstance(values, bool | int | float)
        else condition_lines(operator, key, [_plain(values)])
        for operator, keys in conditions.items()
        for key, values in keys.items()
    ]


def _principal_blocks(name: str, principal: Any) -> list[list[str]]:
    kinds = {"*": "*"} if principal == "*" else dict(principal)
    texts = {kind: [values] if isinstance(values, str | Raw) else values for kind, values in kinds.items()}
    return [principal_lines(name, kind, [document_text(text) for text in values]) for kind, values in texts.items()]


def principal_lines(name: str, kind: str, identifiers: Sequence[Raw]) -> list[str]:
    """Return the principals of one kind as a block of `aws_iam_policy_document`."""
    arguments = {"type": kind, "identifiers": identifiers}
    block = PRINCIPAL_BLOCKS[name]
    return [f"{block} {{", *(f"  {line}" for line in member_lines(arguments, is_block=True)), "}"]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04X}", text)


def _expression(hole: Hole) -> str:
    expression = hole.expression or ""
    if not expression or "\n" in expression:
        raise NotEditableError("a value is computed over several lines, and would have to be narrowed")
    return expression


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def inline(value: Any) -> str:
    """Return a JSON value on one line."""
    match value:
        case Mapping():
            inner = ", ".join(f"{n if _NAME.fullmatch(n) else quoted(n)} = {inline(v)}" for n, v in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case Raw() | str() | bool() | int() | float() | None:
            return value_lines(value)[0]
        case _:
            return "[" + ", ".join(inline(item) for item in value) + "]"


def list_text(texts: Sequence[str], *, column: int, indent: str, unit: str, newline: str) -> str:
    """Return a list of texts that are spelled already: on one line where that ends before column 110."""
    one_line = f"[{', '.join(texts)}]"
    if len(texts) == 1 or column + len(one_line) <= _ONE_LINE:
        return one_line
    return newline.join(["[", *(f"{indent}{unit}{text}," for text in texts), f"{indent}]"])
