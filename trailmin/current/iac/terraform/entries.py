"""The values of an element as they are to be written: items that stay, and new spellings."""

from collections.abc import Sequence
from dataclasses import dataclass

from trailmin.current.iac.spelling import Entry, KnownPrefix, SpelledItem, Spelling, respell, text_of
from trailmin.current.iac.statements import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Values as they will stand."""

    kept: Sequence[int] | None
    """Children of the list that stay; None where the list is not kept as such."""
    new: Sequence[Spelling]
    texts: tuple[str, ...]


def entries_of(values: Sequence[str], element: Element, known: Sequence[KnownPrefix]) -> Entries:
    """How to write values where an element stands; what stands for several texts stays whole, or is spelled out."""
    is_split = any(len(item.spellings) != 1 and not set(item.texts) <= set(values) for item in element.items)
    items: Sequence[SpelledItem] = element.items
    if is_split:
        items = [SpelledItem(node=item.node, spellings=(s,)) for item in element.items for s in item.spellings]
    entries: Sequence[Entry] = respell(values, items, known)
    texts = tuple(
        dict.fromkeys(
            text
            for entry in entries
            for text in (items[entry.kept].texts if entry.kept is not None else (text_of(entry.spelling),))
        )
    )
    if is_split:
        new = [e.spelling if e.kept is None else items[e.kept].spellings[0] for e in entries]
        return Entries(kept=None, new=new, texts=texts)
    return Entries(
        kept=sorted(e.kept for e in entries if e.kept is not None),
        new=[e.spelling for e in entries if e.kept is None],
        texts=texts,
    )
