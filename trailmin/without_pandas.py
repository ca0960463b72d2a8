"""Importing this module keeps pandas out of a process that trailmin alone runs: its command, its workers.

pyarrow imports pandas, where it is installed, for the first array that it makes of Python's values: a third of a second
in each process, for frames that nobody there has.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _NoPandas(MetaPathFinder):
    """Answers for pandas as if it were not installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ModuleNotFoundError("trailmin's processes do without pandas", name=fullname)
        return None


sys.meta_path.insert(0, _NoPandas())
