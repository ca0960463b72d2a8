"""What an event's `errorCode` says of the authorization (`data/error_codes.toml`)."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, get_args

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "error_codes.toml"

ErrorOutcome = Literal["denied", "allowed", "undetermined"]
"""Refused; passed before the call failed for another reason; or neither can be told."""

OUTCOMES: dict[str, ErrorOutcome] = {outcome: outcome for outcome in get_args(ErrorOutcome)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePattern:
    """Error codes that mean the same."""

    pattern: re.Pattern[str]
    """Matches a whole code, in any letter case, without the `Client.` or `Server.` that EC2 puts before it."""
    outcome: ErrorOutcome
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCodes:
    """The patterns in the order in which they are tried."""

    patterns: tuple[CodePattern, ...]

    @classmethod
    def read(cls) -> Self:
        """Read the table.

        Raises:
            CatalogError: The file is not what this module expects; a defect of the installation.
        """
        try:
            rows = tomllib.loads(PATH.read_text(encoding="utf-8"))["error_code"]
            return cls(patterns=tuple(_pattern(code, row) for row in rows for code in row["codes"]))
        except (OSError, KeyError, ValueError, re.error) as error:
            raise CatalogError("the catalog's table of error codes is broken", hint="reinstall trailmin") from error

    def outcome(self, code: str) -> ErrorOutcome:
        """What the code says; `undetermined` for one that no pattern matches."""
        bare = code.strip().rsplit("#", 1)[-1]
        bare = bare.split(".", 1)[1] if bare.lower().startswith(("client.", "server.")) else bare
        for row in self.patterns:
            if row.pattern.fullmatch(bare):
                return row.outcome
        return "undetermined"


def _pattern(code: str, row: dict[str, str]) -> CodePattern:
    matching = re.compile(re.escape(code).replace(r"\*", ".*"), re.IGNORECASE)
    return CodePattern(pattern=matching, outcome=OUTCOMES[row["outcome"]], source=row["source"])
