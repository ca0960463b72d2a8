"""The generated parts of docs/quality.md, which `make quality` writes."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "quality.md"


def write_parts(parts: Mapping[str, Iterable[str]], document: Path = DOCUMENT) -> None:
    """Put the lines of each part between its marks, and leave all else as it is.

    Raises:
        ValueError: The document has no such part.
    """
    text = document.read_text(encoding="utf-8")
    for name, lines in parts.items():
        text = filled(text, name, "\n".join(lines))
    document.write_text(text, encoding="utf-8")


def filled(text: str, name: str, part: str) -> str:
    """Return a text with what stands between the marks of a part replaced."""
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    found, count = re.subn(f"{begin}.*?{end}", lambda _: f"{begin}{part}\n{end}", text, flags=re.DOTALL)
    if not count:
        raise ValueError(f"the document has no part {name}")
    return found
