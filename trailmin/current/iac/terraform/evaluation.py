"""What expressions stand for: references, texts and the plain functions; a loop or anything else is unknown.

Source: Terraform language documentation, "Expressions" and "Built-in Functions". Nothing is run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import Hole, joined
from trailmin.current.iac.terraform.hcl_tree import (
    Call,
    Comparison,
    Conditional,
    Constant,
    Expression,
    Interpolation,
    Listing,
    Literal,
    Mapped,
    Template,
    Traversal,
)
from trailmin.current.iac.terraform.module import Module, ModuleFile
from trailmin.current.iac.terraform.resource_types import TERRAFORM_TYPES
from trailmin.current.iac.terraform.values import (
    Fields,
    Many,
    Scalar,
    Text,
    Unknown,
    Value,
    as_hole,
    known_value,
    pattern_of,
    spelling_of,
)

_DEPTH_CAP = 30
"""Of locals that refer to locals: a circle is Terraform's error, and unknown here."""

_SAME = {"toset", "tolist", "tostring", "tomap", "sort", "nonsensitive", "sensitive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where an expression stands."""

    module: Module
    file: ModuleFile
    extra: Mapping[str, Value] = field(default_factory=dict)
    """`each.key`, `each.value`, `count.index`, and the iterators of dynamic blocks."""
    depth: int = 0

    def source(self, expression: Expression) -> str:
        """The bytes of an expression."""
        return self.file.text[expression.start : expression.end]

    def within(self, file: ModuleFile) -> "Scope":
        """The scope of what another place of the module defines."""
        return Scope(module=self.module, file=file, depth=self.depth + 1)

    def with_extra(self, extra: Mapping[str, Value]) -> "Scope":
        """The scope with more names."""
        return replace(self, extra={**self.extra, **extra})

    def value(self, expression: Expression) -> Value:  # noqa: PLR0911
        """Return what an expression stands for."""
        match expression:
            case Template():
                return self._template(expression)
            case Constant(word=word):
                return _constant(word)
            case Traversal():
                return self._traversal(expression)
            case Listing(children=children):
                return Many(items=tuple(self.value(child) for child in children))
            case Mapped(members=members):
                return Fields(members={m.name: self.value(m.value) for m in members if m.name is not None})
            case Conditional(children=(condition, yes, no)):
                return self._conditional(expression, condition, yes, no)
            case Comparison(children=(left, right), is_negated=is_negated):
                texts = known_value(self.value(left)), known_value(self.value(right))
                if None not in texts:
                    return Scalar(value=(texts[0] == texts[1]) is not is_negated)
            case Call():
                return self._call(expression)
            case Expression(children=(inner,)) if self.file.text[expression.start] == "(":
                return self.value(inner)
        return self._unknown(expression)

    def texts(self, expression: Expression) -> tuple[tuple[str | Hole, ...], ...]:
        """Return the texts that a value stands for: of a list, one for each item.

        Raises:
            UnreadableError: Whether it is one or several is not known.
        """
        value = self.value(expression)
        if isinstance(value, Many):
            return tuple(spelling_of(item) for item in value.items)
        if isinstance(value, Unknown) and not isinstance(expression, Template | Traversal):
            raise UnreadableError(f"{self.source(expression)[:80]!r} is computed")
        return (spelling_of(value),)

    def _unknown(self, expression: Expression) -> Unknown:
        return Unknown(expression=self.source(expression))

    def _template(self, template: Template) -> Value:
        parts: list[str | Hole] = []
        if len(template.parts) == 1 and isinstance(only := template.parts[0], Interpolation):
            return self.value(only.expression) if only.expression is not None else self._unknown(template)
        for part in template.parts:
            if isinstance(part, Literal):
                parts.append(part.text)
            elif part.expression is None:
                return self._unknown(template)
            else:
                parts.append(as_hole(self.value(part.expression), self.source(part.expression)))
        return Text(spelling=joined(parts) or ("",))

    def _conditional(self, whole: Expression, condition: Expression, yes: Expression, no: Expression) -> Value:
        match self.value(condition):
            case Scalar(value=bool() as holds):
                return self.value(yes if holds else no)
            case _:
                return self._unknown(whole)

    # --- references

    def _traversal(self, traversal: Traversal) -> Value:
        steps = self.constant_steps(traversal)
        name = traversal.steps[0]
        unknown = self._unknown(traversal)
        if self.depth > _DEPTH_CAP or "[*]" in steps:
            return unknown
        for size in (2, 1):
            if (extra := self.extra.get(".".join(steps[:size]))) is not None:
                return _descended(extra, steps[size:]) or unknown
        if name in {"var", "local"} and len(steps) >= 2:
            return self._named(f"{name}.{steps[1]}", steps[2:], traversal)
        size = 3 if name == "data" else 2
        address, rest = ".".join(steps[:size]), steps[size:]
        if address not in self.module.blocks or not rest:
            whole = _dotted(steps)
            known = self.module.values.get(whole)
            return Text(spelling=(Hole(expression=whole, value=known),)) if known is not None else unknown
        index = rest[0] if rest[0].startswith("[") else ""
        attribute = ".".join(rest[1:] if index else rest)
        return Text(spelling=(self._hole(traversal, address, index, attribute),))

    def constant_steps(self, traversal: Traversal) -> tuple[str, ...]:
        """Return the steps, computed indexes with the key that they are known to have."""
        keys = iter([c for c in traversal.children if not isinstance(c, Constant) and not _is_plain(c)])
        steps: list[str] = []
        for step in traversal.steps:
            known = known_value(self.value(next(keys))) if step == "[?]" else None
            steps.append(f'["{known}"]' if known is not None else step)
        return tuple(steps)

    def _named(self, name: str, rest: Sequence[str], traversal: Traversal) -> Value:
        given = self.module.values.get(name)
        if given is not None and not rest:
            return Text(spelling=(Hole(expression=name, value=given),))
        kind, _, key = name.partition(".")
        found = (self.module.variables if kind == "var" else self.module.locals).get(key)
        if found is None or given is not None:
            return self._unknown(traversal)
        member, file = found
        value = _descended(self.within(file).value(member.value), rest)
        if value is None or isinstance(value, Unknown) or (isinstance(value, Scalar) and value.value is None):
            return self._unknown(traversal)
        if isinstance(value, Text):
            spelling = value.spelling
            hole = Hole(expression=self.source(traversal), value=known_value(value), pattern=pattern_of(value))
            return Text(spelling=(hole,)) if spelling != ("",) else value
        return value

    def _hole(self, traversal: Traversal, address: str, index: str, attribute: str) -> Hole:
        expression = self.source(traversal)
        text = self.attribute(address, index, attribute)
        if text is None:
            return Hole(expression=expression, is_name=attribute in {"account_id", "partition", "name", "region"})
        if "*" in text or "?" in text:
            kind = TERRAFORM_TYPES.get(self.module.blocks[address][0].labels[0])
            return Hole(expression=expression, pattern=text, is_name=kind is not None and not kind.has_slashes)
        return Hole(expression=expression, value=text)

    def attribute(self, address: str, index: str, attribute: str) -> str | None:
        """Return what a resource's attribute stands for, unknown parts as `*`; None where nothing is known."""
        values, module = self.module.values, self.module
        for suffix in (index, "" if index == "[0]" else index):
            if (known := values.get(f"{address}{suffix}.{attribute}")) is not None:
                return known
        block, file = module.blocks[address]
        match block.labels[0], attribute:
            case "aws_caller_identity", "account_id" | "id":
                return values.get("AWS::AccountId")
            case "aws_region", "name" | "id" | "region":
                return module.region
            case "aws_partition", "partition" | "id":
                return None if module.partition == "*" else module.partition
        kind = TERRAFORM_TYPES.get(block.labels[0])
        form = kind.attribute(attribute) if kind is not None else None
        if kind is None or form is None:
            return None
        argument = block.get(kind.name) if kind.name else None
        if values.get(f"{address}{index}.{kind.name}") is not None:
            name = values[f"{address}{index}.{kind.name}"]
        elif argument is None or self.depth > _DEPTH_CAP:
            name = "*"
        else:
            name = pattern_of(self.within(file).value(argument))
        return module.fill(form, name)

    # --- functions

    def _call(self, call: Call) -> Value:
        arguments = [self.value(child) for child in call.children]
        if call.name in _SAME and len(arguments) == 1:
            return arguments[0]
        handler = _FUNCTIONS.get(call.name)
        found = handler(arguments) if handler is not None else None
        return found if found is not None else self._unknown(call)


def variable_or_local(module: Module, name: str) -> str | None:
    """Return the text that `var.x` or `local.x` stands for, None where it is not known, or no text."""
    if name in module.values:
        return module.values[name]
    kind, _, key = name.partition(".")
    found = (module.variables if kind == "var" else module.locals).get(key)
    if found is None:
        return None
    member, file = found
    return known_value(Scope(module=module, file=file).value(member.value))


def _constant(word: str) -> Scalar:
    match word:
        case "true" | "false":
            return Scalar(value=word == "true")
        case "null":
            return Scalar(value=None)
        case _:
            return Scalar(value=int(word) if word.isdigit() else float(word))


def _is_plain(key: Expression) -> bool:
    return isinstance(key, Template) and key.plain is not None


def _dotted(steps: Sequence[str]) -> str:
    return "".join(step if step.startswith("[") or at == 0 else f".{step}" for at, step in enumerate(steps))


def _descended(value: Value, steps: Sequence[str]) -> Value | None:
    """The value at a path within another; None where there is none."""
    for step in steps:
        key = step[1:-1].strip('"') if step.startswith("[") else step
        match value:
            case Fields(members=members) if key in members:
                value = members[key]
            case Many(items=items) if key.isdigit() and int(key) < len(items):
                value = items[int(key)]
            case _:
                return None
    return value


def _concat(arguments: Sequence[Value]) -> Value | None:
    items: list[Value] = []
    for argument in arguments:
        if not isinstance(argument, Many):
            return None
        items += argument.items
    return Many(items=tuple(items))


def _flatten(arguments: Sequence[Value]) -> Value | None:
    def flat(value: Value) -> Iterator[Value]:
        if isinstance(value, Many):
            for item in value.items:
                yield from flat(item)
        else:
            yield value

    return Many(items=tuple(flat(arguments[0]))) if len(arguments) == 1 else None


def _distinct(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1 or not isinstance(arguments[0], Many):
        return None
    items: list[Value] = []
    for item in arguments[0].items:
        if item not in items:
            items.append(item)
    return Many(items=tuple(items))


def _compact(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1 or not isinstance(arguments[0], Many):
        return None
    return Many(items=tuple(i for i in arguments[0].items if known_value(i) != "" and i != Scalar(value=None)))


def _join(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 2 or not isinstance(arguments[1], Many) or (by := known_value(arguments[0])) is None:
        return None
    parts: list[str | Hole] = []
    for at, item in enumerate(arguments[1].items):
        if isinstance(item, Many | Fields):
            return None
        parts += [by] if at else []
        parts += spelling_of(item)
    return Text(spelling=joined(parts) or ("",))


def _format(arguments: Sequence[Value]) -> Value | None:
    form = known_value(arguments[0]) if arguments else None
    if form is None or form.replace("%%", "").count("%") != form.count("%s") or "%%" in form:
        return None
    pieces = form.split("%s")
    if len(pieces) != len(arguments) or any(isinstance(a, Many | Fields) for a in arguments):
        return None
    parts: list[str | Hole] = [pieces[0]]
    for piece, argument in zip(pieces[1:], arguments[1:], strict=True):
        parts += [*spelling_of(argument), piece]
    return Text(spelling=joined(parts) or ("",))


def _cased(change: Callable[[str], str]) -> Callable[[Sequence[Value]], Value | None]:
    def changed(arguments: Sequence[Value]) -> Value | None:
        text = known_value(arguments[0]) if len(arguments) == 1 else None
        return Text(spelling=(change(text),)) if text is not None else None

    return changed


def _merge(arguments: Sequence[Value]) -> Value | None:
    members: dict[str, Value] = {}
    for argument in arguments:
        if not isinstance(argument, Fields):
            return None
        members |= argument.members
    return Fields(members=members)


_FUNCTIONS: Mapping[str, Callable[[Sequence[Value]], Value | None]] = {
    "compact": _compact,
    "concat": _concat,
    "distinct": _distinct,
    "flatten": _flatten,
    "format": _format,
    "join": _join,
    "lower": _cased(str.lower),
    "merge": _merge,
    "upper": _cased(str.upper),
}
