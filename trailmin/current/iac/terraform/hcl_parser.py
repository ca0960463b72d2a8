"""Reads Terraform's configuration language, with the place of everything.

Source: HCL native syntax specification (hashicorp/hcl, hclsyntax/spec.md). The syntax is read, nothing is evaluated.
"""

from dataclasses import dataclass

from trailmin.current.iac.terraform.hcl_expressions import ExpressionParser
from trailmin.current.iac.terraform.hcl_tree import Block, Member


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
class _Parser(ExpressionParser):
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
        with self.nested():
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
        label = self.quoted().plain
        if label is None:
            raise self.error("a label is computed")
        return label

    def line_ends(self) -> None:
        self.skip()
        if self.at < len(self.text) and self.text[self.at] not in "\n}":
            raise self.error("an attribute does not end with its line")
