"""Templates of CloudFormation, SAM and the CDK, as a `SourceReader`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from trailmin.current.iac.cloudformation.contents import TemplateContents, contents_of, default_values, read_tree
from trailmin.current.iac.cloudformation.editor import edit_template
from trailmin.current.iac.cloudformation.functions import event_source_mappings_of, functions_of
from trailmin.current.iac.cloudformation.learning import learn_values
from trailmin.current.iac.cloudformation.sam_config import configured_stacks
from trailmin.current.iac.cloudformation.stacks import Stack, merge_stacks, parse_stacks
from trailmin.current.iac.interface import Attachment, SourceContents, read_each, union_of
from trailmin.current.iac.places import placed_policy, policy_in_force, role_in_force
from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.current.json_file import read_text
from trailmin.current.model import PolicyInForce, Role
from trailmin.current.resource_policy import PlacedPolicy
from trailmin.current.source import Reference, SourceFile, SourceFormat
from trailmin.current.source_edit import EditedSource, SourceChange
from trailmin.errors import CurrentError
from trailmin.policy import Policy

_RESOURCES = re.compile(r"^Resources[\"']?\s*:|\"Resources\"\s*:", re.MULTILINE)
_TYPE = re.compile(r"\bType[\"']?\s*:\s*[\"']?(?:AWS|Custom|Alexa)::")
_SAM = "AWS::Serverless-2016-10-31"
_CDK = "aws:cdk:path"
_BESIDE = ("*stack*.json", "*parameters*.json")


class TemplateReader:
    """Reads and edits templates."""

    def recognise(self, path: Path, text: str) -> SourceFormat | None:
        """Return the format of a template; see `SourceReader`."""
        if not _RESOURCES.search(text) or not _TYPE.search(text):
            return None
        if "cdk.out" in path.parts or _CDK in text:
            return SourceFormat.CDK
        return SourceFormat.SAM if _SAM in text else SourceFormat.CLOUDFORMATION

    def read(self, files: Sequence[SourceFile]) -> SourceContents:
        """Return what templates hold, once for each stack that is known of them; see `SourceReader`."""
        return read_each(files, lambda file: [read_template(variant) for variant in deployed(file)])

    def learn(self, file: SourceFile, deployed: Mapping[str, Policy]) -> tuple[Reference, ...]:
        """Return what unknown expressions stand for; see `SourceReader`."""
        return learn_values(file, deployed)

    def edit(self, file: SourceFile, changes: Sequence[SourceChange]) -> EditedSource:
        """Return a template with changes made; see `SourceReader`."""
        return edit_template(file, changes)


def deployed(
    file: SourceFile,
    template_of: Callable[[SourceNode], SourceNode] = lambda root: root,
    made_from: Callable[[SourceNode], Iterable[str]] = lambda root: (),
) -> tuple[SourceFile, ...]:
    """Return the file with the values of each stack that is known of it; itself where there is none.

    Stacks are those that AWS was asked for and that were made from the file, else those that files beside it tell of.
    Parameters that these do not name have their defaults; without any stack, parameters are unknown.

    Args:
        file: As it was found.
        template_of: The template in a document of the file.
        made_from: Logical ids of resources that are made from a document, and do not stand in its template.
    """
    documents = read_tree(file)
    roots = [template_of(root) for root in documents]
    names = {member.name for root in roots for member in _members(root.get("Resources"))}
    given = {reference.expression: reference.value for reference in file.values}
    made = names.union(*(made_from(document) for document in documents))
    stacks = [s for text in file.stacks for s in parse_stacks(text) if s.resources.keys() & made and _belongs(s, made)]
    variants: list[SourceFile] = []
    for stack in stacks or [stack for stack in _stacks_beside(file.document.path) if _belongs(stack, names)]:
        values = {**given, **stack.pseudo, **stack.resources}
        if stack.parameters is not None:
            for root in roots:
                values.update(default_values(root, stack.parameters))
        variants.append(replace(file, values=_references(values)))
    return tuple(variants) or (file,)


def _members(node: SourceNode | None) -> tuple[SourceMember, ...]:
    return (node.members if node is not None else None) or ()


def _belongs(stack: Stack, names: set[str]) -> bool:
    """Whether a stack may have been made from the template: SAM adds resources, others are the template's."""
    return not stack.resources or 2 * len(stack.resources.keys() & names) >= len(names)


def _stacks_beside(path: Path) -> tuple[Stack, ...]:
    """What files beside a template tell: those that bear its name, else those that bear no template's.

    How SAM is configured to deploy it tells of other stacks only where no output of AWS's tools tells of any.
    """
    found = sorted({p for pattern in _BESIDE for p in path.parent.glob(pattern) if p != path and p.is_file()})
    named = [p for p in found if p.name.startswith(f"{path.name.split('.')[0]}.")]
    plain = [p for p in found if p.name.startswith(("stack", "parameters", "describe-stack"))]
    told = merge_stacks(stack for p in named or plain for stack in parse_stacks(read_text(p)))
    names = {stack.name for stack in told if stack.name}
    configured = [stack for stack in configured_stacks(path) if not names or stack.name in names]
    return merge_stacks([*configured, *told])


def _references(values: Mapping[str, str]) -> tuple[Reference, ...]:
    return tuple(Reference(expression=name, value=value) for name, value in sorted(values.items()))


def read_template(file: SourceFile) -> SourceContents:
    """Return what one template holds, with the values that `file` has.

    Raises:
        CurrentError: It cannot be parsed.
    """
    parts = [contents_in_force(contents, file) for contents in contents_of(file)]
    if not parts:
        raise CurrentError(
            f"{file.document.relative} has no Resources", hint="give a template of CloudFormation or SAM"
        )
    return union_of(parts)


def contents_in_force(contents: TemplateContents, file: SourceFile) -> SourceContents:
    """Return what one template holds as the rest of trailmin sees it."""
    notes = [f"{file.document.relative}: {note}" for note in contents.template.notes]
    managed: dict[str, PolicyInForce] = {}
    for place in contents.managed:
        match policy_in_force(place, file, None):
            case str(reason):
                notes.append(reason)
            case PolicyInForce() as policy:
                bounded = tuple(
                    role.arn or role.shown_name
                    for role in contents.roles
                    if role.boundary is not None and role.boundary.policy == place.address
                )
                managed[place.address] = replace(policy, account=contents.template.account, bounds=bounded)
    roles: list[Role] = []
    attachments: list[Attachment] = []
    held: set[str] = set()
    for role_place in contents.roles:
        role, outside = role_in_force(role_place, file, managed)
        roles.append(role)
        attachments += outside
        held |= {one.policy for one in role_place.attachments if one.policy is not None}
    return SourceContents(
        roles=tuple(roles),
        policies=tuple(policy for address, policy in managed.items() if address not in held),
        attachments=tuple(attachments),
        functions=tuple(functions_of(contents.template)),
        event_source_mappings=tuple(event_source_mappings_of(contents.template)),
        resource_policies=tuple(_on_resources(contents, file, notes)),
        notes=tuple(notes),
    )


def _on_resources(contents: TemplateContents, file: SourceFile, notes: list[str]) -> Iterator[PlacedPolicy]:
    account = contents.template.account
    for place in contents.on_resources:
        match placed_policy(place.policy, file, service=place.service, resource=place.resource, account=account):
            case str(reason):
                notes.append(reason)
            case PlacedPolicy() as placed:
                yield placed
