"""The formats' own tools, to see that a source is one before and after an edit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hcl2
from cfnlint.decode import decode
from ruamel.yaml import YAML
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from trailmin.current import SourceFormat


def _template(path: Path) -> None:
    template, errors = decode(str(path))
    assert not errors, errors
    assert template is not None


def _multi_document(path: Path) -> None:
    yaml = YAML(typ="rt")
    assert list(yaml.load_all(path.read_text(encoding="utf-8-sig")))


def translated(path: Path) -> dict[str, Any]:
    """The CloudFormation template that SAM makes."""
    text = path.read_text(encoding="utf-8-sig")
    template = json.loads(text) if text.lstrip().startswith("{") else yaml_parse(text)
    names = ["AmazonS3FullAccess", "AmazonSQSFullAccess"]
    arns = {name: f"arn:aws:iam::aws:policy/{name}" for name in names}
    translator = Translator(arns, Parser())
    made: dict[str, Any] = translator.translate(template, {})
    return made


def _sam(path: Path) -> None:
    _template(path)
    assert translated(path)["Resources"]


def parse(path: Path, source_format: SourceFormat, text: str) -> None:
    """Parse a source with its format's own tool."""
    if "\n---\n" in text.replace("\r\n", "\n"):
        _multi_document(path)
        return
    PARSERS[source_format](path)


def _terraform(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig")
    assert json.loads(text) if path.suffix == ".json" else hcl2.loads(text)


PARSERS: dict[SourceFormat, Callable[[Path], None]] = {
    SourceFormat.CLOUDFORMATION: _template,
    SourceFormat.CDK: _template,
    SourceFormat.SAM: _sam,
    SourceFormat.SERVERLESS: _multi_document,
    SourceFormat.TERRAFORM: _terraform,
}
