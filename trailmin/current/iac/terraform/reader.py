"""Terraform's configuration, as a `SourceReader`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from trailmin.current.iac.interface import Attachment, SourceContents, union_of
from trailmin.current.iac.places import attached_policy, placed_policy, policy_in_force, role_in_force
from trailmin.current.iac.spelling import learn
from trailmin.current.iac.terraform.contents import module_contents
from trailmin.current.iac.terraform.deployments import Deployments
from trailmin.current.iac.terraform.editor import edit_module
from trailmin.current.iac.terraform.functions import event_source_mappings_of, functions_of
from trailmin.current.iac.terraform.policies import TerraformPolicy
from trailmin.current.iac.terraform.resource_types import TERRAFORM_TYPES
from trailmin.current.iac.terraform.roles import ModuleContents, TerraformRole
from trailmin.current.model import PolicyInForce, Role
from trailmin.current.resource_policy import PlacedPolicy
from trailmin.current.source import Reference, SourceFile, SourceFormat, SourcePlace
from trailmin.current.source_edit import EditedSource, SourceChange
from trailmin.errors import DefectError
from trailmin.policy import Policy, Statement


class TerraformReader:
    """Reads and edits `.tf` files."""

    def recognise(self, path: Path, text: str) -> SourceFormat | None:
        """Return Terraform for a file called so; see `SourceReader`."""
        return SourceFormat.TERRAFORM if path.suffix == ".tf" and text.strip() else None

    def read(self, files: Sequence[SourceFile]) -> SourceContents:
        """Return what modules hold, once for each deployment that is known of them; see `SourceReader`."""
        deployments = Deployments.of(files)
        parts = [_in_force(module_contents(module)) for module in deployments.deployed()]
        return union_of([*parts, SourceContents(notes=tuple(deployments.notes))])

    def learn(self, file: SourceFile, deployed: Mapping[str, Policy]) -> tuple[Reference, ...]:
        """Return what unknown expressions stand for; see `SourceReader`."""
        learned: dict[str, set[str]] = {}
        for module in Deployments.of([file]).deployed():
            if module.file_called(file.document.relative) is None:
                continue
            for policy in _policies(module_contents(module)):
                if policy.place.address in deployed:
                    for expression, value in _learned(policy, deployed[policy.place.address].statements):
                        learned.setdefault(expression, set()).add(value)
        return tuple(
            Reference(expression=name, value=next(iter(values)))
            for name, values in sorted(learned.items())
            if len(values) == 1
        )

    def edit(self, file: SourceFile, changes: Sequence[SourceChange]) -> EditedSource:
        """Return the file with changes made; see `SourceReader`."""
        return edit_module(file, changes)


def _in_force(contents: ModuleContents) -> SourceContents:
    """What one deployment of a module holds, as the rest of trailmin sees it."""
    notes = list(contents.notes)
    managed: dict[str, PolicyInForce] = {}
    for key, found in contents.managed.items():
        match policy_in_force(found.place, _file(found, contents), None):
            case str(reason):
                notes.append(reason)
            case PolicyInForce() as policy:
                held = tuple(contents.holders.get(key, ()))
                account = contents.module.values.get("AWS::AccountId")
                managed[key] = replace(policy, account=account, attached_to=held)
    roles: list[Role] = []
    attachments: list[Attachment] = []
    for role in contents.roles.values():
        made, outside = _role_in_force(role, contents, managed)
        roles.append(made)
        attachments += outside
    attached = {a.place.policy for role in contents.roles.values() for a in role.attachments}
    return SourceContents(
        roles=tuple(roles),
        policies=tuple(policy for key, policy in managed.items() if key not in attached),
        attachments=tuple(attachments),
        functions=tuple(functions_of(contents)),
        event_source_mappings=tuple(event_source_mappings_of(contents)),
        resource_policies=tuple(_on_resources(contents, notes)),
        notes=tuple(notes),
    )


def _on_resources(contents: ModuleContents, notes: list[str]) -> Iterator[PlacedPolicy]:
    account = contents.module.values.get("AWS::AccountId")
    for one in contents.on_resources:
        file, place = _file(one.policy, contents), one.on
        match placed_policy(place.policy, file, service=place.service, resource=place.resource, account=account):
            case str(reason):
                notes.append(reason)
            case PlacedPolicy() as placed:
                yield placed


def _role_in_force(
    role: TerraformRole, contents: ModuleContents, managed: Mapping[str, PolicyInForce]
) -> tuple[Role, tuple[Attachment, ...]]:
    notes = list(role.notes)
    policies: list[PolicyInForce] = []
    for found in role.policies:
        match policy_in_force(found.place, _file(found, contents), role.place):
            case str(reason):
                notes.append(reason)
            case PolicyInForce() as policy:
                policies.append(policy)
    outside: list[Attachment] = []
    for one in role.attachments:
        where = SourcePlace(file=one.file.file, address=one.place.address)
        if one.place.policy is not None and one.place.policy in managed:
            policies.append(attached_policy(managed[one.place.policy], one.place, where))
        else:
            outside.append(Attachment(role_name=role.place.shown_name, policy_arn=one.place.arn, place=where))
    file = _file(role.trust, contents) if role.trust is not None else contents.module.files[0].file
    made, _ = role_in_force(replace(role.place, notes=tuple(notes)), file, {})
    return replace(made, policies=tuple(policies)), tuple(outside)


def _file(policy: TerraformPolicy, contents: ModuleContents) -> SourceFile:
    """The file to edit: where most statements stand."""
    if policy.document is None or not policy.file.name.endswith(".tf"):
        return policy.file.file
    names = [getattr(place, "file", policy.file).name for place in policy.place.statements]
    own = policy.file.name
    name = own if own in names or not names else max(sorted(set(names)), key=names.count)
    found = contents.module.file_called(name)
    if found is None:
        raise DefectError(f"{name} has gone from its module")
    return found.file


def _policies(contents: ModuleContents) -> Iterator[TerraformPolicy]:
    yield from contents.managed.values()
    for role in contents.roles.values():
        yield from role.policies


def _learned(policy: TerraformPolicy, statements: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    if len(policy.place.statements) != len(statements):
        return
    for place, statement in zip(policy.place.statements, statements, strict=True):
        for name, texts in (("Resource", statement.resources), ("NotResource", statement.not_resources)):
            element = place.elements.get(name)
            for item in element.items if element is not None else ():
                # The provider sorts what it writes: an item is told by the one text that it can be.
                found = [
                    told for text in texts if len(item.spellings) == 1 and (told := learn(item.spellings[0], text))
                ]
                for expression, value in found[0].items() if len(found) == 1 else ():
                    yield expression, value
                    yield from _consequences(expression, value)


def _consequences(expression: str, value: str) -> Iterator[tuple[str, str]]:
    """A resource's id is its name, for most; the account and the region are what they are everywhere."""
    address, _, attribute = expression.rpartition(".")
    kind = TERRAFORM_TYPES.get(address.removeprefix("data.").partition(".")[0])
    if kind is not None and attribute == "id" and kind.id == "{n}":
        yield f"{address}.{kind.name}", value
    if address.startswith("data.aws_caller_identity.") and attribute == "account_id":
        yield "AWS::AccountId", value
    if address.startswith("data.aws_region."):
        yield "AWS::Region", value
