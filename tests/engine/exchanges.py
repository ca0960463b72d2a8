"""Functions for tasks that other processes find by name."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from trailmin.engine import Piece
from trailmin.errors import LakeError

PARTS = 5


def deal_words(text: str) -> Iterator[Piece]:
    for word in text.split():
        yield len(word) % PARTS, word.encode()


def count_words(_part: int, pieces: Iterator[bytes]) -> Iterator[Piece]:
    counts: dict[str, int] = {}
    for piece in pieces:
        counts[piece.decode()] = counts.get(piece.decode(), 0) + 1
    for word, count in counts.items():
        yield ord(word[0]) % PARTS, json.dumps([word, count]).encode()


def sum_by_letter(part: int, pieces: Iterator[bytes]) -> Iterator[Piece]:
    sums: dict[str, int] = {}
    for word, count in map(json.loads, pieces):
        sums[word[0]] = sums.get(word[0], 0) + count
    if sums:
        yield part, json.dumps(sums).encode()


def refuse(_part: int, pieces: Iterator[bytes]) -> Iterator[Piece]:
    raise ValueError(f"bad {len(list(pieces))}")


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def fail(number: int) -> int:
    raise ValueError(f"bad {number}")


def slow_marked(given: tuple[int, str]) -> int:
    """Leaves a mark that it has begun, and takes its time."""
    number, folder = given
    Path(folder, f"{number}-{os.getpid()}").touch()
    time.sleep(0.3)
    return number


def refuse_lake(_number: int) -> int:
    raise LakeError("no lake", hint="make one")
