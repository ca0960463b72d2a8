"""`trailmin.toml`: what the scheduled job reads, where it writes, and how far it may go.

Paths are relative to the file's own folder. An unknown key or a value of the wrong type is an error, never ignored: a
misspelt `keep_actions` would otherwise remove what someone meant to keep.
"""

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trailmin.config.keys import KEYS
from trailmin.config.model import AwsConfig, Config, PullRequestConfig
from trailmin.errors import ConfigError

DEFAULT_NAME = "trailmin.toml"


def read_config(path: Path) -> Config:
    """Return the configuration in a TOML file.

    Raises:
        ConfigError: The file cannot be read, is not TOML, lacks a key that must be there, or holds a key or value that
            it must not; the message holds path, line and key.
    """
    text = _read_text(path)
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            f"{path} is not TOML: {error}", hint='texts stand in quotes, lists in brackets: sources = ["logs"]'
        ) from error
    values: dict[str, Any] = {"path": path}
    for section, name, value in _entries(document, path, text):
        key = KEYS[section][name]
        try:
            values[key.field] = key.read(value, path.resolve().parent)
        except ValueError as error:
            raise _error(path, text, (section, name), str(error)) from error
    for section, keys in KEYS.items():
        for name, key in keys.items():
            if key.is_required and key.field not in values:
                raise ConfigError(f"{path}: {section}.{name} is missing", hint=f"add [{section}] {name} = …")
    pull_request, aws = _nested(values, "pull_request"), _nested(values, "aws")
    return Config(**values, pull_request=PullRequestConfig(**pull_request), aws=AwsConfig(**aws))


def _nested(values: dict[str, Any], section: str) -> dict[str, Any]:
    """Take the values of a section that has a class of its own."""
    names = [name for name in values if name.startswith(f"{section}.")]
    return {name.partition(".")[2]: values.pop(name) for name in names}


def known_keys() -> dict[str, dict[str, tuple[str, bool]]]:
    """Return, by section and key, the field of `Config` that it sets, and whether it must be there."""
    return {
        section: {name: (key.field, key.is_required) for name, key in keys.items()} for section, keys in KEYS.items()
    }


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist", hint="name the configuration: -c FILE") from error
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", hint="name a file to read: -c FILE") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start})", hint="save it as UTF-8") from error


def _entries(document: dict[str, Any], path: Path, text: str) -> Iterator[tuple[str, str, Any]]:
    for section, table in document.items():
        if section not in KEYS:
            raise _unknown(path, text, (section,), KEYS)
        if not isinstance(table, dict):
            raise _error(path, text, (section,), "must be a table")
        for name, value in table.items():
            if name not in KEYS[section]:
                raise _unknown(path, text, (section, name), KEYS[section])
            yield section, name, value


def _unknown(path: Path, text: str, key: tuple[str, ...], known: dict[str, Any]) -> ConfigError:
    near = difflib.get_close_matches(key[-1], known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return ConfigError(f"{path}:{line_of(text, key)}: unknown key {'.'.join(key)}", hint=hint)


def _error(path: Path, text: str, key: tuple[str, ...], message: str) -> ConfigError:
    return ConfigError(f"{path}:{line_of(text, key)}: {'.'.join(key)} {message}", hint="correct the value")


def line_of(text: str, key: tuple[str, ...]) -> int:
    """Return the line, from 1, on which a key of a valid TOML text is set.

    `tomllib` keeps no positions. The shortest run of whole lines that is valid and has the key ends with the key's
    entry, and no run that ends inside an entry is valid; so the entry begins behind the last valid run before.
    """
    lines = [line + "\n" for line in text.split("\n")]
    begin = 1
    for end in range(1, len(lines) + 1):
        try:
            found: Any = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        for part in key:
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            return begin
        begin = end + 1
    return begin
