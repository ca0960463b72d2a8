"""What trailmin proposes for the samples is clean by its own lint."""

import json
from pathlib import Path

import pytest

from trailmin.catalog import load_catalog
from trailmin.policy import lint

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "samples").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_proposed_policy_has_no_findings(path: Path) -> None:
    for name, document in json.loads(path.read_text(encoding="utf-8")).items():
        text = document if isinstance(document, str) else json.dumps(document)
        assert lint(text, catalog=load_catalog()) == (), name


def test_there_are_samples() -> None:
    assert len(GOLDEN) >= 5
