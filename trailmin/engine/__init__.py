"""Where tasks run: this process, a pool of processes, or Spark."""

from importlib.util import find_spec

from trailmin.engine.interface import Engine, Gather, Piece, Split, Task
from trailmin.engine.local import LocalEngine
from trailmin.engine.pool import PoolEngine
from trailmin.errors import EngineError

__all__ = ["ENGINES", "Engine", "Gather", "LocalEngine", "Piece", "PoolEngine", "Split", "Task", "open_engine"]

ENGINES = ("local", "spark")
"""The engines by the names that people give."""


def open_engine(workers: int, name: str = "local") -> Engine:
    """An engine by name: `local` is this process for one worker and a pool for more; Spark has workers of its own.

    Raises:
        EngineError: Spark is not installed, or does not start.
    """
    if name == "spark":
        return _open_spark()
    return PoolEngine(workers) if workers > 1 else LocalEngine()


def _open_spark() -> Engine:
    if find_spec("pyspark") is None:
        raise EngineError("Spark is not installed", hint="install it: pip install 'trailmin[spark]'")
    # Heavy, and for those only who ask for it.
    from trailmin.engine.spark import SparkEngine  # noqa: PLC0415

    return SparkEngine()
