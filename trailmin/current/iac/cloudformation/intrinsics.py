"""Intrinsic functions: what they stand for, and how new texts are written with them.

Source: CloudFormation template reference, "Intrinsic function reference" and "Pseudo parameters reference". Nothing is
run: a macro, a transform or a loop is said to be computed.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from trailmin.current.iac.cloudformation.resource_types import (
    RESOURCE_TYPES,
    Deployment,
    ResourceType,
    name_of,
)
from trailmin.current.iac.dialect import Style, UnreadableError
from trailmin.current.iac.spelling import Hole, KnownPrefix, Part, Spelling, holes_of, joined, text_of
from trailmin.current.iac.splice import NotEditableError, SourceText
from trailmin.current.iac.tree import SourceNode
from trailmin.current.iac.yaml_text import scalar_text

_NO_VALUE = "AWS::NoValue"
_NAMES = {"AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::StackName"}
_COMPUTED = {"Fn::Transform", "Fn::ForEach", "Fn::ToJsonString"}
_SHORT = {"!Ref": "Ref", "!Condition": "Condition"}
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_ALTERNATIVES_CAP = 32
_QUOTE = '"'

Texts = tuple[Spelling, ...]


def intrinsic(node: SourceNode) -> tuple[str, SourceNode] | None:
    """Return the name in full and the argument of the intrinsic function that a value is, None where it is none."""
    if node.tag is not None:
        if not node.tag.startswith("!") or node.tag.startswith("!!"):
            return None
        return _SHORT.get(node.tag, f"Fn::{node.tag[1:]}"), replace(node, tag=None)
    if node.members is not None and len(node.members) == 1:
        member = node.members[0]
        if member.name == "Ref" or member.name.startswith("Fn::"):
            return member.name, member.value
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDialect:
    """One template and all that is known of it; a `Dialect`."""

    source: SourceText
    template: SourceNode
    values: Mapping[str, str]
    """Expression to what it stands for: physical ids, parameters, pseudo parameters."""
    is_long: bool = field(init=False)
    """Whether the template spells its functions in full."""
    known: tuple[KnownPrefix, ...] = field(init=False)
    deployment: Deployment = field(init=False)

    def __post_init__(self) -> None:
        used = [node.tag for node in self.whole.descendants() if node.tag is not None]
        full = any(node.members and intrinsic(node) for node in self.whole.descendants())
        object.__setattr__(self, "is_long", full and not used)
        value = self.values.get
        object.__setattr__(
            self,
            "deployment",
            Deployment(
                partition=value("AWS::Partition", "*"),
                region=value("AWS::Region", "*"),
                account=value("AWS::AccountId", "*"),
            ),
        )
        object.__setattr__(self, "known", tuple(sorted(self._known(), key=lambda k: (-len(k.value), str(k.spelling)))))

    @property
    def whole(self) -> SourceNode:
        """The document whose style is followed."""
        return self.template

    # --- reading

    def branches(self, node: SourceNode) -> tuple[SourceNode, ...]:
        """Return what a value may be; see `Dialect`."""
        found = intrinsic(node)
        if found is None:
            return (node,)
        name, argument = found
        if name in _COMPUTED or name.startswith("Fn::ForEach"):
            raise UnreadableError(f"it is computed by {name}")
        if name == "Ref" and argument.value == _NO_VALUE:
            return ()
        if name != "Fn::If":
            return (node,)
        condition, yes, no = self._arguments(argument, 3, name)
        holds = self.condition(condition.value or "")
        chosen = [yes, no] if holds is None else [yes if holds else no]
        return tuple(branch for one in chosen for branch in self.branches(one))

    def spellings(self, node: SourceNode) -> Texts:
        """Return the texts that a value stands for; see `Dialect`."""
        found = intrinsic(node)
        if found is None:
            if node.value is None:
                raise UnreadableError("a text is missing, or is a list or a mapping")
            return (self.text_parts(node.value),)
        name, argument = found
        match name:
            case "Ref":
                return self._ref(argument.value or "", node)
            case "Fn::GetAtt":
                return ((self.attribute(self._dotted(argument)),),)
            case "Fn::Sub":
                return self._sub(argument)
            case "Fn::Join":
                return self._join(argument, node)
            case "Fn::If":
                branches = self.branches(node)
                lists = [
                    branch.items if branch.items is not None and branch.tag is None else (branch,)
                    for branch in branches
                ]
                return _capped(s for items in lists for item in items for s in self.spellings(item))
            case "Fn::FindInMap":
                return self._find_in_map(argument, node)
            case _ if name in _COMPUTED or name.startswith("Fn::ForEach"):
                raise UnreadableError(f"it is computed by {name}")
            case _:
                return ((self._alone(node),),)

    def text_parts(self, text: str) -> Spelling:
        """Return the parts of a plain text."""
        return joined((text,))

    def condition(self, name: str, depth: int = 0) -> bool | None:
        """Return whether a condition of the template holds; None where that is not known."""
        node = self.template.walk("Conditions", name)
        return None if node is None or depth > 20 else self._holds(node, depth)

    def _holds(self, node: SourceNode, depth: int) -> bool | None:
        if node.members is not None and node.tag is None and node.member("Condition") is not None:
            return self.condition(node.members[0].value.value or "", depth + 1)
        found = intrinsic(node)
        if found is None:
            return None
        name, argument = found
        if name == "Condition":
            return self.condition(argument.value or "", depth + 1)
        if name == "Fn::Equals":
            return self._equal(argument)
        inner = [self._holds(item, depth + 1) for item in argument.items or ()]
        match name:
            case "Fn::Not" if inner:
                return None if inner[0] is None else not inner[0]
            case "Fn::And":
                return False if False in inner else None if None in inner else True
            case "Fn::Or":
                return True if True in inner else None if None in inner else False
            case _:
                return None

    def _equal(self, argument: SourceNode) -> bool | None:
        sides: list[str] = []
        for item in self._arguments(argument, 2, "Fn::Equals"):
            texts = self.spellings(item)
            if len(texts) != 1 or any(hole.value is None for hole in holes_of(texts[0])):
                return None
            sides.append(text_of(texts[0]))
        return sides[0] == sides[1]

    def _arguments(self, node: SourceNode, count: int, name: str) -> tuple[SourceNode, ...]:
        if node.items is None or len(node.items) != count:
            raise UnreadableError(f"{name} does not have {count} arguments")
        return node.items

    def _dotted(self, argument: SourceNode) -> str:
        if argument.items is None:
            return argument.value or ""
        return ".".join(item.value or "" for item in argument.items)

    def _ref(self, name: str, node: SourceNode) -> Texts:
        if name == _NO_VALUE:
            return ()
        kind = self.template.walk("Parameters", name, "Type")
        if kind is not None and "List" in (kind.value or ""):
            value = self.values.get(name)
            if value is None:
                return ((self._alone(node),),)
            alone = self._alone(node)
            return tuple((replace(alone, value=text.strip()),) for text in value.split(","))
        return ((self.reference(name),),)

    def reference(self, name: str) -> Hole:
        """Return the hole that `Ref` of a parameter, pseudo parameter or resource fills."""
        kind = self.resource_type(name)
        if name in self.values:
            return Hole(expression=name, value=self.values[name])
        if self.template.walk("Parameters", name) is not None:
            return Hole(expression=name)
        if name == "AWS::URLSuffix" and self.deployment.partition == "aws":
            return Hole(expression=name, value="amazonaws.com")
        if kind is None:
            return Hole(expression=name, is_name=name in _NAMES)
        if kind.arn_by == "Ref":
            return _hole(name, self._arn(name, kind), kind)
        return _hole(name, self._name(name, kind), kind)

    def attribute(self, dotted: str) -> Hole:
        """Return the hole that `Fn::GetAtt` of a resource fills."""
        name, _, attribute = dotted.partition(".")
        kind = self.resource_type(name)
        if dotted in self.values:
            return Hole(expression=dotted, value=self.values[dotted])
        if kind is None:
            return Hole(expression=dotted)
        if attribute == kind.arn_by:
            return _hole(dotted, self._arn(name, kind), kind)
        form = dict(kind.attributes).get(attribute)
        if form is None:
            return Hole(expression=dotted)
        text = self._arn(name, kind) if form == "{arn}" else self.deployment.fill(form, self._name(name, kind))
        return _hole(dotted, text, kind)

    def resource_type(self, name: str) -> ResourceType | None:
        """Return what is known of the type of a resource of the template."""
        kind = self.template.walk("Resources", name, "Type")
        return RESOURCE_TYPES.get(kind.value or "") if kind is not None else None

    def _arn(self, name: str, kind: ResourceType) -> str:
        physical = self.values.get(f"{name}.{kind.arn_by}", self.values.get(name, ""))
        if physical.startswith("arn:"):
            return physical
        return self.deployment.fill(kind.arn, self._name(name, kind))

    def _name(self, name: str, kind: ResourceType) -> str:
        if name in self.values:
            return name_of(self.values[name])
        node = self.template.walk("Resources", name, "Properties", kind.name_property)
        if node is None:
            return "*"
        try:
            texts = {text_of(spelling) for spelling in self.spellings(node)}
        except UnreadableError:
            return "*"
        return texts.pop() if len(texts) == 1 else "*"

    def _sub(self, argument: SourceNode) -> Texts:
        if argument.items is None:
            return self._substituted(argument.value or "", {})
        text, variables = self._arguments(argument, 2, "Fn::Sub")
        return self._substituted(text.value or "", {m.name: m.value for m in variables.members or ()})

    def _substituted(self, text: str, variables: Mapping[str, SourceNode]) -> Texts:
        pieces: list[Texts] = []
        for part in self.text_parts(text):
            if isinstance(part, Hole):
                pieces.append(((part,),))
            else:
                pieces += self._substituted_pieces(part, variables)
        return _concatenated(pieces)

    def _substituted_pieces(self, text: str, variables: Mapping[str, SourceNode]) -> Iterator[Texts]:
        at = 0
        for found in _VARIABLE.finditer(text):
            yield ((text[at : found.start()],),)
            at = found.end()
            name = found[2].strip()
            if found[1]:
                yield ((f"${{{found[2]}}}",),)
            elif name in variables:
                yield self.spellings(variables[name])
            else:
                yield ((self.attribute(name) if "." in name else self.reference(name),),)
        yield ((text[at:],),)

    def _join(self, argument: SourceNode, node: SourceNode) -> Texts:
        delimiter, values = self._arguments(argument, 2, "Fn::Join")
        if values.items is None or values.tag is not None:
            return ((self._alone(node),),)
        pieces: list[Texts] = []
        for item in values.items:
            texts = self.spellings(item)
            if texts:
                pieces += [texts] if not pieces else [((delimiter.value or "",),), texts]
        return _concatenated(pieces)

    def _find_in_map(self, argument: SourceNode, node: SourceNode) -> Texts:
        keys: list[str] = []
        for item in argument.items or ():
            texts = self.spellings(item)
            if len(texts) != 1 or any(hole.value is None for hole in holes_of(texts[0])):
                return ((self._alone(node),),)
            keys.append(text_of(texts[0]))
        found = self.template.walk("Mappings", *keys[:3])
        if found is None or len(keys) < 3:
            return ((self._alone(node),),)
        return tuple((replace(self._alone(node), value=one.value),) for one in found.items or (found,))

    def _alone(self, node: SourceNode) -> Hole:
        """What cannot be named within a text, and is not known."""
        return Hole(expression=None, source=self.source.source(node) if node.is_scalar or node.is_flow else "")

    # --- what can be referred to

    def _known(self) -> Iterable[KnownPrefix]:
        resources = self.template.get("Resources")
        for member in (resources.members if resources is not None else None) or ():
            kind = self.resource_type(member.name)
            if kind is None or member.name.startswith("Fn::"):
                continue
            arn = self._arn(member.name, kind)
            if "*" in arn or "?" in arn.removesuffix("-??????"):
                arn = self._arn(member.name, kind).removesuffix(":*")
            if "*" in arn or "?" in arn:
                continue
            yield from self._prefixes(member.name, kind, arn)

    def _prefixes(self, name: str, kind: ResourceType, arn: str) -> Iterable[KnownPrefix]:
        if kind.arn_by:
            expression = name if kind.arn_by == "Ref" else f"{name}.{kind.arn_by}"
            whole = self._arn(name, kind)
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
        read = self._substituted(text, {})
        return len(read) == 1 and [_written(part) for part in read[0]] == [_written(part) for part in spelling]

    def nothing(self, style: Style) -> str:
        """Return a reference to AWS::NoValue; see `Dialect`."""
        return self._single(_NO_VALUE, style)

    def escape(self, literal: str) -> str:
        """Return a literal as plain texts of the format write it."""
        return literal

    def _plain(self, spelling: Spelling) -> str:
        return "".join(self.escape(part) if isinstance(part, str) else part.verbatim for part in spelling)

    def _in_sub(self, part: Part) -> str:
        if isinstance(part, str):
            return _VARIABLE.sub(r"${!\1\2}", self.escape(part))
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


def _hole(expression: str, text: str, kind: ResourceType) -> Hole:
    if "*" in text or "?" in text:
        return Hole(expression=expression, pattern=text, is_name=kind.is_named_simply)
    return Hole(expression=expression, value=text)


def _written(part: Part) -> str:
    return part if isinstance(part, str) else f"\0{part.verbatim or part.expression}"


def _concatenated(pieces: Sequence[Texts]) -> Texts:
    return _capped(joined(part for spelling in chosen for part in spelling) for chosen in product(*pieces))


def _capped(spellings: Iterable[Spelling]) -> Texts:
    found: list[Spelling] = []
    for spelling in spellings:
        found.append(spelling)
        if len(found) > _ALTERNATIVES_CAP:
            raise UnreadableError("it depends on too many conditions that are not known")
    return tuple(found)
