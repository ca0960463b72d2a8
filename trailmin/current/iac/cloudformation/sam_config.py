"""What `samconfig.toml` says of how a template is deployed: the stacks of its environments, and their parameters.

Source: AWS SAM developer guide, "AWS SAM CLI configuration file" and "sam deploy" (`--parameter-overrides`).
"""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trailmin.current.iac.cloudformation.stacks import Stack
from trailmin.current.json_file import read_text

NAME = "samconfig.toml"

_TEMPLATES = {"template.yaml", "template.yml", "template.json"}
"""What SAM deploys where it is not told of a template."""

_LEGACY = re.compile(r"ParameterKey=([^,]+),ParameterValue=(.*)", re.DOTALL)


def configured_stacks(template: Path) -> tuple[Stack, ...]:
    """Return the stacks that the configuration beside a template deploys it as, one for each environment with a name.

    A configuration that cannot be read tells of none: SAM refuses it as well.
    """
    path = template.parent / NAME
    if not path.is_file():
        return ()
    try:
        environments = tomllib.loads(read_text(path))
        return tuple(_stacks(environments, template.name))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError, RecursionError):
        return ()


def _stacks(environments: Mapping[str, Any], template: str) -> Iterator[Stack]:
    for environment in environments.values():
        if not isinstance(environment, Mapping):
            continue
        commands = [environment.get(name, {}).get("parameters", {}) for name in ("global", "deploy")]
        given = {key: value for parameters in commands for key, value in parameters.items()}
        named = given.get("template_file", given.get("template"))
        is_ours = template in _TEMPLATES if named is None else Path(named).name == template
        if is_ours and isinstance(given.get("stack_name"), str):
            region = {"AWS::Region": given["region"]} if isinstance(given.get("region"), str) else {}
            yield Stack(
                name=given["stack_name"],
                pseudo={**region, "AWS::StackName": given["stack_name"]},
                parameters=dict(_overrides(given.get("parameter_overrides", ""))),
            )


def _overrides(given: str | Sequence[str] | Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(given, Mapping):
        yield from ((name, str(value)) for name, value in given.items())
        return
    for word in shlex.split(given) if isinstance(given, str) else given:
        legacy = _LEGACY.fullmatch(word)
        name, _, value = (legacy[1], "=", legacy[2]) if legacy is not None else word.partition("=")
        yield name, value.strip("\"'")
