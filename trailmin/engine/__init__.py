"""Where tasks run: this process or a pool of processes."""

from trailmin.engine.interface import Engine, Task
from trailmin.engine.local import LocalEngine
from trailmin.engine.pool import PoolEngine

__all__ = ["Engine", "LocalEngine", "PoolEngine", "Task", "open_engine"]


def open_engine(workers: int) -> Engine:
    """This process for one worker, a pool for more."""
    return PoolEngine(workers) if workers > 1 else LocalEngine()
