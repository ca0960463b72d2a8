"""Write docs/reference/: the command line from its own help, and the Python API from its docstrings.

The pages are made when the site is built, and are not kept in the repository.
"""

import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from typer.testing import CliRunner

import trailmin.catalog
import trailmin.policy
from trailmin.cli.app import build_app

FOLDER = Path(__file__).resolve().parent / "reference"


def command_line() -> str:
    """Return the help of every command."""
    app = build_app()
    parts = ["# Command line\n", _help(app, ())]
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        parts.append(_help(app, (name,)))
        parts += [_help(app, (name, below)) for below in getattr(command, "commands", {})]
    return "\n".join(parts)


def _help(app: typer.Typer, words: tuple[str, ...]) -> str:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name="trailmin").stdout.strip()
    return f"## {' '.join(('trailmin', *words))}\n\n```text\n{shown}\n```\n"


def python_api(module: ModuleType) -> str:
    """Return what a package exports: signatures and docstrings."""
    parts = [f"# {module.__name__}\n", f"{inspect.getdoc(module)}\n"]
    parts += [_entry(name, getattr(module, name)) for name in sorted(module.__all__)]
    return "\n".join(parts)


def _entry(name: str, member: object) -> str:
    if inspect.isfunction(member) or inspect.isclass(member):
        words = inspect.getdoc(member) or ""
        return f"## {name}\n\n```python\n{_signature(name, member)}\n```\n\n```text\n{words}\n```\n"
    return f"## {name}\n\nA value of type `{type(member).__name__}`.\n"


def _signature(name: str, member: Any) -> str:
    try:
        found = str(inspect.signature(member))
    except ValueError:
        return name
    # Where an object stands for itself, its address would change from run to run.
    return f"{name}{re.sub(r' at 0x[0-9a-f]+', '', found)}"


def main() -> int:
    """Write the pages; returns the exit code."""
    FOLDER.mkdir(exist_ok=True)
    pages = {
        "cli.md": command_line(),
        "python-policy.md": python_api(trailmin.policy),
        "python-catalog.md": python_api(trailmin.catalog),
    }
    for name, text in pages.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
