"""Reads quoted texts and heredocs, with the expressions in them.

Source: HCL native syntax specification (hashicorp/hcl, hclsyntax/spec.md), "Templates".
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from trailmin.current.iac.terraform.hcl_cursor import Cursor
from trailmin.current.iac.terraform.hcl_tree import Expression, Interpolation, Literal, Template


@dataclass(slots=True)
class TemplateParser(Cursor, ABC):
    """A cursor that reads templates."""

    @abstractmethod
    def expression(self, *, lines: bool = False) -> Expression:
        """Read an expression; `lines`: one that may go over several lines."""

    def quoted(self) -> Template:
        """Read a quoted text."""
        start = self.at
        self.at += 1
        parts = self.template_parts(len(self.text), is_quoted=True)
        end = self.at
        self.expect('"')
        return _template(start, end + 1, parts)

    def heredoc(self, opening: re.Match[str]) -> Template:
        """Read a heredoc whose first line matched."""
        start, self.at = self.at, opening.end()
        closing = re.compile(rf"^[ \t]*{re.escape(opening[1])}(?=[ \t]*\r?$)", re.MULTILINE).search(self.text, self.at)
        if closing is None:
            raise self.error(f"the text has no end {opening[1]!r}")
        parts = self.template_parts(closing.start(), is_quoted=False)
        self.at = closing.end()
        return _template(start, closing.end(), parts, body=(opening.end(), closing.start()))

    def template_parts(self, stop: int, *, is_quoted: bool) -> tuple[Literal | Interpolation, ...]:
        """Read literals and interpolations up to a place, or up to the closing quote."""
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
        """Read `${...}` or `%{...}`."""
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
        """Pass over the rest of a directive."""
        while not self.sees("}"):
            if self.at >= len(self.text):
                raise self.error("a directive has no end")
            if self.sees('"'):
                self.quoted()
            else:
                self.at += 1
        self.at += 1


def _template(
    start: int, end: int, parts: tuple[Literal | Interpolation, ...], body: tuple[int, int] | None = None
) -> Template:
    inner = tuple(p.expression for p in parts if isinstance(p, Interpolation) and p.expression is not None)
    if body is None:
        return Template(start=start, end=end, children=inner, parts=parts, body_start=start + 1, body_end=end - 1)
    return Template(
        start=start, end=end, children=inner, parts=parts, is_heredoc=True, body_start=body[0], body_end=body[1]
    )
