"""A module: the `.tf` files of one folder, with what is known of one deployment of it."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from trailmin.current.iac.terraform.hcl_parser import parse_hcl
from trailmin.current.iac.terraform.hcl_tree import Block, Member, Traversal
from trailmin.current.json_file import read_text
from trailmin.current.source import DocumentPath, SourceFile

_VARIABLE_FILE = ".tfvars"
_DOCUMENT_CAP = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """One file, read."""

    file: SourceFile
    root: Block

    @property
    def text(self) -> str:
        """As it was read."""
        return self.file.text

    @property
    def name(self) -> str:
        """Its path below the repository."""
        return self.file.document.relative


@dataclass(frozen=True, kw_only=True, eq=False)
class Module:
    """One deployment of a module."""

    files: tuple[ModuleFile, ...]
    variable_files: tuple[ModuleFile, ...]
    values: Mapping[str, str]
    """Expression to what it stands for: attributes of the state, variables, where it is deployed."""
    documents: Mapping[str, ModuleFile] = field(default_factory=dict)
    """Policy documents that were given with the module, by path."""

    @cached_property
    def blocks(self) -> Mapping[str, tuple[Block, ModuleFile]]:
        """Resources and data sources by address: `aws_iam_role.worker`, `data.aws_region.current`."""
        found: dict[str, tuple[Block, ModuleFile]] = {}
        for file in self.files:
            for block in file.root.blocks:
                if block.type in {"resource", "data"} and len(block.labels) == 2:
                    start = "data." if block.type == "data" else ""
                    found[f"{start}{block.labels[0]}.{block.labels[1]}"] = (block, file)
        return found

    def of_type(self, kind: str) -> Iterator[tuple[str, Block, ModuleFile]]:
        """Yield address, block and file of the resources of a type."""
        for address, (block, file) in self.blocks.items():
            if block.type == "resource" and block.labels[0] == kind:
                yield address, block, file

    @cached_property
    def locals(self) -> Mapping[str, tuple[Member, ModuleFile]]:
        """Local values by name."""
        return {
            member.name: (member, file)
            for file in self.files
            for block in file.root.of_type("locals")
            for member in block.members
            if member.name is not None
        }

    @cached_property
    def variables(self) -> Mapping[str, tuple[Member, ModuleFile]]:
        """Variables by name: of the one file that may be chosen, of those that are read by themselves, or defaults."""
        found: dict[str, tuple[Member, ModuleFile]] = {}
        for file in self.files:
            for block in file.root.of_type("variable"):
                for member in block.members:
                    if member.name == "default":
                        found["".join(block.labels)] = (member, file)
        chosen = [file for file in self.variable_files if not _is_automatic(file.name)]
        for file in (file for file in self.variable_files if _is_automatic(file.name)):
            found |= {member.name: (member, file) for member in file.root.members if member.name is not None}
        for file in chosen:
            for member in file.root.members:
                # Several files that may be chosen from: which one was, is not known.
                found.pop(str(member.name), None)
                if len(chosen) == 1:
                    found[str(member.name)] = (member, file)
        return found

    @cached_property
    def declared(self) -> frozenset[str]:
        """Names of variables."""
        return frozenset(b.labels[0] for file in self.files for b in file.root.of_type("variable") if b.labels)

    def file_called(self, relative: str) -> ModuleFile | None:
        """The file of this path."""
        return next((file for file in self.files if file.name == relative), None)

    def instances(self, address: str) -> tuple[str, ...]:
        """Indexes of a resource's instances that the state has: `[0]`, `["key"]`; empty where it has none."""
        found = re.compile(re.escape(address) + r"(\[[^\]]*\])\.")
        return tuple(dict.fromkeys(m[1] for name in self.values if (m := found.match(name)) is not None))

    def readers_of(self, address: str) -> list[str]:
        """Where else the module speaks of a resource: `path:line`."""
        steps = tuple(address.split("."))
        return [
            f"{file.name}:{file.text.count(chr(10), 0, expression.start) + 1}"
            for file in self.files
            for expression in file.root.expressions()
            if isinstance(expression, Traversal) and expression.steps[: len(steps)] == steps
        ]

    def document(self, relative: str) -> ModuleFile | None:
        """A file of JSON within the repository, links followed; None where it is not there."""
        if relative in self.documents:
            return self.documents[relative]
        first = self.files[0].file
        root, path = first.document.root, first.document.root / relative
        if relative.startswith(("../", "/")) or not path.resolve().is_relative_to(root.resolve()):
            return None
        if not path.is_file() or path.stat().st_size > _DOCUMENT_CAP:
            return None
        siblings = tuple(file.file for file in self.files)
        place = DocumentPath(root=first.document.root, relative=relative)
        text = read_text(path)
        file = SourceFile(document=place, format=first.format, text=text, values=first.values, siblings=siblings)
        return ModuleFile(file=file, root=parse_hcl("", origin=relative))

    # --- where it is

    def fill(self, form: str, name: str) -> str:
        """Return an ARN of a form, for a resource of this name; what is not known is `*`."""
        value = self.values.get
        text = form.format(p=self.partition, r=self.region or "*", a=value("AWS::AccountId", "*"), n=name)
        return text.replace(":parameter//", ":parameter/")

    @property
    def region(self) -> str | None:
        """Where it is deployed."""
        return self.values.get("AWS::Region")

    @property
    def partition(self) -> str:
        """The partition that the region is in."""
        if (known := self.values.get("AWS::Partition")) is not None:
            return known
        region = self.region
        if region is None:
            return "*"
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")


def _is_automatic(name: str) -> bool:
    """Whether Terraform reads a file of variables without being told."""
    return name.endswith(".auto.tfvars") or posixpath.basename(name) == "terraform.tfvars"


def read_module(files: tuple[SourceFile, ...], values: Mapping[str, str]) -> Module:
    """Return the module that files make; those that are not configuration are left out.

    Raises:
        CurrentError: One of them is not HCL.
    """
    read = [
        ModuleFile(file=file, root=parse_hcl(file.text, origin=file.document.relative))
        for file in sorted(files, key=lambda file: file.document.relative)
        if file.document.relative.endswith((".tf", _VARIABLE_FILE))
    ]
    return Module(
        files=tuple(file for file in read if not file.name.endswith(_VARIABLE_FILE)),
        variable_files=tuple(file for file in read if file.name.endswith(_VARIABLE_FILE)),
        values=values,
        documents={
            file.document.relative: ModuleFile(file=file, root=parse_hcl("", origin=file.document.relative))
            for file in files
            if not file.document.relative.endswith((".tf", _VARIABLE_FILE))
        },
    )
