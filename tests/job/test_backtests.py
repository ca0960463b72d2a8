from dataclasses import replace
from pathlib import Path

import pytest

from tests.publish.test_known_backtests import config, tree
from trailmin.job import backtests, run_job
from trailmin.publish.known_backtests import NAME


def test_several_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = config(tmp_path)
    (alone,) = run_job(chosen).proposals
    assert alone.confidence is not None
    assert len(alone.confidence.backtests) == 3
    written = tree(tmp_path / "out")
    (tmp_path / "lake" / NAME).unlink()
    monkeypatch.setattr(backtests, "_FEW", 0)
    assert run_job(replace(chosen, workers=2)).proposals == (alone,)
    assert tree(tmp_path / "out") == written
