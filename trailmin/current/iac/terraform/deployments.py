"""Which modules files make, and each deployment of each: variables, state, and where the module is called from."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Block
from trailmin.current.iac.terraform.module import Module, read_module
from trailmin.current.iac.terraform.states import State, states_beside
from trailmin.current.iac.terraform.values import known_value
from trailmin.current.json_file import read_text
from trailmin.current.source import DocumentPath, Reference, SourceFile, SourceFormat

_DEPTH_CAP = 8
_CALL_ARGUMENTS = {"source", "version", "count", "for_each", "providers", "depends_on"}
CALLS = "module.calls"
"""Among the values of a file: how often its module is called, where that is more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    folder: Path
    label: str
    block: Block
    is_loop: bool


@dataclass(slots=True, kw_only=True)
class Deployments:
    """The modules of files that were found together."""

    folders: dict[Path, tuple[SourceFile, ...]]
    notes: list[str]
    calls: dict[Path, list[_Call]]

    @classmethod
    def of(cls, files: Sequence[SourceFile]) -> "Deployments":
        """Return the modules that files are in, each with all files of its folder.

        Raises:
            CurrentError: One of them is not HCL.
        """
        by_folder: dict[Path, list[SourceFile]] = defaultdict(list)
        for file in files:
            by_folder[file.document.path.parent].append(file)
        folders = {folder: _whole_module(folder, held) for folder, held in by_folder.items()}
        deployments = cls(folders=folders, notes=[], calls=defaultdict(list))
        waiting = list(folders)
        while waiting:
            folder = waiting.pop()
            deployments._find_calls(folder, folders[folder])
            waiting += deployments._add_called(folder)
        return deployments

    def _add_called(self, caller: Path) -> Iterator[Path]:
        """Read the modules that one calls, where they are in the repository."""
        first = self.folders[caller][0]
        for folder, calls in self.calls.items():
            if folder in self.folders or not any(call.folder == caller for call in calls):
                continue
            names = sorted(path.name for path in folder.glob("*.tf"))
            if not names or not folder.is_relative_to(first.document.root):
                self.notes.append(f"{first.document.relative}: module {calls[0].label} is not in the repository")
                continue
            place = DocumentPath(
                root=first.document.root, relative=(folder / names[0]).relative_to(first.document.root).as_posix()
            )
            file = SourceFile(document=place, format=SourceFormat.TERRAFORM, text=read_text(place.path))
            self.folders[folder] = _whole_module(folder, [file])
            yield folder

    def _find_calls(self, folder: Path, files: Sequence[SourceFile]) -> None:
        module = read_module(tuple(files), {})
        for file in module.files:
            for block in file.root.of_type("module"):
                node = block.get("source")
                source = known_value(Scope(module=module, file=file).value(node)) if node is not None else None
                label = block.labels[0] if block.labels else ""
                if source is None or not source.startswith(("./", "../")):
                    where = f"comes from {source}" if source is not None else "has a source that is not known"
                    self.notes.append(f"{file.name}: module {label} {where}: roles and policies in it are not read")
                    continue
                target = Path(posixpath.normpath(posixpath.join(folder.as_posix(), source)))
                is_loop = block.get("count") is not None or block.get("for_each") is not None
                self.calls[target].append(_Call(folder=folder, label=label, block=block, is_loop=is_loop))

    def deployed(self) -> Iterator[Module]:
        """Yield each deployment of each module; each of its files has the others beside it."""
        for folder in sorted(self.folders):
            for values in self._values(folder, 0):
                references = tuple(Reference(expression=k, value=v) for k, v in sorted(values.items()))
                files = tuple(replace(file, values=references) for file in self.folders[folder])
                linked = tuple(
                    replace(file, siblings=tuple(other for other in files if other is not file)) for file in files
                )
                yield read_module(linked, values)

    def _values(self, folder: Path, depth: int) -> list[dict[str, str]]:
        """What is known of each deployment of a module."""
        given: dict[str, str] = {}
        for file in self.folders[folder]:
            given |= {reference.expression: reference.value for reference in file.values}
        calls = [call for call in self.calls.get(folder, ()) if call.folder in self.folders]
        if not calls or depth > _DEPTH_CAP:
            return [_with_region(self.folders[folder], {**values, **given}) for values in _of_root(folder)]
        found: list[dict[str, str]] = []
        several = len(calls) > 1 or any(call.is_loop for call in calls)
        for call in calls:
            for outer in self._values(call.folder, depth + 1):
                inner = self._of_call(call, outer)
                found.append({**inner, **given, **({CALLS: str(max(2, len(calls)))} if several else {})})
        return found

    def _of_call(self, call: _Call, outer: Mapping[str, str]) -> dict[str, str]:
        """What a call tells the module that it calls."""
        module = read_module(self.folders[call.folder], outer)
        file = next(f for f in module.files if any(b.start == call.block.start and b.labels == call.block.labels
                                                   for b in f.root.of_type("module")))  # fmt: skip
        scope = Scope(module=module, file=file)
        values = {k: v for k, v in outer.items() if k.startswith("AWS::")}
        prefix = f"module.{call.label}"
        for expression, value in outer.items():
            if expression.startswith(f"{prefix}|"):
                values[expression.removeprefix(f"{prefix}|")] = value
        for member in call.block.members:
            if member.name is not None and member.name not in _CALL_ARGUMENTS:
                known = known_value(scope.value(member.value))
                if known is not None:
                    values[f"var.{member.name}"] = known
        return values


def _of_root(folder: Path) -> list[dict[str, str]]:
    """The values of each deployment that states beside a root module tell of; those of modules in it, by their call."""
    states = states_beside(folder)
    return [_flattened(state) for state in states] or [{}]


def _flattened(state: State) -> dict[str, str]:
    """The values of the root, and those of each module with its address and a bar before them."""
    values = {**state.modules.get("", {}), **state.variables}
    for address, inner in state.modules.items():
        if address:
            # `module.a.module.b` is what the call of b in a finds with `module.b|` in the values of a.
            outer = address.replace(".module.", "|module.")
            values |= {f"{outer}|{name}": value for name, value in inner.items()}
    return values


def _with_region(files: tuple[SourceFile, ...], values: dict[str, str]) -> dict[str, str]:
    """The values with the region of the provider, where no state tells it."""
    if "AWS::Region" in values:
        return values
    module = read_module(files, values)
    for file in module.files:
        for block in file.root.of_type("provider"):
            node = block.get("region")
            if block.labels == ("aws",) and block.get("alias") is None and node is not None:
                region = known_value(Scope(module=module, file=file).value(node))
                return {**values, "AWS::Region": region} if region is not None else values
    return values


def _whole_module(folder: Path, files: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
    """All configuration of a folder: files that were not given are read, so that references are found."""
    held = {file.document.path.name: file for file in files}
    first = files[0]
    names = sorted(path.name for path in folder.glob("*.tf"))
    variables = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.tfvars"))
    for name in (*names, *(name for name in variables if not any(p.startswith(".") for p in name.split("/")))):
        if name not in held:
            relative = posixpath.join(posixpath.dirname(first.document.relative), name)
            held[name] = SourceFile(
                document=DocumentPath(root=first.document.root, relative=relative),
                format=SourceFormat.TERRAFORM,
                text=read_text(folder / name),
            )
    return tuple(held.values())
