"""Modules of a few lines, for tests."""

from pathlib import Path

from trailmin.current import DocumentPath, Reference, SourceFile, SourceFormat
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.module import Module, read_module
from trailmin.current.iac.terraform.values import Value


def module_of(text: str, **values: str) -> Module:
    given = {name.replace("__", "."): value for name, value in values.items()}
    file = SourceFile(
        document=DocumentPath(root=Path("/nowhere"), relative="main.tf"),
        format=SourceFormat.TERRAFORM,
        text=text,
        values=tuple(Reference(expression=k, value=v) for k, v in sorted(given.items())),
    )
    return read_module((file,), given)


def value_of(expression: str, text: str = "", **values: str) -> Value:
    """What an expression stands for in a module."""
    module = module_of(f"{text}\nlocals {{\n  asked = {expression}\n}}\n", **values)
    member, file = module.locals["asked"]
    return Scope(module=module, file=file).value(member.value)
