"""Exchanging pieces through files of this machine, for engines whose tasks share its disk."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from trailmin.engine.interface import Engine, Gather, Input, Piece, Split, Task

_LENGTH: Final = 8
"""Bytes that tell the length of a piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SplitInput:
    function: Split[Any]
    input: Any
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _GatherInput:
    function: Gather
    part: int
    source: Path
    folder: Path


def exchange_by_files(
    engine: Engine, split: Split[Input], gathers: Sequence[Gather], tasks: Sequence[Task[Input]], parts: int
) -> list[bytes]:
    """See `Engine.exchange`; pieces wait in a temporary folder, each written once and read once."""
    root = Path(tempfile.mkdtemp(prefix="trailmin-"))
    try:
        inputs = [_SplitInput(function=split, input=t.input, folder=root / f"0/{n}") for n, t in enumerate(tasks)]
        named = [Task(name=t.name, input=one) for t, one in zip(tasks, inputs, strict=True)]
        _end(engine.run(_split, named))
        for step, gather in enumerate(gathers, 1):
            source, folder = root / f"{step - 1}", root / f"{step}"
            _end(engine.run(_gather, [_gather_task(gather, part, source, folder) for part in range(parts)]))
            shutil.rmtree(source)
        return [piece for path in sorted(folder.glob("*/*")) for piece in _read(path)]
    finally:
        shutil.rmtree(root)


def _gather_task(function: Gather, part: int, source: Path, folder: Path) -> Task[_GatherInput]:
    given = _GatherInput(function=function, part=part, source=source, folder=folder / str(part))
    return Task(name=f"part {part}", input=given)


def _end(results: Iterable[object]) -> None:
    for _ in results:
        pass


def _split(given: _SplitInput) -> None:
    _write(given.function(given.input), given.folder)


def _gather(given: _GatherInput) -> None:
    paths = sorted(given.source.glob(f"*/{given.part}"))
    _write(given.function(given.part, (piece for path in paths for piece in _read(path))), given.folder)


def _write(pieces: Iterable[Piece], folder: Path) -> None:
    """One file for each part, named by its number."""
    folder.mkdir(parents=True)
    files: dict[int, BinaryIO] = {}
    with ExitStack() as stack:
        for part, piece in pieces:
            if part not in files:
                files[part] = stack.enter_context((folder / str(part)).open("wb"))
            files[part].write(len(piece).to_bytes(_LENGTH, "big") + piece)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while length := file.read(_LENGTH):
            yield file.read(int.from_bytes(length, "big"))
