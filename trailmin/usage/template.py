"""The authorizations of all calls of one shape, with places for the values in which they differ."""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from trailmin.usage.arn_form import escape_arn
from trailmin.usage.authorization import Authorization, Outcome, Resolution
from trailmin.usage.request_shape import GENERAL, Place, ValueClass

_Values = tuple[str, ...]
"""Of the pattern's groups."""
_Text = tuple[str, Callable[[_Values], Any]]
"""A format, and what picks its values."""
_Part = Callable[[_Values], tuple[str, ...]]
"""Makes the resources of one authorization."""
# Half the time that naming the fields takes.
_new = tuple.__new__


class Template:
    """Compiled for one shape in one scope; `fill` gives the authorizations of each call."""

    __slots__ = ("_only", "_parts", "_paths", "constant", "model")

    def __init__(self, resolution: Resolution, groups: Sequence[Place]) -> None:
        """Take what stand-ins were resolved to, and the places of the pattern's groups in their order."""
        self.model = resolution
        """That of every allowed call, but for the resources."""
        marks = {place.mark: index for index, place in enumerate(groups) if place.kind in GENERAL}
        self._paths = tuple(index for index, place in enumerate(groups) if place.kind is ValueClass.PATH)
        texts = [[_text(resource, marks) for resource in one.resources] for one in resolution.authorizations]
        self._parts = tuple(map(_part, texts))
        self._only = self._parts[0] if len(self._parts) == 1 else None
        """The only part, where there is one only."""
        is_constant = all(isinstance(text, str) for resources in texts for text in resources)
        self.constant = resolution if is_constant else None
        """That of every allowed call, where no value matters."""

    def allow(self, values: _Values) -> Resolution:
        """The resolution of the call with these values in its groups, which was allowed."""
        return self.constant or _new(Resolution, (Outcome.ALLOWED, self.fill(values), self.model.unmapped))

    def fill(self, values: _Values) -> tuple[Authorization, ...]:
        """The authorizations of the call with these values in its groups."""
        return tuple(
            [
                _new(Authorization, (action, resources, *others))
                for (action, _, *others), resources in zip(
                    self.model.authorizations, self.resources(values), strict=True
                )
            ]
        )

    def resources(self, values: _Values) -> tuple[tuple[str, ...], ...]:
        """Those of each authorization of `model`, for the call with these values in its groups."""
        for index in self._paths:
            value = values[index]
            if "$" in value or "*" in value or "?" in value:
                values = (*values[:index], escape_arn(value), *values[index + 1 :])
        if self._only is not None:
            return (self._only(values),)
        return tuple([part(values) for part in self._parts])


def _text(resource: str, marks: dict[str, int]) -> str | _Text:
    """The resource itself, or where stand-ins are in it what makes it of their values."""
    found = re.findall("|".join(map(re.escape, marks)), resource) if marks else []
    if not found:
        return resource
    text = resource.replace("%", "%%")
    for mark in found:
        text = text.replace(mark, "%s", 1)
    return text, itemgetter(*(marks[mark] for mark in found))


def _part(texts: list[str | _Text]) -> _Part:
    constant = tuple(text for text in texts if isinstance(text, str))
    varying = [text for text in texts if not isinstance(text, str)]
    if not varying:
        return lambda _values: constant
    if len(texts) == 1:
        only, pick = varying[0]
        return lambda values: (only % pick(values),)
    return lambda values: tuple(sorted({*constant, *(text % pick(values) for text, pick in varying)}))
