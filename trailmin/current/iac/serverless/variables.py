"""Variables of the Serverless Framework: `${self:custom.table}`, `${opt:stage, 'dev'}`, `${aws:accountId}`.

Source: Serverless Framework documentation, "Variables". Of files, YAML and JSON of the repository are read for texts;
scripts, environments and other stacks never are: what they hold is unknown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trailmin.current.iac.cloudformation.intrinsics import Texts
from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.functions import intrinsic
from trailmin.current.iac.serverless.files import read_beside
from trailmin.current.iac.spelling import Hole, Spelling, holes_of, joined, known_text, text_of
from trailmin.current.iac.splice import NotEditableError
from trailmin.current.iac.tree import SourceNode
from trailmin.current.source import DocumentPath

_VARIABLE = re.compile(r"[A-Za-z][\w-]*(?::(?!:)|\()")
"""How the content of a variable starts; CloudFormation's `AWS::Region` and policies' own variables do not."""

_POLICY_VARIABLE = re.compile(r"aws:(?!accountId\b|region\b)")
_FILE = re.compile(r"file\(([^()]+)\)(?::(.+))?")
_DEPTH_CAP = 20
_PSEUDO = {"aws:accountId": "AWS::AccountId", "aws:region": "AWS::Region"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerlessDialect(TemplateDialect):
    """One `serverless.yml`; its `template` is what stands under `resources`."""

    document: SourceNode
    """The whole file."""
    place: DocumentPath
    """Where it is."""

    @property
    def whole(self) -> SourceNode:
        """The document whose style is followed."""
        return self.document

    def text_parts(self, text: str) -> Spelling:
        """Return the parts of a plain text, its variables as holes that keep their spelling."""
        return joined(self._parts(text, 0))

    def escape(self, literal: str) -> str:
        """Return a literal as it is; one that the framework would take for a variable is not written at all.

        Raises:
            NotEditableError: It holds a variable: names from logs are data.
        """
        if holes_of(self.text_parts(literal)):
            raise NotEditableError("a resource's name holds what the framework would take for a variable")
        return literal

    def spellings(self, node: SourceNode) -> Texts:
        """Return the texts that a value stands for; a variable may stand for a list of them."""
        if intrinsic(node) is None and node.value is not None:
            found = [hole for hole in holes_of(self.text_parts(node.value)) if hole.verbatim == node.value]
            target = self.target(found[0].verbatim[2:-1]) if found else None
            if target is not None and not target.is_scalar:
                return self._of_list(node, target)
        # The parent is named: a class with slots is made anew, which leaves `super()` without its class.
        return TemplateDialect.spellings(self, node)

    def _of_list(self, node: SourceNode, target: SourceNode) -> Texts:
        if intrinsic(target) is not None:
            texts = TemplateDialect.spellings(self, target)
        elif target.items is not None:
            texts = tuple(spelling for item in target.items for spelling in self.spellings(item))
        else:
            raise UnreadableError("a variable stands for a mapping")
        return tuple(
            (Hole(expression=None, verbatim=node.value or "", value=_known(spelling), pattern=text_of(spelling)),)
            for spelling in texts
        )

    def branches(self, node: SourceNode) -> tuple[SourceNode, ...]:
        """Return what a value may be; one that a variable brings in from elsewhere is computed."""
        if self.elsewhere(node) is not None:
            raise UnreadableError(f"it stands elsewhere ({node.value})")
        return TemplateDialect.branches(self, node)

    def elsewhere(self, node: SourceNode) -> SourceNode | None:
        """Return the list or mapping that a value is a variable for; None where it is none, or it is not known."""
        if node.value is None or node.tag is not None or not self._is_variable(node.value):
            return None
        target = self.target(node.value[2:-1])
        return target if target is not None and not target.is_scalar else None

    def _is_variable(self, text: str) -> bool:
        parts = self.text_parts(text)
        return len(parts) == 1 and isinstance(parts[0], Hole)

    def _parts(self, text: str, depth: int) -> Iterator[str | Hole]:
        at = 0
        while (start := text.find("${", at)) >= 0:
            end = _closing(text, start)
            content = text[start + 2 : end - 1]
            if end == 0 or not _VARIABLE.match(content.strip()) or _POLICY_VARIABLE.match(content.strip()):
                yield text[at : start + 2]
                at = start + 2
                continue
            yield text[at:start]
            yield Hole(expression=content, verbatim=text[start:end], value=self._value(content, depth + 1))
            at = end
        yield text[at:]

    def _value(self, content: str, depth: int) -> str | None:
        """What a variable stands for, where it is known and a text."""
        resolved = self._resolved(content, depth)
        if resolved is None:
            return None
        if isinstance(resolved, str):
            return resolved
        if resolved.value is None or resolved.tag is not None:
            return None
        return _known(joined(self._parts(resolved.value, depth)))

    def target(self, content: str) -> SourceNode | None:
        """Return the value of the file that a variable stands for."""
        resolved = self._resolved(content, 0)
        return resolved if isinstance(resolved, SourceNode) else None

    def _resolved(self, content: str, depth: int) -> SourceNode | str | None:
        if depth > _DEPTH_CAP:
            return None
        plain = _known(joined(self._parts(content, depth)))
        if plain is None:
            return None
        for source in _alternatives(plain):
            found, is_final = self._from(source)
            if found is not None or is_final:
                return found
        return None

    def _from(self, source: str) -> tuple[SourceNode | str | None, bool]:
        """What one source of a variable gives, and whether the next is not asked where it gives nothing."""
        if source[:1] in {"'", '"'}:
            return source[1:-1], True
        if (file := _FILE.fullmatch(source)) is not None:
            root = read_beside(self.place, file[1].strip("'\" "))
            # A file that is not here may be where it is deployed from: its default need not be in use.
            return (root.walk(*file[2].split(".")) if root is not None and file[2] else root), root is None
        kind, _, name = source.partition(":")
        if kind == "self":
            return self.document.walk(*name.split(".")), False
        value = self.values.get(_PSEUDO.get(source, source))
        return value, not (kind in {"opt", "param"} and self._are_options_known)

    @property
    def _are_options_known(self) -> bool:
        """Whether the options of the deployment were given, so that others have their defaults."""
        return any(expression.startswith("opt:") for expression in self.values)


def _closing(text: str, start: int) -> int:
    """The place behind the brace that closes the one of a variable; 0 where none does."""
    depth, at = 0, start
    while at < len(text):
        if text.startswith("${", at):
            depth += 1
            at += 2
            continue
        if text[at] == "}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return 0


def _alternatives(content: str) -> list[str]:
    """The sources of a variable, in order: what stands between its commas, quotes and brackets kept whole."""
    return [part.strip() for part in re.findall(r"""(?:'[^']*'|"[^"]*"|\([^)]*\)|[^,])+""", content)]


def _known(spelling: Spelling) -> str | None:
    return known_text([spelling])
