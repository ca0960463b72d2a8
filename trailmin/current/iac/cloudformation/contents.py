"""All that one template file holds, by address: what the reader hands over and the editor finds again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from trailmin.current.iac.cloudformation.permission_sets import permission_sets_of
from trailmin.current.iac.cloudformation.resource_policies import resource_places_of
from trailmin.current.iac.cloudformation.roles import managed_policies_of, roles_of, with_given
from trailmin.current.iac.cloudformation.sam import connector_policies, sam_roles
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.places import AttachmentPlace, PolicyPlace, ResourcePlace, RolePlace
from trailmin.current.iac.splice import SourceText
from trailmin.current.iac.tree import SourceNode, from_json
from trailmin.current.iac.yaml_tree import read_yaml
from trailmin.current.source import SourceFile
from trailmin.errors import CurrentError, PolicyError
from trailmin.policy.json_text import read_json


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContents:
    """One template and what stands in it."""

    template: Template
    roles: tuple[RolePlace, ...]
    managed: tuple[PolicyPlace, ...]
    """Managed policies, whoever holds them."""
    on_resources: tuple[ResourcePlace, ...] = ()
    """Policies on resources."""

    def alone(self) -> Iterator[PolicyPlace]:
        """Yield every policy that is not an inline one of a role: managed ones, on resources, trust policies."""
        yield from self.managed
        yield from (place.policy for place in self.on_resources)
        yield from (role.trust for role in self.roles if role.trust is not None)

    def policies(self) -> Iterator[tuple[RolePlace | None, PolicyPlace]]:
        """Yield every policy, with the role that holds it inline."""
        for role in self.roles:
            yield from ((role, policy) for policy in role.policies)
        yield from ((None, policy) for policy in self.alone())

    def attachments(self) -> Iterator[tuple[RolePlace, AttachmentPlace]]:
        """Yield every attachment and its role."""
        for role in self.roles:
            yield from ((role, attachment) for attachment in role.attachments)


Parse = Callable[[SourceFile], tuple[TemplateContents, ...]]
"""Reads a file of a format whose policies stand in YAML or JSON, with CloudFormation's functions."""


def read_tree(file: SourceFile) -> tuple[SourceNode, ...]:
    """Return the documents of a YAML or JSON source.

    Raises:
        CurrentError: It is neither.
    """
    if file.text.lstrip().startswith("{"):
        try:
            return (from_json(read_json(file.text)),)
        except PolicyError as error:
            raise CurrentError(f"{file.document.relative}: {error.message}", hint=error.hint) from error
    return read_yaml(file.text, origin=file.document.relative)


@lru_cache(maxsize=16)
def contents_of(file: SourceFile) -> tuple[TemplateContents, ...]:
    """Return the templates in a file; the addresses in the second and later ones start with `document <n>: `.

    Raises:
        CurrentError: It cannot be parsed.
    """
    source = SourceText(text=file.text)
    values = {reference.expression: reference.value for reference in file.values}
    found: list[TemplateContents] = []
    for number, root in enumerate(read_tree(file), start=1):
        if root.get("Resources") is None:
            continue
        dialect = TemplateDialect(source=source, template=root, values=values)
        contents = template_contents(Template(root=root, dialect=dialect))
        found.append(contents if number == 1 else _numbered(contents, number))
    return tuple(found)


def template_contents(template: Template) -> TemplateContents:
    """Return what one template holds."""
    roles = (*roles_of(template), *sam_roles(template), *permission_sets_of(template))
    managed = list(managed_policies_of(template))
    attached: dict[str, list[AttachmentPlace]] = {}
    for role, policy in connector_policies(template):
        managed.append(policy)
        place = AttachmentPlace(address=f"{policy.address}/Roles", arn="*", policy=policy.address, cut=policy.cut)
        attached.setdefault(role, []).append(place)
    return TemplateContents(
        template=template,
        roles=tuple(with_given(role, {}, attached) for role in roles),
        managed=tuple(managed),
        on_resources=tuple(resource_places_of(template)),
    )


def default_values(root: SourceNode, given: Mapping[str, str | None]) -> dict[str, str]:
    """Return the values of a template's parameters, for a deployment that was given these; None: given, not known."""
    parameters = root.get("Parameters")
    values: dict[str, str] = {}
    for member in (parameters.members if parameters is not None else None) or ():
        kind, default = member.value.get("Type"), member.value.get("Default")
        is_looked_up = kind is not None and (kind.value or "").startswith("AWS::SSM::Parameter::Value")
        if default is not None and default.is_scalar and not is_looked_up:
            values[member.name] = default.value or ""
    return {name: value for name, value in {**values, **given}.items() if value is not None}


def _numbered(contents: TemplateContents, number: int) -> TemplateContents:
    def shifted(policy: PolicyPlace) -> PolicyPlace:
        return replace(policy, address=f"{prefix}{policy.address}")

    prefix = f"document {number}: "
    roles = tuple(
        replace(
            role,
            address=f"{prefix}{role.address}",
            policies=tuple(shifted(policy) for policy in role.policies),
            trust=shifted(role.trust) if role.trust is not None else None,
            attachments=tuple(
                replace(a, address=f"{prefix}{a.address}", policy=f"{prefix}{a.policy}" if a.policy else None)
                for a in role.attachments
            ),
        )
        for role in contents.roles
    )
    return replace(
        contents,
        roles=roles,
        managed=tuple(shifted(policy) for policy in contents.managed),
        on_resources=tuple(replace(one, policy=shifted(one.policy)) for one in contents.on_resources),
    )
