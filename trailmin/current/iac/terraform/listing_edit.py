"""Lists in HCL: items go and come as whole lines where each has one, with the comment that ends the line."""

import re
from collections.abc import Sequence

from trailmin.current.iac.splice import NotEditableError, SourceText, Splice
from trailmin.current.iac.terraform.hcl_tree import Listing
from trailmin.current.iac.terraform.hcl_writer import list_text

_COMMA = re.compile(r"(?:[ \t]|/\*.*?\*/)*,", re.DOTALL)
_COMMENT = re.compile(r"#|//|/\*")


def edited_listing(source: SourceText, node: Listing, kept: Sequence[int], new: Sequence[str]) -> list[Splice]:
    """Leave some items of a list, take out the others, and put new ones where the first of those stood.

    Raises:
        NotEditableError: Items share lines, and comments stand between them.
    """
    children = node.children
    gone = [index for index in range(len(children)) if index not in set(kept)]
    if not gone and not new:
        return []
    if not _is_by_line(source, node):
        return [_rebuilt(source, node, gone, new)]
    position = gone[0] if gone else len(children)
    indent = line_indent(source, children[0].start)
    is_open = _COMMA.match(source.text, children[-1].end) is None
    sequence: list[int | str] = [*range(position), *new, *range(position, len(children))]
    after = [entry for entry in sequence if not isinstance(entry, int) or entry not in gone]
    lines = "".join(f"{indent}{text}{'' if is_open and after[-1] is text else ','}{source.newline}" for text in new)
    splices = [
        Splice(start=children[entry].end, end=children[entry].end, new=",")
        for entry in after[:-1]
        if isinstance(entry, int) and _COMMA.match(source.text, children[entry].end) is None
    ]
    for index in gone:
        start, end = source.line_start(children[index].start), source.line_end(children[index].end)
        splices.append(Splice(start=start, end=end, new=lines if index == position else ""))
    if not gone:
        at = source.line_end(children[-1].end)
        splices.append(Splice(start=at, end=at, new=lines))
    return splices


def removed_lines(source: SourceText, start: int, end: int) -> Splice:
    """Take out the lines of a block, with one of the blank lines around it."""
    if not source.owns_lines(start):
        raise NotEditableError("a block shares its line with something else")
    first, last = source.line_start(start), source.line_end(end)
    following = source.line_end(last) if last < len(source.text) else last
    if source.text[last:following].strip() == "" and following > last:
        return Splice(start=first, end=following, new="")
    before = source.line_start(first - 1) if first > 0 else first
    if source.text[before:first].strip() == "":
        first = before
    return Splice(start=first, end=last, new="")


def line_indent(source: SourceText, at: int) -> str:
    """The white space that the line of a place starts with."""
    line = source.text[source.line_start(at) : at]
    return line[: len(line) - len(line.lstrip())]


def _is_by_line(source: SourceText, node: Listing) -> bool:
    """Whether every item has lines of its own, and so has the closing bracket."""
    return (
        bool(node.children)
        and all(source.owns_lines(child.start) for child in node.children)
        and source.owns_lines(node.end - 1)
    )


def _rebuilt(source: SourceText, node: Listing, gone: Sequence[int], new: Sequence[str]) -> Splice:
    children = node.children
    edges = [node.start, *(child.end for child in children)], [*(child.start for child in children), node.end]
    if any(_COMMENT.search(source.text[start:end]) for start, end in zip(*edges, strict=True)):
        raise NotEditableError("a list holds comments between items that share lines")
    position = gone[0] if gone else len(children)
    texts: list[str] = []
    for index, child in enumerate(children):
        texts += new if index == position else ()
        texts += [source.text[child.start : child.end]] if index not in gone else []
    texts += new if position == len(children) else ()
    indent = line_indent(source, node.start)
    if any("\n" in text for text in texts):
        return Splice(start=node.start, end=node.end, new=f"[{', '.join(texts)}]")
    column = node.start - source.line_start(node.start)
    unit = "\t" if "\t" in indent else "  "
    text = list_text(texts, column=column, indent=indent, unit=unit, newline=source.newline)
    return Splice(start=node.start, end=node.end, new=text)
