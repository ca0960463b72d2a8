"""What stands for many resources: their folders, from level to level further up, at last their containers.

As DuckDB's expressions, so that millions of names are shortened where they are.
"""

from typing import Final

FOLDER_DEPTHS: Final = (12, 5, 4, 3, 2, 1)
"""Parts of a path that are kept, from level to level; level 0 keeps the resource. With one part it is the container."""

LAST_LEVEL: Final = len(FOLDER_DEPTHS)


def summarised(resource: str, level: str) -> str:
    """The expression for a resource as a level keeps it.

    It is the resource itself, or the pattern of all that shares its folder: what comes before the last `/` of its last
    part, some parts at most, then `*`. A resource without folders stays.

    Args:
        resource: an expression of texts.
        level: an expression of numbers from 0 to `LAST_LEVEL`.
    """
    cases = " ".join(
        f"WHEN {number} THEN regexp_replace({resource}, '{_pattern(depth)}', '\\1\\2*')"
        for number, depth in enumerate(FOLDER_DEPTHS, start=1)
    )
    return f"CASE {level} {cases} ELSE {resource} END"


def _pattern(depth: int) -> str:
    """All of a resource, the part that is kept in a group: of an ARN, else of a text with fewer colons."""
    folders = f"{{1,{depth}}}"
    return rf"\A(?:((?:[^:]*:){{5}}(?:[^/]*/){folders})[\s\S]*|((?:[^:]*:){{0,4}}(?:[^:/]*/){folders})[^:]*)\z"
