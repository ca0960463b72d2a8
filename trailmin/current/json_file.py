"""Reading a JSON file of a snapshot, with an error that says where it is wrong."""

import json
from pathlib import Path
from typing import Any

from trailmin.errors import CurrentError


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
        CurrentError: It cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CurrentError(
            f"cannot read {path}: {error.strerror}", hint="check the path and its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise CurrentError(f"{path} is not UTF-8 text (byte {error.start})", hint="save it as UTF-8") from error


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        CurrentError: It is not JSON, or not an object; the message holds line and column.
    """
    value = read_value(path)
    if not isinstance(value, dict):
        raise CurrentError(f"{path} is not a JSON object", hint="save the output of the AWS CLI as it is")
    return value


def read_value(path: Path) -> Any:
    """Return the JSON value in a file.

    Raises:
        CurrentError: It is not JSON; the message holds line and column.
    """
    try:
        return json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        where = (
            f":{error.lineno}:{error.colno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ": too deep"
        )
        raise CurrentError(f"{path}{where}", hint="save the output of the AWS CLI as it is") from error
