"""What takes the place of a request's values while its shape is compiled: it notes what is read, or refuses to be."""

from collections.abc import Iterator
from typing import Any, NoReturn, Self


class ValueReadError(Exception):
    """A value's content was looked at: that at a key, or for None one that no shape can tell."""

    def __init__(self, key: str | None = None) -> None:
        """Name the key, in lower case."""
        super().__init__(key)
        self.key = key


class ListingReadError(Exception):
    """The record's listed resources were read."""


class StandIn(str):
    """A text in place of all values of a class."""

    __slots__ = ("key",)
    key: str

    def __new__(cls, text: str, key: str) -> Self:
        """Stand for the values at a key, in lower case."""
        made = super().__new__(cls, text)
        made.key = key
        return made


class Parameters(dict[str, Any]):
    """Top-level parameters that note in `read` whose values were read; their names alone are not noted."""

    __slots__ = ("read",)

    def __init__(self, values: dict[str, Any]) -> None:
        """Take the parameters, with keys in lower case."""
        super().__init__(values)
        self.read = set[str]()

    def __getitem__(self, key: str) -> Any:
        """Return the value, and note it."""
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value or the default, and note it."""
        if key in self:
            self.read.add(key)
        return super().get(key, default)

    def items(self) -> Any:
        """All of them, each noted."""
        self.read.update(self)
        return super().items()

    def values(self) -> Any:
        """All of them, each noted."""
        self.read.update(self)
        return super().values()


def _refuse(*_: object, **__: object) -> NoReturn:
    raise ValueReadError


class UnreadMap(dict[str, Any]):
    """An object that is not to be read."""

    __slots__ = ()
    __len__ = __iter__ = __contains__ = __getitem__ = __eq__ = get = items = keys = values = _refuse
    __hash__ = None


class UnreadList(list[Any]):
    """A list that is not to be read."""

    __slots__ = ()
    __len__ = __iter__ = __contains__ = __getitem__ = __eq__ = _refuse
    __hash__ = None


class UnreadListing(tuple[Any, ...]):
    """Listed resources that are not to be read."""

    __slots__ = ()

    def __len__(self) -> int:
        """Refuse."""
        raise ListingReadError

    def __iter__(self) -> Iterator[Any]:
        """Refuse."""
        raise ListingReadError

    def __getitem__(self, index: object) -> NoReturn:
        """Refuse."""
        raise ListingReadError
