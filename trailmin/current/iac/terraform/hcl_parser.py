"""Reads Terraform's configuration language, with the place of everything.

Source: HCL native syntax specification (hashicorp/hcl, hclsyntax/spec.md). The syntax is read, nothing is evaluated.
"""

import re
from dataclasses import dataclass

from trailmin.current.iac.terraform.hcl_cursor import Cursor
from trailmin.current.iac.terraform.hcl_tree import (
    Block,
    Call,
    Comparison,
    Conditional,
    Constant,
    Expression,
    Interpolation,
    Listing,
    Literal,
    Mapped,
    Member,
    Template,
    Traversal,
)

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)\r?\n")
_OPERATOR = re.compile(r"==|!=|<=|>=|&&|\|\||[-+*/%<>]")
_DEPTH_CAP = 100


def parse_hcl(text: str, *, origin: str) -> Block:
    """Return a file as a block without type.

    Raises:
        CurrentError: It is not HCL; the message holds line and column.
    """
    parser = _Parser(text=text, origin=origin)
    members, blocks = parser.body(is_file=True)
    size = len(text)
    return Block(type="", labels=(), start=0, end=size, open=0, close=size, members=members, blocks=blocks)


@dataclass(slots=True)
class _Parser(Cursor):
    depth: int = 0

    # --- structure

    def body(self, *, is_file: bool) -> tuple[tuple[Member, ...], tuple[Block, ...]]:
        members: list[Member] = []
        blocks: list[Block] = []
        while True:
            self.skip(lines=True)
            if (is_file and self.at >= len(self.text)) or (not is_file and self.sees("}")):
                return tuple(members), tuple(blocks)
            start = self.at
            name = self.name()
            end = self.at
            self.skip()
            if self.sees("=") and not self.sees("=="):
                self.at += 1
                value = self.expression()
                members.append(Member(name=name, key_start=start, key_end=end, value=value))
                self.line_ends()
            else:
                blocks.append(self.block(name, start))

    def block(self, name: str, start: int) -> Block:
        labels: list[str] = []
        while not self.sees("{"):
            labels.append(self.label())
            self.skip()
        with _Nested(self):
            self.at += 1
            opened = self.at
            members, blocks = self.body(is_file=False)
            closed = self.at
            self.expect("}")
        return Block(
            type=name,
            labels=tuple(labels),
            start=start,
            end=self.at,
            open=opened,
            close=closed,
            members=members,
            blocks=blocks,
        )

    def label(self) -> str:
        if not self.sees('"'):
            return self.name()
        template = self.quoted()
        if any(isinstance(part, Interpolation) for part in template.parts):
            raise self.error("a label is computed")
        return "".join(part.text for part in template.parts if isinstance(part, Literal))

    def line_ends(self) -> None:
        self.skip()
        if self.at < len(self.text) and self.text[self.at] not in "\n}":
            raise self.error("an attribute does not end with its line")

    # --- expressions

    def expression(self, *, lines: bool = False) -> Expression:
        with _Nested(self):
            self.skip(lines=lines)
            start = self.at
            value = self.operation(lines=lines)
            self.peek_skip(lines=lines)
            if not self.sees("?"):
                return value
            self.at += 1
            yes = self.expression(lines=lines)
            self.skip(lines=lines)
            self.expect(":")
            no = self.expression(lines=lines)
            return Conditional(start=start, end=no.end, children=(value, yes, no))

    def operation(self, *, lines: bool) -> Expression:
        operands = [self.unary(lines=lines)]
        operators: list[str] = []
        while True:
            before = self.at
            self.skip(lines=lines)
            found = _OPERATOR.match(self.text, self.at)
            if found is None:
                self.at = before
                break
            operators.append(found[0])
            self.at = found.end()
            self.skip(lines=lines)
            operands.append(self.unary(lines=lines))
        if not operators:
            return operands[0]
        start, end = operands[0].start, operands[-1].end
        if operators in (["=="], ["!="]):
            return Comparison(start=start, end=end, children=tuple(operands), is_negated=operators == ["!="])
        return Expression(start=start, end=end, children=tuple(operands))

    def unary(self, *, lines: bool) -> Expression:
        start = self.at
        if self.sees("-") or (self.sees("!") and not self.sees("!=")):
            self.at += 1
            self.skip(lines=lines)
            inner = self.unary(lines=lines)
            return Expression(start=start, end=inner.end, children=(inner,))
        return self.postfix(self.term())

    def term(self) -> Expression:  # noqa: PLR0911
        start = self.at
        if self.sees('"'):
            return self.quoted()
        if (heredoc := _HEREDOC.match(self.text, self.at)) is not None:
            return self.heredoc(heredoc)
        if self.sees("["):
            return self.listing()
        if self.sees("{"):
            return self.mapped()
        if self.sees("("):
            self.at += 1
            inner = self.expression(lines=True)
            self.skip(lines=True)
            self.expect(")")
            return Expression(start=start, end=self.at, children=(inner,))
        if (number := _NUMBER.match(self.text, self.at)) is not None:
            self.at = number.end()
            return Constant(start=start, end=self.at, word=number[0])
        name = self.name()
        while self.sees("::"):
            self.at += 2
            name = f"{name}::{self.name()}"
        if self.sees("("):
            return self.call(name, start)
        if name in {"true", "false", "null"}:
            return Constant(start=start, end=self.at, word=name)
        return Traversal(start=start, end=self.at, steps=(name,))

    def call(self, name: str, start: int) -> Expression:
        self.at += 1
        arguments: list[Expression] = []
        while True:
            self.skip(lines=True)
            if self.sees(")"):
                self.at += 1
                return Call(start=start, end=self.at, children=tuple(arguments), name=name)
            arguments.append(self.expression(lines=True))
            self.skip(lines=True)
            if self.sees("..."):
                self.at += 3
                arguments[-1] = Expression(start=arguments[-1].start, end=self.at, children=(arguments[-1],))
            elif not self.sees(")"):
                self.expect(",")

    def postfix(self, value: Expression) -> Expression:
        """What follows a term without space: attributes, indexes and splats."""
        steps: list[str] = []
        inner: list[Expression] = [value]
        while True:
            if self.sees("...") or not (self.sees(".") or self.sees("[")):
                break
            opened = self.sees("[")
            self.at += 1
            if opened:
                steps.append(self.index(inner))
            elif self.sees("*"):
                self.at += 1
                steps.append("[*]")
            elif (number := re.compile(r"\d+").match(self.text, self.at)) is not None:
                self.at = number.end()
                steps.append(f"[{number[0]}]")
            else:
                steps.append(self.name())
        if not steps:
            return value
        if isinstance(value, Traversal):
            return Traversal(start=value.start, end=self.at, steps=(*value.steps, *steps), children=tuple(inner[1:]))
        return Expression(start=value.start, end=self.at, children=tuple(inner))

    def index(self, inner: list[Expression]) -> str:
        self.skip(lines=True)
        if self.sees("*"):
            self.at += 1
            self.expect("]")
            return "[*]"
        key = self.expression(lines=True)
        self.skip(lines=True)
        self.expect("]")
        inner.append(key)
        if isinstance(key, Constant):
            return f"[{key.word}]"
        if isinstance(key, Template) and all(isinstance(part, Literal) for part in key.parts):
            return f"[{self.text[key.start : key.end]}]"
        return "[?]"

    def listing(self) -> Expression:
        start = self.at
        self.at += 1
        items: list[Expression] = []
        while True:
            self.skip(lines=True)
            if self.sees("]"):
                self.at += 1
                return Listing(start=start, end=self.at, children=tuple(items))
            if not items and self.sees_word("for"):
                return self.loop(start, "]")
            items.append(self.expression(lines=True))
            self.skip(lines=True)
            if not self.sees("]"):
                self.expect(",")

    def mapped(self) -> Expression:
        start = self.at
        self.at += 1
        members: list[Member] = []
        while True:
            self.skip(lines=True)
            if self.sees("}"):
                self.at += 1
                values = tuple(member.value for member in members)
                return Mapped(start=start, end=self.at, children=values, members=tuple(members))
            if not members and self.sees_word("for"):
                return self.loop(start, "}")
            members.append(self.object_member())
            self.skip()
            if self.sees(","):
                self.at += 1
            elif not self.sees("}") and not self.sees("\n"):
                raise self.error("two members of an object are not parted")

    def object_member(self) -> Member:
        key = self.expression()
        self.skip()
        if not self.sees("=") and not self.sees(":"):
            raise self.error("a member of an object has no value")
        self.at += 1
        # A line break between the sign and the value is read as HashiCorp's parser reads it.
        self.skip(lines=True)
        return Member(name=_key_name(key), key_start=key.start, key_end=key.end, value=self.expression())

    def loop(self, start: int, closing: str) -> Expression:
        """A `for` expression, which is not looked into but for what it reads."""
        inner: list[Expression] = []
        while True:
            self.skip(lines=True)
            if self.sees(closing):
                self.at += 1
                return Expression(start=start, end=self.at, children=tuple(inner))
            for word in ("=>", "...", ",", ":"):
                if self.sees(word):
                    self.at += len(word)
                    break
            else:
                inner.append(self.expression(lines=True))

    # --- templates

    def quoted(self) -> Template:
        start = self.at
        self.at += 1
        parts = self.template_parts(len(self.text), is_quoted=True)
        end = self.at
        self.expect('"')
        return _template(start, end + 1, parts)

    def heredoc(self, opening: re.Match[str]) -> Template:
        start, self.at = self.at, opening.end()
        closing = re.compile(rf"^[ \t]*{re.escape(opening[1])}(?=[ \t]*\r?$)", re.MULTILINE).search(self.text, self.at)
        if closing is None:
            raise self.error(f"the text has no end {opening[1]!r}")
        parts = self.template_parts(closing.start(), is_quoted=False)
        self.at = closing.end()
        return _template(start, closing.end(), parts, body=(opening.end(), closing.start()))

    def template_parts(self, stop: int, *, is_quoted: bool) -> tuple[Literal | Interpolation, ...]:
        parts: list[Literal | Interpolation] = []
        begun, pieces = self.at, list[str]()

        def flush() -> None:
            if self.at > begun:
                parts.append(Literal(start=begun, end=self.at, text="".join(pieces)))
            pieces.clear()

        while self.at < stop and not (is_quoted and self.sees('"')):
            if self.sees("$${") or self.sees("%%{"):
                pieces.append(self.text[self.at + 1 : self.at + 3])
                self.at += 3
            elif self.sees("${") or self.sees("%{"):
                flush()
                parts.append(self.interpolation())
                begun = self.at
            elif is_quoted and self.sees("\n"):
                raise self.error("a quoted text goes over a line's end")
            elif is_quoted and self.sees("\\"):
                pieces.append(self.escape())
            else:
                pieces.append(self.text[self.at])
                self.at += 1
        flush()
        return tuple(parts)

    def interpolation(self) -> Interpolation:
        start, is_directive = self.at, self.sees("%")
        self.at += 2
        if self.sees("~"):
            self.at += 1
        if is_directive:
            self.directive()
            return Interpolation(start=start, end=self.at, expression=None)
        inner = self.expression(lines=True)
        self.skip(lines=True)
        if self.sees("~"):
            self.at += 1
        self.expect("}")
        return Interpolation(start=start, end=self.at, expression=inner)

    def directive(self) -> None:
        while not self.sees("}"):
            if self.at >= len(self.text):
                raise self.error("a directive has no end")
            if self.sees('"'):
                self.quoted()
            else:
                self.at += 1
        self.at += 1


@dataclass(slots=True)
class _Nested:
    """Counts how deep expressions are nested, so that a hostile file is an error and no crash."""

    parser: _Parser

    def __enter__(self) -> None:
        self.parser.depth += 1
        if self.parser.depth > _DEPTH_CAP:
            raise self.parser.error("nested too deep")

    def __exit__(self, *_: object) -> None:
        self.parser.depth -= 1


def _template(
    start: int, end: int, parts: tuple[Literal | Interpolation, ...], body: tuple[int, int] | None = None
) -> Template:
    inner = tuple(p.expression for p in parts if isinstance(p, Interpolation) and p.expression is not None)
    if body is None:
        return Template(start=start, end=end, children=inner, parts=parts, body_start=start + 1, body_end=end - 1)
    return Template(
        start=start, end=end, children=inner, parts=parts, is_heredoc=True, body_start=body[0], body_end=body[1]
    )


def _key_name(key: Expression) -> str | None:
    if isinstance(key, Traversal) and len(key.steps) == 1:
        return key.steps[0]
    if isinstance(key, Constant):
        return key.word
    if isinstance(key, Template) and all(isinstance(part, Literal) for part in key.parts):
        return "".join(part.text for part in key.parts if isinstance(part, Literal))
    return None
