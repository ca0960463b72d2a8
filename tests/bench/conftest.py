"""One small world, drawn once."""

import pytest

from bench.quality.workload.draw import draw_world
from bench.quality.workload.model import World


@pytest.fixture(scope="session")
def world() -> World:
    return draw_world(7, 12)
