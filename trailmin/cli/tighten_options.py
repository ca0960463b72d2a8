"""What a person may ask of a proposal: the options that `tighten` and `why` share, over those of a configuration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.render import FormatOption

if TYPE_CHECKING:
    from trailmin.current import LiveRequest
    from trailmin.report.render import RenderFormat
    from trailmin.synth.model import Options


class Resources(StrEnum):
    """How resources are written."""

    EXACT = "exact"
    PATTERN = "pattern"
    PARENT = "parent"


class RolloutMode(StrEnum):
    """Which kinds of change are proposed."""

    OBSERVE = "observe"
    NARROW_ACTIONS = "narrow-actions"
    NARROW_RESOURCES = "narrow-resources"
    FULL = "full"


class AddedCondition(StrEnum):
    """Conditions that are added on request."""

    SOURCE_VPCE = "source-vpce"
    SOURCE_VPC = "source-vpc"
    REQUESTED_REGION = "requested-region"


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "-c", "--config", metavar="FILE", help="Take guards and options from a configuration (trailmin.toml)."
    ),
]
MinDaysOption = Annotated[
    int | None,
    typer.Option("--min-days", min=0, metavar="N", help="Shortest window that may remove anything. [default: 30]"),
]
IgnoreGuardsOption = Annotated[bool, typer.Option("--ignore-guards", help="Propose even where the evidence is thin.")]
ResourcesOption = Annotated[
    Resources | None,
    typer.Option(
        "--resources",
        help="Just what was seen, patterns learned from it, or the container it is in (bucket/*). [default: pattern]",
    ),
]
DropOption = Annotated[
    list[str] | None,
    typer.Option(
        "--drop-unobservable",
        metavar="SERVICE",
        help="Remove what could not be observed of this service (s3, xray). May be given several times.",
    ),
]
AddConditionOption = Annotated[
    list[AddedCondition] | None,
    typer.Option(
        "--add-condition",
        help="Add aws:SourceVpce, aws:SourceVpc or aws:RequestedRegion to what was used, where all of it had the same "
        "few values. May be given several times.",
    ),
]
AbacOption = Annotated[
    bool,
    typer.Option(
        "--abac",
        help="In place of long lists of resources grant by tags, where those of the role and of all it used agree.",
    ),
]
ModeOption = Annotated[
    RolloutMode | None,
    typer.Option(
        "--mode",
        help="For a rollout in steps: report only, remove grants but narrow no resources, narrow resources but "
        "remove no action, or both. [default: full]",
    ),
]
StackOption = Annotated[
    list[str] | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="Ask AWS for a stack that a template of --current is deployed as, by name or ARN: its parameters and "
        "physical ids. May be given several times.",
    ),
]

LanguageOption = Annotated[
    FormatOption | None,
    typer.Option("--format", help="Also write new policies anew in the language that they are to be kept in."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The values of these options; None and False for what was not given."""

    config: Path | None = None
    min_days: int | None = None
    ignore_guards: bool = False
    resources: Resources | None = None
    drop_unobservable: Sequence[str] | None = None
    add_conditions: Sequence[AddedCondition] | None = None
    abac: bool = False
    mode: RolloutMode | None = None

    def options(self) -> "Options":
        """Return the options: those given, else those of the configuration, else the defaults.

        Raises:
            ConfigError: The configuration cannot be read, or is wrong.
            typer.BadParameter: A service has no such prefix.
        """
        from trailmin.config import read_config
        from trailmin.job import options_of
        from trailmin.synth.model import ContextKey, Mode, Options

        base = options_of(read_config(self.config)) if self.config is not None else Options()
        given: dict[str, Any] = {
            "minimum_days": self.min_days,
            "ignore_guards": self.ignore_guards or None,
            "resources": self.resources.value if self.resources is not None else None,
            "drop_unobservable": _services(self.drop_unobservable),
            "add_conditions": frozenset(ContextKey(c.value) for c in self.add_conditions or ()) or None,
            "abac": self.abac or None,
            "mode": Mode(self.mode.value) if self.mode is not None else None,
        }
        return replace(base, **{name: value for name, value in given.items() if value is not None})


def live_from(config: Path | None, stacks: Sequence[str] | None = None) -> "LiveRequest":
    """Return which accounts `--current aws` stands for as a configuration says, and which stacks to ask for.

    Raises:
        ConfigError: The configuration cannot be read, or is wrong.
    """
    from trailmin.config import read_config
    from trailmin.current import LiveRequest
    from trailmin.job import live_of

    configured = live_of(read_config(config)) if config is not None else LiveRequest()
    return replace(configured, stacks=tuple(stacks)) if stacks else configured


def language_of(given: FormatOption | None, config: Path | None) -> "RenderFormat | None":
    """Return what new policies are written in beside JSON: as given, else as a configuration says.

    Raises:
        ConfigError: The configuration cannot be read, or is wrong.
    """
    from trailmin.config import read_config
    from trailmin.report.render import RenderFormat

    name = given.value if given is not None else read_config(config).format if config is not None else None
    return RenderFormat(name) if name is not None else None


def _services(prefixes: Sequence[str] | None) -> frozenset[str] | None:
    from trailmin.catalog import load_catalog

    if not prefixes:
        return None
    if unknown := sorted(set(prefixes) - set(load_catalog().services())):
        raise typer.BadParameter(f"'{unknown[0]}' is no service prefix of IAM", param_hint="--drop-unobservable")
    return frozenset(prefixes)
