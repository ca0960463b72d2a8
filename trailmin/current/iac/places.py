"""Roles and policies of a source with their places: what a reader finds, and an editor finds again by its address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from trailmin.current.iac.interface import Attachment
from trailmin.current.iac.spelling import StandIn, known_text
from trailmin.current.iac.splice import SourceText, Splice
from trailmin.current.iac.statements import PRINCIPALS, StatementPlace
from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.current.model import Boundary, PermissionSet, PolicyInForce, PolicyKind, Role
from trailmin.current.permission_set_files import ROLE_PREFIX
from trailmin.current.resource_policy import PlacedPolicy
from trailmin.current.source import GeneratedName, SourceFile, SourcePlace
from trailmin.errors import PolicyError
from trailmin.policy import VERSION_2012, parse_policy
from trailmin.policy import PolicyKind as Grammar
from trailmin.policy.document import print_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How something is taken out: as an item of a list, as a member of a mapping, or not at all."""

    chain: tuple[tuple[SourceNode, "SourceMember | int"], ...] = ()
    """Containers from the outermost that may go to the innermost, each with the child that goes."""
    refusal: str | None = None
    """Why it cannot be taken out."""
    is_conditional: bool = False
    """Whether it stands in a condition of the source, so that it may not be deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlace:
    """A policy document in a source."""

    address: str
    kind: PolicyKind
    name: str
    grammar: Grammar = Grammar.IDENTITY
    """Which elements its statements have; of a policy on a resource and of a trust policy, `kind` says nothing."""
    arn: str | None = None
    version: str | None = None
    statements: tuple[StatementPlace, ...]
    element: SourceNode | None = None
    """The Statement element; None where the source has no text of its own for the statements."""
    item: SourceNode | None = None
    """What stands for the whole policy, where that is one value (an item of SAM's `Policies`)."""
    template: str | None = None
    """Of SAM: the policy template that makes it."""
    is_permission: bool = False
    """Whether the properties of a resource make its one statement: `item` has them."""
    cut: Cut = field(default_factory=Cut)
    own_cut: Cut | None = None
    """How all statements that stand in the source are taken out, where others come from elsewhere."""
    refusal: str | None = None
    """Why it cannot be edited."""

    def document(self) -> dict[str, Any]:
        """Return what it stands for as JSON."""
        version = {"Version": self.version} if self.version is not None else {}
        return {**version, "Statement": [dict(place.json) for place in self.statements]}

    @property
    def doubtful(self) -> frozenset[int]:
        """The statements that may not be deployed, by index."""
        is_doubtful = self.cut.is_conditional
        return frozenset(at for at, one in enumerate(self.statements) if is_doubtful or one.is_conditional)

    @property
    def unreadable(self) -> str | None:
        """Why it cannot be read, though each of its statements can; None where it can."""
        told = [one.json.get("Condition") for one in self.statements]
        told += [one.json.get("NotResource") for one in self.statements if one.json.get("Effect") != "Deny"]
        if self.version == VERSION_2012 or not any(map(_stands_in, told)):
            return None
        return f"a value is not known, which only a policy with the Version {VERSION_2012} can tell from a plain text"

    @property
    def names_all_principals(self) -> bool:
        """Whether all principals are known."""
        items = (
            item
            for place in self.statements
            for name, element in place.elements.items()
            if name.startswith(PRINCIPALS)
            for item in element.items
        )
        return all(known_text(item.spellings) is not None for item in items)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentPlace:
    """An entry that attaches a managed policy to a role."""

    address: str
    arn: str
    """Of a policy that stands elsewhere; its pattern where it is not known."""
    policy: str | None = None
    """Address of the policy, where it stands in the same source."""
    cut: Cut = field(default_factory=Cut)
    item: SourceNode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePlace:
    """A policy of a source, or a part of one, and the resource that it is on."""

    service: str
    """Its service's prefix."""
    resource: str
    """The resource's ARN; what is unknown in it is `*`."""
    policy: PolicyPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePlace:
    """A role of a source and what it holds."""

    address: str
    logical_id: str
    name: str | None
    generated_name: GeneratedName | None = None
    account: str | None = None
    arn: str | None = None
    path: str = "/"
    trust: PolicyPlace | None = None
    boundary: AttachmentPlace | None = None
    """Its permissions boundary, never edited."""
    policies: tuple[PolicyPlace, ...] = ()
    attachments: tuple[AttachmentPlace, ...] = ()
    properties: SourceNode | None = None
    """The mapping that holds `Policies`."""
    is_set: bool = False
    """Whether it is a permission set: it has at most one inline policy, which takes in what replaces an attachment."""
    notes: tuple[str, ...] = ()

    @property
    def shown_name(self) -> str:
        """Its name, or its logical id."""
        return self.name or self.logical_id


def _stands_in(value: object) -> bool:
    """Whether a value, or one within it, is a text that is not known."""
    match value:
        case Mapping():
            return any(map(_stands_in, value.values()))
        case list() | tuple():
            return any(map(_stands_in, value))
        case _:
            return isinstance(value, StandIn)


def policy_in_force(place: PolicyPlace, file: SourceFile, role: RolePlace | None) -> PolicyInForce | str:
    """Return a policy as the rest of trailmin sees it, or why it cannot be read."""
    if place.unreadable is not None:
        return f"{place.address} cannot be read: {place.unreadable}; it is left alone"
    try:
        policy = parse_policy(place.document(), origin=f"{file.document.relative}: {place.address}")
    except PolicyError as error:
        return f"{error.message}; it is left alone"
    return PolicyInForce(
        kind=place.kind,
        name=place.name,
        account=role.account if role is not None else None,
        arn=place.arn,
        role_name=role.shown_name if role is not None and place.kind is PolicyKind.INLINE else None,
        policy=policy,
        text=print_policy(policy),
        source=SourcePlace(file=file, address=place.address),
        doubtful=place.doubtful,
    )


def placed_policy(
    place: PolicyPlace, file: SourceFile, *, service: str, resource: str, account: str | None
) -> PlacedPolicy | str:
    """Return a policy on a resource, or a trust policy, as the rest of trailmin sees it, or why it cannot be read."""
    if place.unreadable is not None:
        return f"{place.address} cannot be read: {place.unreadable}; it is left alone"
    try:
        policy = parse_policy(place.document(), kind=place.grammar, origin=f"{file.document.relative}: {place.address}")
    except PolicyError as error:
        return f"{error.message}; it is left alone"
    return PlacedPolicy(
        service=service,
        resource=resource,
        account=account,
        policy=policy,
        source=SourcePlace(file=file, address=place.address),
        is_known=place.names_all_principals,
    )


def role_in_force(
    place: RolePlace, file: SourceFile, managed: Mapping[str, PolicyInForce]
) -> tuple[Role, tuple[Attachment, ...]]:
    """Return a role as the rest of trailmin sees it, and its attachments of policies that stand elsewhere."""
    notes = list(place.notes)
    policies: list[PolicyInForce] = []
    for found in place.policies:
        match policy_in_force(found, file, place):
            case str(reason):
                notes.append(reason)
            case PolicyInForce() as policy:
                policies.append(policy)
    attachments: list[Attachment] = []
    for one in place.attachments:
        where = SourcePlace(file=file, address=one.address)
        if one.policy is not None and one.policy in managed:
            policies.append(attached_policy(managed[one.policy], one, where))
        else:
            attachments.append(Attachment(role_name=place.shown_name, policy_arn=one.arn, place=where))
    trust = _trust(place, file)
    role = Role(
        name=place.shown_name,
        account=place.account,
        arn=place.arn,
        path=place.path,
        policies=tuple(policies),
        boundary=_boundary(place.boundary, managed),
        trust=trust.policy if trust is not None and trust.is_known else None,
        trust_source=trust,
        generated_name=place.generated_name,
        notes=tuple(notes),
        permission_set=PermissionSet(name=place.shown_name.removeprefix(ROLE_PREFIX)) if place.is_set else None,
    )
    return role, tuple(attachments)


def attached_policy(policy: PolicyInForce, place: AttachmentPlace, where: SourcePlace) -> PolicyInForce:
    """Return a managed policy as a role holds it by an attachment, which may stand in a condition."""
    doubtful = frozenset(range(len(policy.policy.statements))) if place.cut.is_conditional else policy.doubtful
    return replace(policy, attachment=where, doubtful=doubtful)


def cut_splices(source: SourceText, cuts: Iterable[Cut], root: SourceNode) -> list[Splice]:
    """Return the replacements that take things out together; a list or mapping that they empty goes as well."""
    gone: dict[int, tuple[SourceNode, set[int]]] = {}
    for cut in cuts:
        _mark(list(cut.chain), gone)
    emptied = {
        start for start, (node, indices) in gone.items() if len(indices) == len(_children(node)) and node is not root
    }
    splices: list[Splice] = []
    for start, (node, indices) in gone.items():
        if start in emptied or _is_within(node, emptied, gone):
            continue
        splices += _removed(source, node, sorted(indices))
    return splices


def _mark(chain: list[tuple[SourceNode, "SourceMember | int"]], gone: dict[int, tuple[SourceNode, set[int]]]) -> None:
    node, child = chain.pop()
    index = child if isinstance(child, int) else [m.key.start for m in _own(node)].index(child.key.start)
    marked = gone.setdefault(node.start, (node, set()))[1]
    marked.add(index)
    if len(marked) == len(_children(node)) and chain:
        _mark(chain, gone)


def _is_within(node: SourceNode, emptied: set[int], gone: Mapping[int, tuple[SourceNode, set[int]]]) -> bool:
    return any(gone[start][0].start < node.start < gone[start][0].end for start in emptied)


def _removed(source: SourceText, node: SourceNode, indices: list[int]) -> list[Splice]:
    if node.items is not None:
        kept = [index for index in range(len(node.items)) if index not in indices]
        return source.set_items(node, kept, ())
    members = _own(node)
    return [splice for index in indices for splice in source.remove_member(node, members[index])]


def _children(node: SourceNode) -> "tuple[SourceNode | SourceMember, ...]":
    return node.items if node.items is not None else _own(node)


def _own(node: SourceNode) -> tuple[SourceMember, ...]:
    return tuple(member for member in node.members or () if not member.is_merged)


def _boundary(place: AttachmentPlace | None, managed: Mapping[str, PolicyInForce]) -> Boundary | None:
    if place is None:
        return None
    inside = managed.get(place.policy or "")
    return Boundary(arn=place.arn, policy=inside.policy if inside is not None else None)


def _trust(role: RolePlace, file: SourceFile) -> PlacedPolicy | None:
    """The role's trust policy; of one that is computed, in part or whole, nothing is concluded."""
    if role.trust is None:
        return None
    arn = role.arn or f"arn:*:iam::{role.account or '*'}:role{role.path}{role.name or '*'}"
    found = placed_policy(role.trust, file, service="iam", resource=arn, account=role.account)
    return None if isinstance(found, str) else found
