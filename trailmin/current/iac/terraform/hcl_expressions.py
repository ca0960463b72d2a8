"""Reads expressions: the syntax, of which nothing is evaluated.

Source: HCL native syntax specification (hashicorp/hcl, hclsyntax/spec.md), "Expressions".
"""

import re
from dataclasses import dataclass

from trailmin.current.iac.terraform.hcl_templates import TemplateParser
from trailmin.current.iac.terraform.hcl_tree import (
    Call,
    Comparison,
    Conditional,
    Constant,
    Expression,
    Listing,
    Mapped,
    Member,
    Template,
    Traversal,
)

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DIGITS = re.compile(r"\d+")
_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)\r?\n")
_OPERATOR = re.compile(r"==|!=|<=|>=|&&|\|\||[-+*/%<>]")


@dataclass(slots=True)
class ExpressionParser(TemplateParser):
    """A cursor that reads expressions; each method reads what its name says, or raises a CurrentError."""

    def expression(self, *, lines: bool = False) -> Expression:
        """Read an expression; `lines`: line breaks within it mean nothing."""
        with self.nested():
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
        """Read terms with the operators between them; which binds closer is not told."""
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
        """Read a term with its signs."""
        start = self.at
        if self.sees("-") or (self.sees("!") and not self.sees("!=")):
            self.at += 1
            self.skip(lines=lines)
            inner = self.unary(lines=lines)
            return Expression(start=start, end=inner.end, children=(inner,))
        return self.postfix(self.term())

    def term(self) -> Expression:  # noqa: PLR0911
        """Read a value without operators, and without what follows it."""
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
        """Read the arguments of a function, from its parenthesis on."""
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
        """Read what follows a term without space: attributes, indexes and splats."""
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
            elif (number := _DIGITS.match(self.text, self.at)) is not None:
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
        """Read an index and return it as a step; a computed one is added to `inner`."""
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
        if isinstance(key, Template) and key.plain is not None:
            return f"[{self.text[key.start : key.end]}]"
        return "[?]"

    def listing(self) -> Expression:
        """Read a list."""
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
        """Read an object."""
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
        """Read a key of an object and its value."""
        key = self.expression()
        self.skip()
        if not self.sees("=") and not self.sees(":"):
            raise self.error("a member of an object has no value")
        self.at += 1
        # A line break between the sign and the value is read as HashiCorp's parser reads it.
        self.skip(lines=True)
        return Member(name=_key_name(key), key_start=key.start, key_end=key.end, value=self.expression())

    def loop(self, start: int, closing: str) -> Expression:
        """Read a `for` expression, which is not looked into but for what it reads."""
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


def _key_name(key: Expression) -> str | None:
    if isinstance(key, Traversal) and len(key.steps) == 1:
        return key.steps[0]
    if isinstance(key, Constant):
        return key.word
    return key.plain if isinstance(key, Template) else None
