"""`serverless.yml` and `serverless.json`, as a `SourceReader`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from trailmin.current.iac.cloudformation.contents import TemplateContents, read_tree, template_contents
from trailmin.current.iac.cloudformation.editor import edit_template
from trailmin.current.iac.cloudformation.learning import learn_values
from trailmin.current.iac.cloudformation.reader import contents_in_force, deployed
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.interface import SourceContents, read_each, union_of
from trailmin.current.iac.serverless.roles import (
    Service,
    made_ids,
    plugin_notes,
    service_functions,
    service_mappings,
    service_roles,
)
from trailmin.current.iac.serverless.variables import ServerlessDialect
from trailmin.current.iac.splice import SourceText
from trailmin.current.iac.tree import SourceNode
from trailmin.current.source import Reference, SourceFile, SourceFormat
from trailmin.current.source_edit import EditedSource, SourceChange
from trailmin.policy import Policy

_SERVICE = re.compile(r"^[\"']?service[\"']?\s*:", re.MULTILINE)
_PROVIDER = re.compile(r"^[\"']?provider[\"']?\s*:", re.MULTILINE)
_SERVICE_JSON = re.compile(r"\"service\"\s*:")
_NOTHING = SourceNode(start=0, end=0, members=())


def _is_service(text: str) -> bool:
    """Whether JSON is a service of the framework's on AWS."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return False
    if not isinstance(value, dict) or "service" not in value:
        return False
    provider = value.get("provider")
    return provider == "aws" or (isinstance(provider, dict) and provider.get("name") == "aws")


class ServerlessReader:
    """Reads and edits them."""

    def recognise(self, path: Path, text: str) -> SourceFormat | None:
        """Return Serverless for a file with a service and a provider; see `SourceReader`."""
        if path.suffix == ".json":
            return SourceFormat.SERVERLESS if _SERVICE_JSON.search(text) and _is_service(text) else None
        if path.suffix not in {".yml", ".yaml"} or not _SERVICE.search(text) or not _PROVIDER.search(text):
            return None
        return SourceFormat.SERVERLESS

    def read(self, files: Sequence[SourceFile]) -> SourceContents:
        """Return what the files hold, once for each deployment that is known of them; see `SourceReader`."""
        return read_each(files, lambda file: [_contents(variant) for variant in _deployed(file)])

    def learn(self, file: SourceFile, deployed: Mapping[str, Policy]) -> tuple[Reference, ...]:
        """Return what unknown expressions stand for; see `SourceReader`."""
        return learn_values(file, deployed, parse_service)

    def edit(self, file: SourceFile, changes: Sequence[SourceChange]) -> EditedSource:
        """Return the file with changes made; see `SourceReader`."""
        return edit_template(file, changes, parse_service)


@lru_cache(maxsize=16)
def parse_service(file: SourceFile) -> tuple[TemplateContents, ...]:
    """Return the service that a file holds, with the resources that stand beside it.

    Raises:
        CurrentError: It cannot be parsed.
    """
    return tuple(_service_contents(service) for service in _services(file))


def _services(file: SourceFile) -> list[Service]:
    values = {reference.expression: reference.value for reference in file.values}
    found: list[Service] = []
    for root in read_tree(file):
        if root.get("provider") is None:
            continue
        dialect = _dialect(file, root, values)
        if (region := _region(dialect)) is not None and "AWS::Region" not in values:
            dialect = _dialect(file, root, {**values, "AWS::Region": region})
        template = Template(root=dialect.template, dialect=dialect)
        found.append(Service(root=root, template=template, dialect=dialect))
    return found


def _dialect(file: SourceFile, root: SourceNode, values: Mapping[str, str]) -> ServerlessDialect:
    return ServerlessDialect(
        source=SourceText(text=file.text),
        template=_resources(root),
        values=values,
        document=root,
        place=file.document,
    )


def _region(dialect: ServerlessDialect) -> str | None:
    return Template(root=dialect.template, dialect=dialect).known_text(dialect.document.walk("provider", "region"))


def _resources(root: SourceNode) -> SourceNode:
    """The template under `resources`, the first of several."""
    node = root.get("resources")
    candidates = () if node is None else node.items or (node,)
    return next((one for one in candidates if one.get("Resources") is not None), _NOTHING)


def _service_contents(service: Service) -> TemplateContents:
    contents = template_contents(service.template)
    service.template.notes.extend(plugin_notes(service))
    return replace(contents, roles=(*contents.roles, *service_roles(service)))


def _contents(file: SourceFile) -> SourceContents:
    parts: list[SourceContents] = []
    for service in _services(file):
        contents = _service_contents(service)
        part = contents_in_force(contents, file)
        parts.append(
            replace(
                part,
                functions=(*part.functions, *service_functions(service, contents.roles)),
                event_source_mappings=(*part.event_source_mappings, *service_mappings(service)),
            )
        )
    return union_of(parts)


def _deployed(file: SourceFile) -> tuple[SourceFile, ...]:
    """The file with what files beside it tell; parameters are the options of the command line."""
    variants: list[SourceFile] = []
    for variant in deployed(file, _resources, made_ids):
        given = {reference.expression: reference.value for reference in variant.values}
        options = {f"opt:{k}": v for k, v in given.items() if ":" not in k and k in {"stage", "region"}}
        region = {"AWS::Region": given["region"]} if "region" in given else {}
        values = {**region, **given, **options}
        references = tuple(Reference(expression=k, value=v) for k, v in sorted(values.items()))
        variants.append(replace(variant, values=references))
    return tuple(variants)
