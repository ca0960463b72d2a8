"""Who in a module uses a text of it: what is edited for one policy is edited for all that are made of it."""

import posixpath
from collections.abc import Iterator, Sequence
from functools import lru_cache

from trailmin.current.iac.terraform.hcl_tree import Block, Literal, Template, Traversal
from trailmin.current.iac.terraform.module import Module

Place = tuple[str, int]
"""Name of a file, and where in its text."""

Steps = tuple[str, ...]

_DOCUMENT_ARGUMENTS = ("policy", "inline_policy", "assume_role_policy")


def readers_beside(module: Module, file: str, start: int, blocks: Sequence[tuple[str, Block]]) -> list[str]:
    """Return what uses the text at a place, but for some blocks: `path:line`, sorted.

    A document, a local value or the default of a variable is followed to what uses that.

    Args:
        module: Of the text.
        file: Name of the file that it stands in.
        start: Where it starts.
        blocks: Those that may use it, each with the name of its file.
    """
    found: set[Place] = set()
    waiting: list[Place] = [(file, start), *((at, block.start) for at, block in blocks)]
    seen = set(waiting)
    while waiting:
        for place in _users(module, waiting.pop()):
            if place in seen or any(at == place[0] and b.start <= place[1] < b.end for at, b in blocks):
                continue
            seen.add(place)
            (waiting.append if _passes_on(module, place) else found.add)(place)
    return sorted(_shown(module, place) for place in found)


def _name_at(module: Module, place: Place) -> Steps | None:
    """What the module calls the text that a place is in; None where nothing can refer to it."""
    file, at = place
    for name, (member, holder) in module.locals.items():
        if holder.name == file and member.value.start <= at < member.value.end:
            return ("local", name)
    for held in (one for one in module.files if one.name == file):
        for block in held.root.blocks:
            if block.start <= at < block.end:
                return _name_of(block)
    return None


def _name_of(block: Block) -> Steps | None:
    match block.type, block.labels:
        case "data", (kind, name):
            return ("data", kind, name)
        case "resource", (kind, name):
            return (kind, name)
        case "variable", (name,):
            return ("var", name)
        case _:
            return None


def _passes_on(module: Module, place: Place) -> bool:
    """Whether what stands at a place is a document or a local value, which others may use in turn."""
    name = _name_at(module, place)
    return name is not None and (name[0] == "local" or name[:2] == ("data", "aws_iam_policy_document"))


def _users(module: Module, place: Place) -> Iterator[Place]:
    """Where the module uses the text that a place is in: by its name, or of another file by the file's."""
    if module.file_called(place[0]) is None:
        yield from _readers_of_file(module, posixpath.basename(place[0]))
    elif (name := _name_at(module, place)) is not None:
        yield from _references_to(module, name)


def _readers_of_file(module: Module, basename: str) -> Iterator[Place]:
    for file in module.files:
        for expression in file.root.expressions():
            last = expression.parts[-1:] if isinstance(expression, Template) else ()
            if any(isinstance(part, Literal) and posixpath.basename(part.text) == basename for part in last):
                yield (file.name, expression.start)


def _references_to(module: Module, name: Steps) -> Iterator[Place]:
    """Where the module refers to a thing, of a resource to its policy alone."""
    is_resource = name[0] not in {"local", "var", "data"}
    for steps, place in _references(module):
        if steps[: len(name)] == name and (not is_resource or any(step in _DOCUMENT_ARGUMENTS for step in steps[2:])):
            yield place


@lru_cache(maxsize=16)
def _references(module: Module) -> tuple[tuple[Steps, Place], ...]:
    return tuple(
        (expression.steps, (file.name, expression.start))
        for file in module.files
        for expression in file.root.expressions()
        if isinstance(expression, Traversal)
    )


def _shown(module: Module, place: Place) -> str:
    file = module.file_called(place[0])
    line = file.text.count("\n", 0, place[1]) + 1 if file is not None else 0
    return f"{place[0]}:{line}"
