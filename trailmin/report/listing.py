"""Many texts as one that a person reads: the first of them, and how many more there are."""

from collections.abc import Callable, Iterable


def list_some(
    texts: Iterable[str], limit: int, *, form: Callable[[str], str] = lambda text: text, joint: str = ", "
) -> str:
    """Return the first texts as one, and how many more there are.

    Args:
        texts: In the order in which they are named.
        limit: How many are named.
        form: What is made of each that is named.
        joint: What stands between them.
    """
    given = list(texts)
    more = f" and {len(given) - limit:,} more" if len(given) > limit else ""
    return joint.join(form(text) for text in given[:limit]) + more
