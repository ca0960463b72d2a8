"""Intrinsic functions: what they stand for, and how new texts are written with them.

Source: CloudFormation template reference, "Intrinsic function reference" and "Pseudo parameters reference". Nothing is
run: a macro, a transform or a loop is said to be computed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from trailmin.current.iac.cloudformation.conditions import condition_holds
from trailmin.current.iac.cloudformation.resource_types import (
    RESOURCE_TYPES,
    Deployment,
    ResourceType,
    name_of,
)
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.functions import intrinsic
from trailmin.current.iac.spelling import Hole, Spelling, joined, known_text, text_of
from trailmin.current.iac.splice import SourceText
from trailmin.current.iac.tree import SourceNode

NO_VALUE = "AWS::NoValue"
_NAMES = {"AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::StackName"}
_COMPUTED = {"Fn::Transform", "Fn::ForEach", "Fn::ToJsonString"}
SUBSTITUTED = re.compile(r"\$\{(!?)([^}]*)\}")
_ALTERNATIVES_CAP = 32
_QUOTE = '"'

Texts = tuple[Spelling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateValues:
    """One template and what its values stand for."""

    source: SourceText
    template: SourceNode
    values: Mapping[str, str]
    """Expression to what it stands for: physical ids, parameters, pseudo parameters."""

    @property
    def deployment(self) -> Deployment:
        """Where the stack is, as far as that is known."""
        value = self.values.get
        return Deployment(
            partition=value("AWS::Partition", "*"),
            region=value("AWS::Region", "*"),
            account=value("AWS::AccountId", "*"),
        )

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
        if name == "Ref" and argument.value == NO_VALUE:
            return ()
        if name != "Fn::If":
            return (node,)
        condition, yes, no = self._arguments(argument, 3, name)
        holds = condition_holds(self, condition.value or "")
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
        if name in _COMPUTED or name.startswith("Fn::ForEach"):
            raise UnreadableError(f"it is computed by {name}")
        handler = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
        }.get(name)
        return handler(argument, node) if handler is not None else ((self._alone(node),),)

    def _get_att(self, argument: SourceNode, _: SourceNode) -> Texts:
        return ((self.attribute(self._dotted(argument)),),)

    def _if(self, _: SourceNode, node: SourceNode) -> Texts:
        branches = self.branches(node)
        lists = [b.items if b.items is not None and b.tag is None else (b,) for b in branches]
        return _capped(spelling for items in lists for item in items for spelling in self.spellings(item))

    def text_parts(self, text: str) -> Spelling:
        """Return the parts of a plain text."""
        return joined((text,))

    def _arguments(self, node: SourceNode, count: int, name: str) -> tuple[SourceNode, ...]:
        if node.items is None or len(node.items) != count:
            raise UnreadableError(f"{name} does not have {count} arguments")
        return node.items

    def _dotted(self, argument: SourceNode) -> str:
        if argument.items is None:
            return argument.value or ""
        return ".".join(item.value or "" for item in argument.items)

    def _ref(self, argument: SourceNode, node: SourceNode) -> Texts:
        name = argument.value or ""
        if name == NO_VALUE:
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
            return _hole(name, self.arn_of(name, kind), kind)
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
            return _hole(dotted, self.arn_of(name, kind), kind)
        form = dict(kind.attributes).get(attribute)
        if form is None:
            return Hole(expression=dotted)
        text = self.arn_of(name, kind) if form == "{arn}" else self.deployment.fill(form, self._name(name, kind))
        return _hole(dotted, text, kind)

    def resource_type(self, name: str) -> ResourceType | None:
        """Return what is known of the type of a resource of the template."""
        kind = self.template.walk("Resources", name, "Type")
        return RESOURCE_TYPES.get(kind.value or "") if kind is not None else None

    def arn_of(self, name: str, kind: ResourceType) -> str:
        """Return the ARN of a resource of the template, unknown parts as `*`."""
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

    def _sub(self, argument: SourceNode, _: SourceNode) -> Texts:
        if argument.items is None:
            return self.substituted(argument.value or "", {})
        text, variables = self._arguments(argument, 2, "Fn::Sub")
        return self.substituted(text.value or "", {m.name: m.value for m in variables.members or ()})

    def substituted(self, text: str, variables: Mapping[str, SourceNode]) -> Texts:
        """Return what `Fn::Sub` makes of a text."""
        pieces: list[Texts] = []
        for part in self.text_parts(text):
            if isinstance(part, Hole):
                pieces.append(((part,),))
            else:
                pieces += self._substituted_pieces(part, variables)
        return _concatenated(pieces)

    def _substituted_pieces(self, text: str, variables: Mapping[str, SourceNode]) -> Iterator[Texts]:
        at = 0
        for found in SUBSTITUTED.finditer(text):
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
            if (key := known_text(self.spellings(item))) is None:
                return ((self._alone(node),),)
            keys.append(key)
        found = self.template.walk("Mappings", *keys[:3])
        if found is None or len(keys) < 3:
            return ((self._alone(node),),)
        return tuple((replace(self._alone(node), value=one.value),) for one in found.items or (found,))

    def _alone(self, node: SourceNode) -> Hole:
        """What cannot be named within a text, and is not known."""
        return Hole(expression=None, source=self.source.source(node) if node.is_scalar or node.is_flow else "")


def _hole(expression: str, text: str, kind: ResourceType) -> Hole:
    if "*" in text or "?" in text:
        return Hole(expression=expression, pattern=text, is_name=kind.is_named_simply)
    return Hole(expression=expression, value=text)


def _concatenated(pieces: Sequence[Texts]) -> Texts:
    return _capped(joined(part for spelling in chosen for part in spelling) for chosen in product(*pieces))


def _capped(spellings: Iterable[Spelling]) -> Texts:
    found: list[Spelling] = []
    for spelling in spellings:
        found.append(spelling)
        if len(found) > _ALTERNATIVES_CAP:
            raise UnreadableError("it depends on too many conditions that are not known")
    return tuple(found)
