"""New texts written with a template's references: a literal only where nothing refers."""

import json
import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field, replace

from trailmin.current.iac.cloudformation.dependencies import dependents_of
from trailmin.current.iac.cloudformation.intrinsics import NO_VALUE, SUBSTITUTED, TemplateValues
from trailmin.current.iac.cloudformation.resource_types import ResourceType
from trailmin.current.iac.dialect import Style
from trailmin.current.iac.functions import intrinsic
from trailmin.current.iac.spelling import Hole, KnownPrefix, Part, Spelling, holes_of, joined, text_of
from trailmin.current.iac.splice import NotEditableError
from trailmin.current.iac.yaml_text import scalar_text

_QUOTE = '"'


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDialect(TemplateValues):
    """One template and all that is known of it; a `Dialect`."""

    is_long: bool = field(init=False)
    """Whether the template spells its functions in full."""
    known: tuple[KnownPrefix, ...] = field(init=False)

    def __post_init__(self) -> None:
        nodes = list(self.whole.descendants())
        full = any(node.members and intrinsic(node) for node in nodes)
        object.__setattr__(self, "is_long", full and all(node.tag is None for node in nodes))
        known = sorted(self._known(), key=lambda prefix: (-len(prefix.value), str(prefix.spelling)))
        object.__setattr__(self, "known", tuple(known))

    def within(self, address: str, *, literal: bool = False) -> "TemplateDialect":
        """Return the dialect for a place in the template, where what depends on the place is not referred to.

        With `literal`, nothing is referred to that the place does not refer to already.
        """
        barred = dependents_of(self.template.get("Resources"), address)
        inner = copy(self)
        known = (prefix for prefix in self.known if not literal and not barred & _named(prefix.spelling))
        object.__setattr__(inner, "known", tuple(known))
        return inner

    # --- what can be referred to

    def _known(self) -> Iterable[KnownPrefix]:
        account = self.reference("AWS::AccountId")
        if account.value is not None:
            yield KnownPrefix(value=account.value, spelling=(account,))
        resources = self.template.get("Resources")
        for member in (resources.members if resources is not None else None) or ():
            kind = self.resource_type(member.name)
            if kind is None or member.name.startswith("Fn::"):
                continue
            arn = self.arn_of(member.name, kind)
            if "*" in arn or "?" in arn.removesuffix("-??????"):
                arn = self.arn_of(member.name, kind).removesuffix(":*")
            if "*" in arn or "?" in arn:
                continue
            yield from self._prefixes(member.name, kind, arn)

    def _prefixes(self, name: str, kind: ResourceType, arn: str) -> Iterable[KnownPrefix]:
        if kind.arn_by:
            expression = name if kind.arn_by == "Ref" else f"{name}.{kind.arn_by}"
            whole = self.arn_of(name, kind)
            yield KnownPrefix(value=whole, spelling=(Hole(expression=expression, value=whole),))
        if not kind.arn_by or kind.arn.endswith(":*"):
            pieces = re.split(r"\{([pran])\}", kind.arn.removesuffix(":*"))
            names = {"p": "AWS::Partition", "r": "AWS::Region", "a": "AWS::AccountId", "n": name}
            parts: list[Part] = [self.reference(names[piece]) if at % 2 else piece for at, piece in enumerate(pieces)]
            if text_of(joined(parts)) == arn:
                yield KnownPrefix(value=arn, spelling=joined(parts))

    # --- writing

    def write(self, spelling: Spelling, style: Style) -> str:
        """Return the text of a value; see `Dialect`."""
        holes = [hole for hole in holes_of(spelling) if not hole.verbatim]
        if not holes:
            return scalar_text(self._plain(spelling), quote=style.quote, is_json=style.is_json)
        if len(spelling) == 1 and holes[0].expression is not None:
            return self._single(holes[0].expression, style)
        text = "".join(self._in_sub(part) for part in spelling)
        if any(hole.expression is None for hole in holes) or not self._says(text, spelling):
            return self._call("Join", self._joined_arguments(spelling, style), style)
        return self._call("Sub", scalar_text(text, quote=style.quote or '"', is_json=style.is_json), style)

    def _says(self, text: str, spelling: Spelling) -> bool:
        """Whether a text to substitute in stands for the spelling; a stray brace of a name may swallow a variable."""
        read = self.substituted(text, {})
        return len(read) == 1 and [_written(part) for part in read[0]] == [_written(part) for part in spelling]

    def nothing(self, style: Style) -> str:
        """Return a reference to AWS::NoValue; see `Dialect`."""
        return self._single(NO_VALUE, style)

    def escape(self, literal: str) -> str:
        """Return a literal as plain texts of the format write it."""
        return literal

    def _plain(self, spelling: Spelling) -> str:
        return "".join(self.escape(part) if isinstance(part, str) else part.verbatim for part in spelling)

    def _in_sub(self, part: Part) -> str:
        if isinstance(part, str):
            return SUBSTITUTED.sub(r"${!\1\2}", self.escape(part))
        return part.verbatim or f"${{{part.expression}}}"

    def _single(self, expression: str, style: Style) -> str:
        if "." not in expression:
            text = scalar_text(expression, is_json=style.is_json)
            return self._call("Ref", text, style)
        name, _, attribute = expression.partition(".")
        if style.is_json or self.is_long:
            return self._call("GetAtt", f"[{json.dumps(name)}, {json.dumps(attribute)}]", style)
        return self._call("GetAtt", expression, style)

    def _joined_arguments(self, spelling: Spelling, style: Style) -> str:
        inner = replace(style, is_flow=True, quote='"')
        texts: list[str] = []
        for part in spelling:
            if isinstance(part, str):
                texts.append(scalar_text(self.escape(part), quote=_QUOTE, is_json=style.is_json))
            elif part.expression is None and not part.verbatim:
                if not part.source:
                    raise NotEditableError("a value is computed over several lines, and would have to be narrowed")
                texts.append(part.source)
            else:
                texts.append(self.write((part,), inner))
        return f'["", [{", ".join(texts)}]]'

    def _call(self, function: str, argument: str, style: Style) -> str:
        if not style.is_json and not self.is_long:
            return f"!{function} {argument}"
        name = "Ref" if function == "Ref" else f"Fn::{function}"
        return f'{{"{name}": {argument}}}'


def _named(spelling: Spelling) -> set[str]:
    return {(hole.expression or "").partition(".")[0] for hole in holes_of(spelling)}


def _written(part: Part) -> str:
    return part if isinstance(part, str) else f"\0{part.verbatim or part.expression}"
