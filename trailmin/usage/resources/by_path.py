"""Readers made of tables: which parameters fill which placeholder of a resource type's ARN.

For services whose parameter names say too little, or too much, for the rule by names in `generic`: a `name` that stands
inside a nested input, a name that is not the id of the ARN. Only what a table names is read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call, values_at
from trailmin.usage.resources.generic import ONE_RESOURCE_KEYS, mask_made_ids
from trailmin.usage.resources.interface import Target, TypeReader

Paths = tuple[str, ...]
_ACCOUNT = re.compile(r"([0-9]{12})(?::.+)?")


def named(
    paths: Mapping[str, Paths],
    *,
    needs: Paths = (),
    within: str | None = None,
    account: str | None = None,
    whole: Paths = (),
) -> TypeReader:
    """A reader that fills each placeholder from the first of its paths that is there; others become `*`.

    All paths are in lower case. An ARN of the type is taken as it is, where a parameter that fills its last placeholder
    or one that names resources of any type holds it.

    `needs`: without any of these parameters the call names no such resource. `within`: a list, each of whose elements
    names one resource; the paths start at the element. `account`: the parameter that is the id of the resource's
    account, or begins with it. `whole`: further parameters that hold ARNs of the type.
    """

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        if listed:
            return mask_made_ids(call, target, listed)
        if needs and not any(call.texts(path) for path in needs):
            return _whole_arns(call, target, whole)
        found: list[str] = []
        for part in [call] if within is None else _elements(call, within):
            names = paths.get(_last(target), ())
            arns = _whole_arns(part, target, (*names, *whole))
            is_mixed = any(_is_mixed(part.texts(path)) for path in names)
            found += arns if arns and not is_mixed else [*arns, *_filled(part, target, paths, _scope(part, account))]
        return found

    return read


def made_under(*paths: str) -> TypeReader:
    """A reader for what the service names by an id of its own: ARNs count, but of a name only that there is one."""

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        if listed:
            return mask_made_ids(call, target, listed)
        arns = _whole_arns(call, target, paths)
        return arns or ([target.form.fill(call)] if any(call.texts(path) for path in paths) else [])

    return read


def by_operation(readers: Mapping[str, TypeReader], otherwise: TypeReader) -> TypeReader:
    """One reader for the operations that are named, another for all the rest."""

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        return readers.get(target.operation, otherwise)(call, target, listed)

    return read


def joined(*readers: TypeReader) -> TypeReader:
    """All that several readers find."""

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        return listed or [arn for reader in readers for arn in reader(call, target, listed)]

    return read


def _last(target: Target) -> str:
    return target.form.placeholders[-1] if target.form.placeholders else ""


def _elements(call: Call, path: str) -> Iterator[Call]:
    for element in values_at(call.parameters, path):
        if isinstance(element, dict):
            yield replace(call, parameters=element)


def _whole_arns(call: Call, target: Target, paths: Paths) -> list[str]:
    texts = [text for path in (*paths, *ONE_RESOURCE_KEYS) for text in call.texts(path) if is_arn(text)]
    return list(dict.fromkeys(escape_arn(text) for text in texts if target.type_name in target.forms.types_of(text)))


def _is_mixed(texts: Sequence[str]) -> bool:
    """Whether some of a list's elements are ARNs and others names."""
    return len({is_arn(text) for text in texts}) > 1


def _filled(call: Call, target: Target, paths: Mapping[str, Paths], scope: Mapping[str, str]) -> list[str]:
    rows: list[dict[str, str]] = [{}]
    for placeholder in target.form.placeholders:
        values = _values(call, target, placeholder, paths.get(placeholder, ()))
        rows = [{**row, placeholder: value} for row in rows for value in values] if values else rows
    if target.form.placeholders and rows == [{}]:
        return []
    return [target.form.fill(call, row, **scope) for row in rows]


def _values(call: Call, target: Target, placeholder: str, paths: Paths) -> list[str]:
    for path in paths:
        values = [_value(text, target, placeholder) for text in call.texts(path)]
        known = [value for value in values if value is not None]
        if known:
            return known
    return []


def _value(text: str, target: Target, placeholder: str) -> str | None:
    if not is_arn(text):
        return escape_arn(text)
    inner = target.forms.value_in(text, placeholder.lower()) if placeholder != _last(target) else None
    return None if inner is None else escape_arn(inner)


def _scope(call: Call, account: str | None) -> dict[str, str]:
    found = _ACCOUNT.fullmatch(call.text(account) or "") if account is not None else None
    return {"Account": found.group(1)} if found else {}
