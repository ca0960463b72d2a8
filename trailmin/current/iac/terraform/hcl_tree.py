"""Terraform's configuration as a tree with places; the text is what is edited, never the tree.

Source: HCL native syntax specification (hashicorp/hcl, hclsyntax/spec.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression: `text[start:end]`; one of no class below is an operation or a loop, which is not looked into."""

    start: int
    end: int
    children: "tuple[Expression, ...]" = ()

    def descendants(self) -> "Iterator[Expression]":
        """Yield the expression and all within it, in order."""
        yield self
        for child in self.children:
            yield from child.descendants()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Expression):
    """A number, `true`, `false` or `null`, as written."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A piece of a template that stands for itself: `text[start:end]` as written, `text` as meant."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpolation:
    """`${...}` in a template, the braces included; None: a directive (`%{ if ... }`)."""

    start: int
    end: int
    expression: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Expression):
    """A quoted text, or a heredoc."""

    parts: tuple[Literal | Interpolation, ...]
    is_heredoc: bool = False
    body_start: int = 0
    body_end: int = 0

    @property
    def plain(self) -> str | None:
        """Its text, where nothing is filled into it."""
        pieces = [part.text for part in self.parts if isinstance(part, Literal)]
        return "".join(pieces) if len(pieces) == len(self.parts) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Expression):
    """`[a, b]`; `children` are its items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`name = value` in an object; a computed key has no name."""

    name: str | None
    key_start: int
    key_end: int
    value: Expression

    @property
    def end(self) -> int:
        """Where the value ends."""
        return self.value.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped(Expression):
    """`{ a = b }`; `children` are its values."""

    members: tuple[Member, ...]

    def get(self, name: str) -> Expression | None:
        """The value of a member."""
        return next((m.value for m in self.members if m.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traversal(Expression):
    """`aws_s3_bucket.uploads[0].arn`: names, and keys of indexes that are constants."""

    steps: tuple[str, ...]
    """Names; an index is `[0]` or `["key"]`, one that is computed `[?]`, a splat `[*]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Expression):
    """A function's call; `children` are the arguments."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(Expression):
    """`a ? b : c`; `children` are the three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Expression):
    """`a == b` or `a != b`."""

    is_negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A body in braces, with its type and labels; the whole file is one of type ``."""

    type: str
    labels: tuple[str, ...]
    start: int
    end: int
    open: int
    """Behind the opening brace."""
    close: int
    """Before the closing one."""
    members: tuple[Member, ...]
    blocks: "tuple[Block, ...]"

    def get(self, name: str) -> Expression | None:
        """The value of an attribute."""
        return next((m.value for m in self.members if m.name == name), None)

    def of_type(self, name: str) -> "tuple[Block, ...]":
        """The blocks of a type directly within it."""
        return tuple(block for block in self.blocks if block.type == name)

    def descendants(self) -> "Iterator[Block]":
        """Yield the block and all within it."""
        yield self
        for block in self.blocks:
            yield from block.descendants()

    def expressions(self) -> Iterator[Expression]:
        """Yield every expression in it, however deep."""
        for block in self.descendants():
            for member in block.members:
                yield from member.value.descendants()
