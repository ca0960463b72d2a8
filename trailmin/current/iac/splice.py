"""Changes to a text as replacements of parts of it: all that no replacement names keeps its bytes.

In blocks, items and members come and go as whole lines, with the comment that ends the line; comments on lines of their
own stay. In brackets they come and go with one separator.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.errors import CurrentError


class NotEditableError(CurrentError):
    """A change that the way a source is written does not allow; the message is the reason, for a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """One replacement."""

    start: int
    end: int
    new: str


def spliced(text: str, splices: Iterable[Splice], start: int = 0, end: int | None = None) -> str:
    """Return `text[start:end]` with the replacements within it made.

    Raises:
        NotEditableError: Two of them overlap.
    """
    parts: list[str] = []
    at, stop = start, len(text) if end is None else end
    for splice in sorted(splices, key=lambda s: (s.start, s.end)):
        if splice.start < at or splice.end > stop:
            raise NotEditableError("two changes of a source file overlap")
        parts += [text[at : splice.start], splice.new]
        at = splice.end
    return "".join([*parts, text[at:stop]])


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A text and its style."""

    text: str
    newline: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "newline", "\r\n" if "\r\n" in self.text else "\n")

    def source(self, node: SourceNode) -> str:
        """The bytes of a value, without its anchor."""
        return re.sub(r"\A((?:!\S+[ \t]+)?)&[^\s,\[\]{}]+\s+", r"\1", self.text[node.start : node.end])

    def line_start(self, at: int) -> int:
        """Where the line starts that holds a place."""
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """Where the line after starts; of a block scalar, whose end is such a place, that place."""
        if at > 0 and self.text[at - 1 : at] == "\n":
            return at
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def content_end(self, node: SourceNode) -> int:
        """Where a value's own text ends, without the line break that ends a block scalar."""
        end = node.end
        while end > node.start and self.text[end - 1] in "\r\n ":
            end -= 1
        return end

    def indent_at(self, at: int) -> str:
        """White space as wide as what stands before a place in its line."""
        return " " * (at - self.line_start(at))

    def dash_of(self, item: SourceNode) -> int:
        """Where the dash of a block list's item is; the item must be alone behind it."""
        at = item.start
        while at > 0 and self.text[at - 1] in " \t":
            at -= 1
        if at == 0 or self.text[at - 1] != "-":
            raise NotEditableError("an item of a block list has no dash before it")
        return at - 1

    def owns_lines(self, start: int) -> bool:
        """Whether nothing but white space stands before a place in its line."""
        return not self.text[self.line_start(start) : start].strip()

    def remove_member(self, container: SourceNode, member: SourceMember) -> list[Splice]:
        """Take a member out of a mapping that keeps others."""
        members = [m for m in container.members or () if not m.is_merged]
        if container.is_flow:
            return [_without_flow([(m.key.start, m.value.end) for m in members], members.index(member))]
        if self.owns_lines(member.key.start):
            return [self._without_lines(member.key.start, member.value)]
        # The first key of a list's item stands behind the dash: the next one takes its place.
        following = members[members.index(member) + 1]
        return [Splice(start=member.key.start, end=following.key.start, new="")]

    def _without_lines(self, start: int, last: SourceNode) -> Splice:
        if not self.owns_lines(start):
            raise NotEditableError("an item shares its line with another")
        return Splice(start=self.line_start(start), end=self.line_end(max(last.end, start + 1)), new="")

    def insert_items(self, container: SourceNode, after: int, texts: Sequence[str]) -> list[Splice]:
        """Put items behind one of a list; in a block, each text's lines after the first are indented as it stands."""
        items = container.items or ()
        if container.is_flow:
            separator = self.flow_separator([(i.start, i.end) for i in items], container)
            at = items[after].end
            return [Splice(start=at, end=at, new="".join(separator + text for text in texts))]
        dash = self.dash_of(items[after])
        # As far behind the dash as the neighbour, whose further lines a text may have.
        lead = self.indent_at(dash) + self.text[dash : items[after].start]
        return [self.new_lines(self.line_end(items[after].end), [f"{lead}{text}" for text in texts])]

    def new_lines(self, at: int, lines: Sequence[str]) -> Splice:
        """Put lines before the line that starts at a place; at the end of a text without line break, after one."""
        if at == len(self.text) and not self.text.endswith("\n"):
            return Splice(start=at, end=at, new="".join(self.newline + line for line in lines))
        return Splice(start=at, end=at, new="".join(line + self.newline for line in lines))

    def flow_separator(self, spans: Sequence[tuple[int, int]], container: SourceNode) -> str:
        """What stands between two children in brackets."""
        if len(spans) > 1:
            return self.text[spans[-2][1] : spans[-1][0]]
        lead = self.text[container.start + 1 : spans[0][0]] if spans else ""
        return f",{lead}" if "\n" in lead else ", "

    def set_items(self, container: SourceNode, kept: Sequence[int], new: Sequence[str]) -> list[Splice]:
        """Leave some items of a list, take out the others, and put new ones where the first of those stood."""
        items = container.items or ()
        gone = [index for index in range(len(items)) if index not in set(kept)]
        if container.is_flow:
            return self._set_flow_items(container, gone, new)
        if not gone:
            return self.insert_items(container, len(items) - 1, new) if new else []
        indent = self.indent_at(self.dash_of(items[gone[0]]))
        splices = [self._without_lines(self.dash_of(items[index]), items[index]) for index in gone]
        if new:
            first = splices[0]
            lines = [f"{indent}- {text}" for text in new]
            ended = self.text[first.start : first.end].endswith("\n")
            body = self.newline.join(lines) + (self.newline if ended else "")
            splices[0] = Splice(start=first.start, end=first.end, new=body)
        return splices

    def _set_flow_items(self, container: SourceNode, gone: Sequence[int], new: Sequence[str]) -> list[Splice]:
        items = container.items or ()
        if not gone:
            return self.insert_items(container, len(items) - 1, new) if new else []
        without = [Splice(start=item.start, end=item.end, new="") for item in items]
        if not container.is_json and "#" in spliced(self.text, without, container.start, container.end):
            raise NotEditableError("a list in brackets holds comments")
        separator = self.flow_separator([(i.start, i.end) for i in items], container)
        splices: list[Splice] = []
        for first, last in _runs(gone):
            added = new if first == gone[0] else ()
            if last + 1 < len(items):
                text = "".join(text + separator for text in added)
                splices.append(Splice(start=items[first].start, end=items[last + 1].start, new=text))
            elif first > 0:
                text = "".join(separator + text for text in added)
                splices.append(Splice(start=items[first - 1].end, end=items[last].end, new=text))
            else:
                splices.append(Splice(start=items[0].start, end=items[-1].end, new=separator.join(added)))
        return splices


def _runs(indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers of an ascending list, as first and last of each run."""
    first = indices[0]
    for at, following in zip(indices, [*indices[1:], -1], strict=True):
        if following != at + 1:
            yield first, at
            first = following


def _without_flow(spans: Sequence[tuple[int, int]], index: int) -> Splice:
    if index + 1 < len(spans):
        return Splice(start=spans[index][0], end=spans[index + 1][0], new="")
    if index == 0:
        return Splice(start=spans[0][0], end=spans[0][1], new="")
    return Splice(start=spans[index - 1][1], end=spans[index][1], new="")
