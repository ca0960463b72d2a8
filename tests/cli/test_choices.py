"""Commands and the configuration name choices by themselves, so that they start fast: they stay those there are."""

from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest

from trailmin.cli.boundary import HeadroomChoice
from trailmin.cli.pr import PerOption
from trailmin.cli.render import FormatOption
from trailmin.cli.tighten_options import AddedCondition, Resources, RolloutMode
from trailmin.config import read_config
from trailmin.publish.pull_requests import Per
from trailmin.report.render import RenderFormat
from trailmin.synth.boundary import Headroom
from trailmin.synth.model import ContextKey, Mode
from trailmin.synth.patterns.learn import Level


def values_of(choice: type[StrEnum]) -> list[str]:
    return [one.value for one in choice]


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (FormatOption, RenderFormat),
        (RolloutMode, Mode),
        (AddedCondition, ContextKey),
        (HeadroomChoice, Headroom),
        (PerOption, Per),
    ],
)
def test_a_command_offers_all_that_there_is(offered: type[StrEnum], known: type[StrEnum]) -> None:
    assert values_of(offered) == values_of(known)


def test_resources_are_written_in_every_way_that_a_command_offers() -> None:
    assert values_of(Resources) == list(get_args(Level))


@pytest.mark.parametrize(
    ("section", "key", "known"),
    [
        ("output", "format", values_of(RenderFormat)),
        ("tighten", "mode", values_of(Mode)),
        ("tighten", "resources", list(get_args(Level))),
        ("pull_request", "per", values_of(Per)),
    ],
)
def test_the_configuration_takes_all_that_there_is(section: str, key: str, known: list[str], tmp_path: Path) -> None:
    path = tmp_path / "trailmin.toml"
    head = {"trail": 'sources = ["logs"]\n', "lake": 'path = "lake"\n', "output": 'path = "out"\n'}
    for value in known:
        tables = {**head, section: f'{head.get(section, "")}{key} = "{value}"\n'}
        path.write_text("".join(f"[{name}]\n{text}" for name, text in tables.items()))
        read_config(path)
