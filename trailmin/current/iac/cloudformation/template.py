"""One template: its resources, what their values stand for, and the documents among them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.functions import intrinsic
from trailmin.current.iac.places import Cut, PolicyPlace
from trailmin.current.iac.spelling import known_text, text_of
from trailmin.current.iac.statements import read_statements, read_value
from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.current.model import PolicyKind
from trailmin.current.source import GeneratedName
from trailmin.policy import VERSION_2012
from trailmin.policy import PolicyKind as Grammar


@dataclass(frozen=True, kw_only=True)
class Template:
    """One template."""

    root: SourceNode
    dialect: TemplateDialect
    notes: list[str] = field(default_factory=list)

    @cached_property
    def resources(self) -> Mapping[str, SourceMember]:
        """Its resources by logical id; loops (`Fn::ForEach::…`) are left out."""
        node = self.root.get("Resources")
        members = (node.members if node is not None else None) or ()
        return {m.name: m for m in members if not m.name.startswith("Fn::") and m.value.members is not None}

    def type_of(self, logical_id: str) -> str:
        """The type of a resource."""
        node = self.resources[logical_id].value.get("Type") if logical_id in self.resources else None
        return (node.value or "") if node is not None else ""

    def properties_of(self, logical_id: str) -> SourceNode | None:
        """The properties of a resource, where they are a mapping."""
        node = self.resources[logical_id].value.get("Properties")
        return node if node is not None and node.members is not None and intrinsic(node) is None else None

    def of_type(self, kind: str) -> Iterator[tuple[str, SourceNode]]:
        """Yield logical id and properties of the resources of a type."""
        for name in self.resources:
            if self.type_of(name) == kind and (properties := self.properties_of(name)) is not None:
                yield name, properties

    # --- values

    def known_text(self, node: SourceNode | None) -> str | None:
        """What a value stands for, where all of it is known."""
        if node is None:
            return None
        try:
            return known_text(self.dialect.spellings(node))
        except UnreadableError:
            return None

    def pattern(self, node: SourceNode | None) -> str | None:
        """What a value stands for, unknown parts as `*`; None where there is nothing to tell."""
        if node is None:
            return None
        try:
            texts = {text_of(spelling) for spelling in self.dialect.spellings(node)}
        except UnreadableError:
            return None
        return texts.pop() if len(texts) == 1 else None

    def resource_of(self, node: SourceNode) -> str | None:
        """The logical id of the resource that a value refers to as a whole."""
        found = intrinsic(node)
        if found is None:
            return None
        name, argument = found
        target = argument.value if name in {"Ref", "Fn::Sub"} else None
        if name == "Fn::GetAtt":
            parts = argument.items[0].value if argument.items else (argument.value or "").partition(".")[0]
            target = parts
        target = (target or "").removeprefix("${").removesuffix("}").partition(".")[0]
        return target if target in self.resources else None

    def items_of(self, node: SourceNode | None) -> Iterator[tuple[SourceNode | None, int, SourceNode]]:
        """Yield the values of a list, or the one value, conditions followed: container, index, value."""
        if node is None:
            return
        for branch in self.dialect.branches(node):
            if branch.items is None or branch.tag is not None:
                yield None, 0, branch
                continue
            for index, item in enumerate(branch.items):
                for value in self.dialect.branches(item):
                    yield (branch if value is item else None), index, value

    # --- names

    def name_of_role(self, logical_id: str, node: SourceNode | None) -> tuple[str | None, GeneratedName | None]:
        """Return a role's name, or what is known of it."""
        physical = self.dialect.values.get(logical_id)
        if physical is not None:
            return physical, None
        known = self.known_text(node)
        if known is not None:
            return known, None
        stack = self.dialect.values.get("AWS::StackName")
        return None, GeneratedName(logical_id=logical_id, stack=stack, pattern=self.pattern(node) if node else None)

    def role_arn(self, name: str | None, path: str) -> str | None:
        """Return a role's ARN, where its parts are known."""
        where = self.dialect.deployment
        if name is None or "*" in where.account:
            return None
        partition = "aws" if where.partition == "*" else where.partition
        return f"arn:{partition}:iam::{where.account}:role{path}{name}"

    @property
    def account(self) -> str | None:
        """The account of its stack."""
        return self.dialect.values.get("AWS::AccountId")

    # --- policies

    def policy(
        self,
        document: SourceNode | None,
        *,
        address: str,
        kind: PolicyKind,
        name: str,
        cut: Cut,
        item: SourceNode | None = None,
    ) -> PolicyPlace | str:
        """Return the policy that a document stands for, or why it cannot be read."""
        try:
            version, element = self._parts(document)
            statements = read_statements(element, self.dialect)
        except UnreadableError as error:
            return f"{address} cannot be read: {error.message}"
        return PolicyPlace(
            address=address,
            kind=kind,
            name=name,
            version=version,
            statements=statements,
            element=element,
            item=item,
            cut=cut,
        )

    def _parts(self, document: SourceNode | None) -> tuple[str | None, SourceNode]:
        """Version and Statement of a document.

        Raises:
            UnreadableError: There is none, or it is computed.
        """
        if document is None:
            raise UnreadableError("it has no document")
        branches = self.dialect.branches(document)
        element = branches[0].get("Statement") if len(branches) == 1 and branches[0].members is not None else None
        if element is None:
            raise UnreadableError("its document is computed, or depends on a condition that is not known")
        version = branches[0].get("Version")
        return (str(read_value(version, self.dialect)) if version is not None else None), element

    def trust(self, properties: SourceNode, logical_id: str) -> PolicyPlace | None:
        """Return a role's trust policy, None where there is none or it is computed."""
        name = "AssumeRolePolicyDocument"
        found = self.policy(
            properties.get(name),
            address=f"Resources/{logical_id}/Properties/{name}",
            kind=PolicyKind.INLINE,
            name=logical_id,
            cut=Cut(refusal="a role cannot be without a trust policy"),
        )
        return None if isinstance(found, str) else replace(found, grammar=Grammar.TRUST)

    def statement(self, node: SourceNode, *, address: str, name: str, cut: Cut) -> PolicyPlace | str:
        """Return the policy on a resource that one statement makes, or why it cannot be read."""
        try:
            statements = read_statements(node, self.dialect)
        except UnreadableError as error:
            return f"{address} cannot be read: {error.message}"
        return PolicyPlace(
            address=address,
            kind=PolicyKind.INLINE,
            name=name,
            grammar=Grammar.RESOURCE,
            version=VERSION_2012,
            statements=statements,
            element=node,
            cut=cut,
        )
