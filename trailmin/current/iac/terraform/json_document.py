"""Policy documents in JSON: in a heredoc, where interpolations fill parts of texts, and in a file of its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from trailmin.current.iac.dialect import Style, UnreadableError
from trailmin.current.iac.spelling import Hole, KnownPrefix, Spelling, joined
from trailmin.current.iac.splice import SourceText
from trailmin.current.iac.statements import StatementPlace, read_statements
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Interpolation, Template
from trailmin.current.iac.terraform.hcl_writer import spelled_in_json
from trailmin.current.iac.terraform.module import ModuleFile
from trailmin.current.iac.terraform.references import known_prefixes
from trailmin.current.iac.terraform.values import as_hole
from trailmin.current.iac.tree import SourceNode, from_json
from trailmin.errors import PolicyError
from trailmin.policy.json_text import read_json

_MASK = "\ue000"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonDialect:
    """One document in JSON and all that is known of it; a `Dialect`."""

    source: SourceText
    root: SourceNode
    scope: Scope
    holes: tuple[Interpolation, ...]
    is_template: bool

    @classmethod
    def of(cls, template: Template, scope: Scope) -> "JsonDialect":
        """Return the dialect of a heredoc.

        Raises:
            UnreadableError: It is not JSON, but for interpolations within texts.
        """
        text = scope.file.text
        holes = tuple(part for part in template.parts if isinstance(part, Interpolation))
        if any(hole.expression is None for hole in holes):
            raise UnreadableError("the document is computed by a directive")
        masked = text[: template.body_end]
        for hole in holes:
            masked = masked[: hole.start] + _MASK * (hole.end - hole.start) + masked[hole.end :]
        # What stands before it is white space to JSON, so that places are the file's.
        masked = " " * template.body_start + masked[template.body_start :]
        return cls(source=SourceText(text=text), root=_json(masked), scope=scope, holes=holes, is_template=True)

    @classmethod
    def plain(cls, file: ModuleFile, scope: Scope) -> "JsonDialect":
        """Return the dialect of a file of JSON, which `file` reads as it is.

        Raises:
            UnreadableError: It is not JSON.
        """
        here = scope.within(file)
        return cls(source=SourceText(text=file.text), root=_json(file.text), scope=here, holes=(), is_template=False)

    @property
    def known(self) -> Sequence[KnownPrefix]:
        """Physical ARNs that the text can refer to; see `Dialect`."""
        return known_prefixes(self.scope.module) if self.is_template else ()

    def branches(self, node: SourceNode) -> tuple[SourceNode, ...]:
        """Return the value itself; see `Dialect`."""
        return (node,)

    def spellings(self, node: SourceNode) -> tuple[Spelling, ...]:
        """Return the text of a value; see `Dialect`."""
        if node.value is None:
            raise UnreadableError("a text is missing, or is a list or an object")
        if not node.quote:
            return ((node.value,),)
        parts: list[str | Hole] = []
        at, text = node.start + 1, self.source.text
        for hole in self.holes:
            if hole.start < node.start or hole.end > node.end or hole.expression is None:
                continue
            parts.append(self._literal(text[at : hole.start]))
            expression = text[hole.expression.start : hole.expression.end]
            parts.append(as_hole(self.scope.value(hole.expression), expression))
            at = hole.end
        parts.append(self._literal(text[at : node.end - 1]))
        return (joined(parts) or ("",),)

    def _literal(self, raw: str) -> str:
        if self.is_template:
            raw = raw.replace("$${", "${").replace("%%{", "%{")
        try:
            return str(json.loads(f'"{raw}"'))
        except json.JSONDecodeError as error:
            raise UnreadableError("an interpolation stands within an escape") from error

    def write(self, spelling: Spelling, style: Style) -> str:
        """Return the text of a value; see `Dialect`."""
        if not self.is_template:
            return json.dumps("".join(part for part in spelling if isinstance(part, str)), ensure_ascii=False)
        return spelled_in_json(spelling)

    def nothing(self, style: Style) -> str | None:
        """Return None: JSON has no such thing; see `Dialect`."""
        return None


def read_json_document(dialect: JsonDialect) -> tuple[str | None, tuple[StatementPlace, ...]]:
    """Return version and statements of a document.

    Raises:
        UnreadableError: A part of it is computed.
    """
    statements, version = dialect.root.get("Statement"), dialect.root.get("Version")
    if statements is None:
        raise UnreadableError("the document has no Statement")
    return (version.value if version is not None else None), read_statements(statements, dialect)


def _json(text: str) -> SourceNode:
    try:
        node = from_json(read_json(text))
    except PolicyError as error:
        raise UnreadableError(f"the document is no JSON: {error.message}") from error
    for value in node.descendants():
        if not value.quote and value.value is not None and _MASK in value.value:
            raise UnreadableError("a value that is no text is computed")
    return node
