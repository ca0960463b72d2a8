"""The exit codes: a closed table, one meaning each. Where several hold, the one that outranks the rest is returned."""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command ends with."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NO_EVENTS = 3
    SET_ASIDE = 4
    DIFFERS = 10
    NOT_PROVEN = 11
    DEFECT = 70
    INTERRUPTED = 130
    """128 + SIGINT, as shells count it."""
    PIPE_CLOSED = 141
    """128 + SIGPIPE."""


MEANINGS = {
    ExitCode.OK: "done, and nothing to change",
    ExitCode.ERROR: "an error: the input, the lake or the output; the message says what to do",
    ExitCode.USAGE: "wrong usage: an unknown command, option or value",
    ExitCode.NO_EVENTS: "no events: no log objects in the source, or none in the window",
    ExitCode.SET_ASIDE: "done, but some input was set aside, each with its reason",
    ExitCode.DIFFERS: "a proposal differs from what is in force (`diff`: the policies differ; `drift`: a finding)",
    ExitCode.NOT_PROVEN: "a proposal was withheld because it could not be proven to be no broader",
    ExitCode.DEFECT: "a defect of trailmin itself: a check of its own output failed",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.PIPE_CLOSED: "the reader of the output went away (`| head`)",
}
"""For people; the README shows this table."""

_RANK = (
    ExitCode.INTERRUPTED,
    ExitCode.PIPE_CLOSED,
    ExitCode.DEFECT,
    ExitCode.ERROR,
    ExitCode.USAGE,
    ExitCode.NO_EVENTS,
    ExitCode.NOT_PROVEN,
    ExitCode.DIFFERS,
    ExitCode.SET_ASIDE,
    ExitCode.OK,
)


def ranked(codes: Iterable[ExitCode]) -> tuple[ExitCode, ...]:
    """Return the codes that hold, the highest-ranking first; OK alone when no other holds."""
    held = set(codes) - {ExitCode.OK}
    return tuple(code for code in _RANK if code in held) or (ExitCode.OK,)
