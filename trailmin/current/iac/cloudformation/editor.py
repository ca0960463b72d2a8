"""Changes of policies written into a template: each whole or refused, and read again to see that they are as meant."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trailmin.current.iac.cloudformation.contents import Parse, TemplateContents, contents_of
from trailmin.current.iac.cloudformation.dependencies import has_circle
from trailmin.current.iac.cloudformation.permission_edit import edited_permission, pasted_permission
from trailmin.current.iac.cloudformation.set_policy import with_statements
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.cloudformation.untouched import beside
from trailmin.current.iac.cloudformation.writing import (
    document_value,
    edited_statements,
    in_place_of,
    pasted,
    pasted_for_cdk,
    tighter_template,
)
from trailmin.current.iac.dialect import Style
from trailmin.current.iac.normal_form import normal_policy, normal_statements, together
from trailmin.current.iac.places import AttachmentPlace, Cut, PolicyPlace, RolePlace, cut_splices
from trailmin.current.iac.sids import apart, sids_of
from trailmin.current.iac.splice import NotEditableError, SourceText, Splice, spliced
from trailmin.current.iac.statement_edit import StatementEditor
from trailmin.current.iac.tree import SourceNode
from trailmin.current.source import SourceFile, SourceFormat
from trailmin.current.source_edit import EditedSource, Refusal, SourceChange, SourceChangeKind
from trailmin.errors import CurrentError
from trailmin.policy import VERSION_2012, ReplaceStatement, Statement

_GENERATED = "cdk synth wrote this template: change the code of the CDK app that makes it"


def edit_template(file: SourceFile, changes: Sequence[SourceChange], parse: Parse = contents_of) -> EditedSource:
    """Return the file with the changes made; those that cannot be made are refused.

    Raises:
        CurrentError: The template cannot be parsed.
    """
    index = _Index.of(file, parse)
    refusals: dict[int, str] = {}
    if file.format is SourceFormat.CDK:
        refusals = dict.fromkeys(range(len(changes)), _GENERATED)
    is_literal = False
    while True:
        active = {number: change for number, change in enumerate(changes) if number not in refusals}
        attempt = _Attempt(file=file, index=index, parse=parse, is_literal=is_literal)
        text = attempt.apply(active)
        wrong = attempt.refused or attempt.unlike(text, active)
        if not wrong and (is_literal or not attempt.closes_circle(text)):
            break
        # References that are right each by itself may close a circle together.
        is_literal = is_literal or not wrong
        refusals |= wrong
    return EditedSource(
        file=file,
        text=text,
        refusals=tuple(
            Refusal(policy=changes[n].policy, reason=reason, paste=_paste(index, changes[n], file))
            for n, reason in sorted(refusals.items())
        ),
        notes=tuple(attempt.notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """What a template holds, by address."""

    contents: tuple[TemplateContents, ...]
    policies: Mapping[str, tuple[Template, PolicyPlace]]
    attachments: Mapping[str, tuple[Template, RolePlace, AttachmentPlace]]

    @classmethod
    def of(cls, file: SourceFile, parse: Parse) -> "_Index":
        contents = parse(file)
        return cls(
            contents=contents,
            policies={policy.address: (c.template, policy) for c in contents for _, policy in c.policies()},
            attachments={a.address: (c.template, role, a) for c in contents for role, a in c.attachments()},
        )

    def policy(self, change: SourceChange) -> tuple[Template, PolicyPlace]:
        if (found := self.policies.get(change.place.address)) is None:
            raise NotEditableError(f"the file has nothing at {change.place.address} any more")
        return found

    def attachment(self, change: SourceChange) -> tuple[Template, RolePlace, AttachmentPlace]:
        if (found := self.attachments.get(change.place.address)) is None:
            raise NotEditableError(f"the file has nothing at {change.place.address} any more")
        return found


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """One try to make changes; what turns out not to work is refused, and the rest tried again."""

    file: SourceFile
    index: _Index
    parse: Parse
    is_literal: bool = False
    """Whether new values are written without new references."""
    refused: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    splices: list[Splice] = field(default_factory=list)
    cuts: list[tuple[Template, Cut]] = field(default_factory=list)
    meant: dict[str, Hashable | None] = field(default_factory=dict)
    """Address of a policy to what it becomes; None where it goes."""
    added: dict[str, list[Hashable]] = field(default_factory=dict)
    """Address of a role to the policies that it gets."""
    detached: set[str] = field(default_factory=set)
    made: dict[str, tuple[str, Hashable]] = field(default_factory=dict)
    """Address of a new permission to that of the one that it was made of, and what it stands for."""
    later: list[tuple[int, SourceChange]] = field(default_factory=list)
    """Replacements that come into a list of policies, once the rest is done."""

    def apply(self, changes: Mapping[int, SourceChange]) -> str:
        """Return the new text; `refused` has what could not be made."""
        for number, change in changes.items():
            try:
                self._make(number, change)
            except CurrentError as error:
                self.refused[number] = error.message
        if self.refused:
            return self.file.text
        text = self._spliced(changes)
        for number, change in self.later:
            try:
                text = self._with_policy(text, change)
            except CurrentError as error:
                self.refused[number] = error.message
        return text

    def _spliced(self, changes: Mapping[int, SourceChange]) -> str:
        source = SourceText(text=self.file.text)
        try:
            cut = [
                splice
                for contents in self.index.contents
                for splice in cut_splices(
                    source, [c for t, c in self.cuts if t is contents.template], contents.template.root
                )
            ]
            return spliced(self.file.text, [*self.splices, *cut])
        except NotEditableError as error:
            self.refused |= dict.fromkeys(changes, error.message)
            return self.file.text

    def _make(self, number: int, change: SourceChange) -> None:
        match change.kind:
            case SourceChangeKind.EDIT:
                self._edit(change)
            case SourceChangeKind.REMOVE:
                template, place = self.index.policy(change)
                self._cut(template, place.cut)
                self._mean(place.address, None)
            case SourceChangeKind.DETACH:
                template, _, attachment = self.index.attachment(change)
                self._cut(template, attachment.cut)
                self.detached.add(attachment.address)
            case SourceChangeKind.REPLACE:
                self._replace(number, change)

    def _cut(self, template: Template, cut: Cut) -> None:
        if cut.refusal is not None:
            raise NotEditableError(cut.refusal)
        self.cuts.append((template, cut))

    def _mean(self, address: str, meant: Hashable | None) -> None:
        if address in self.meant and self.meant[address] != meant:
            raise NotEditableError("several roles hold it, and need different changes")
        self.meant[address] = meant

    def _edit(self, change: SourceChange) -> None:
        template, place = self.index.policy(change)
        if place.refusal is not None:
            raise NotEditableError(place.refusal)
        statements = change.policy.policy.statements
        is_new = place.address not in self.meant
        if place.template is not None:
            self._edit_sam_template(template, place, change)
            return
        if place.is_permission:
            self._edit_permission(template, place, change)
            return
        if len(place.statements) != len(statements):
            raise NotEditableError("the file has other statements now")
        dialect = template.dialect.within(place.address, literal=self.is_literal)
        editor = StatementEditor(source=dialect.source, dialect=dialect, may_empty=place.own_cut is not None)
        editor.edit(place.statements, statements, change.edits)
        meant = [s for old in statements for s in editor.meant.get(old.index, (old,))]
        self._mean(place.address, normal_statements(meant))
        if is_new:
            self.splices += editor.splices
            self.notes += (f"{place.address} keeps {stays}" for stays in editor.stays)
            if editor.is_emptied and place.own_cut is not None:
                self._empty(template, place, place.own_cut)
            self._note_width(change, place.address, meant)

    def _edit_permission(self, template: Template, place: PolicyPlace, change: SourceChange) -> None:
        (statement,) = change.policy.policy.statements
        parts = [spec for edit in change.edits if isinstance(edit, ReplaceStatement) for spec in edit.parts]
        if not parts:
            return
        dialect = template.dialect.within(place.address, literal=self.is_literal)
        splices, meant = edited_permission(template, dialect, place, statement, parts)
        is_new = place.address not in self.meant
        for name, one in meant.items():
            address = place.address.replace(f"/{place.name}/", f"/{name}/")
            if address == place.address:
                self._mean(address, normal_statements([one]))
            else:
                self.made[address] = (place.address, normal_statements([one]))
        if is_new:
            self.splices += splices

    def _empty(self, template: Template, place: PolicyPlace, cut: Cut) -> None:
        """Take out all statements that stand in the file; where the key must stay, its list is left empty."""
        if cut.chain or place.element is None:
            self._cut(template, cut)
            return
        source, node = template.dialect.source, place.element
        start = len(source.text[: node.start].rstrip())
        self.splices.append(Splice(start=start, end=source.content_end(node), new=" []"))

    def _edit_sam_template(self, template: Template, place: PolicyPlace, change: SourceChange) -> None:
        dialect = template.dialect.within(place.address, literal=self.is_literal)
        after = edited_statements(change.policy.policy, change.edits, place.statements, dialect)
        meant = [statement for statement, _ in after]
        self._mean(place.address, normal_statements(meant))
        if normal_statements(meant) == normal_policy(place):
            return
        tighter = tighter_template(template, place, meant)
        item = _own_text(place.item)
        if tighter is None:
            style = Style(is_json=item.is_json, is_flow=item.is_flow)
            value = {"Statement": document_value(after, dialect, style)}
            tighter = in_place_of(dialect.source, item, value)
        self.splices.append(tighter)
        self._note_width(change, place.address, meant)

    def _replace(self, number: int, change: SourceChange) -> None:
        template, role, attachment = self.index.attachment(change)
        dialect = template.dialect.within(role.address, literal=self.is_literal)
        after = edited_statements(change.policy.policy, change.edits, (), dialect)
        meant = [statement for statement, _ in after]
        self.added.setdefault(role.address, []).append(normal_statements(meant))
        self.detached.add(attachment.address)
        if "/Policies/" in attachment.address and attachment.cut.refusal is None:
            item = _own_text(attachment.item)
            style = Style(is_json=item.is_json, is_flow=item.is_flow)
            value = {"Version": VERSION_2012, "Statement": document_value(after, dialect, style)}
            self.splices.append(in_place_of(dialect.source, item, value))
        else:
            self._cut(template, attachment.cut)
            self.later.append((number, change))

    def _with_policy(self, text: str, change: SourceChange) -> str:
        """The text with the policy that stands in for an attachment."""
        _, old_role, _ = self.index.attachment(change)
        now = _Index.of(replace(self.file, text=text), self.parse)
        template, role = next((c.template, r) for c in now.contents for r in c.roles if r.address == old_role.address)
        if role.properties is None or role.properties.is_shared:
            raise NotEditableError("the role is not defined in this file, or shared by an anchor")
        dialect = template.dialect.within(role.address, literal=self.is_literal)
        after = edited_statements(change.policy.policy, change.edits, (), dialect)
        if role.is_set:
            statements = apart((statement for statement, _ in after), sids_of(role.policies))
            after = tuple(zip(statements, (items for _, items in after), strict=True))
        properties = role.properties
        style = Style(is_json=properties.is_json, is_flow=properties.is_flow)
        document = {"Version": VERSION_2012, "Statement": document_value(after, dialect, style)}
        if role.is_set:
            return with_statements(text, properties, document, dialect)
        policy = {"PolicyName": change.name, "PolicyDocument": document}
        editor = StatementEditor(source=SourceText(text=text), dialect=dialect)
        held = properties.member("Policies")
        if held is None:
            return spliced(text, editor.append_member(properties, "Policies", [policy]))
        if held.value.items is None or held.value.tag is not None or held.value.is_shared or not held.value.items:
            raise NotEditableError("the role's Policies are computed, or shared by an anchor")
        return spliced(text, editor.append_item(held.value, policy))

    def _note_width(self, change: SourceChange, address: str, meant: Sequence[Statement]) -> None:
        """Say where what is written is wider than what was asked, because the source spells it with an unknown."""
        asked = {r for edit in change.edits for spec in getattr(edit, "parts", ()) for r in spec.resources or ()}
        if wider := sorted(asked - {text for statement in meant for text in statement.resources}):
            self.notes.append(f"{address}: wider than {', '.join(wider)}, as its values are not all known")

    # --- reading again

    def closes_circle(self, text: str) -> bool:
        """Whether resources depend on each other in a circle now, and did not before."""
        now = _Index.of(replace(self.file, text=text), self.parse)
        return _has_circle(now) and not _has_circle(self.index)

    def unlike(self, text: str, changes: Mapping[int, SourceChange]) -> dict[int, str]:
        """Return the changes that do not read as they were meant."""
        try:
            now = _Index.of(replace(self.file, text=text), self.parse)
        except CurrentError as error:
            return dict.fromkeys(changes, f"the edited file cannot be read: {error.message}")
        held, expected = _Attempt(file=self.file, index=now, parse=self.parse).expected(), self.expected()
        wrong = {a for a in expected.keys() | held.keys() if expected.get(a, Counter()) != held.get(a, Counter())}
        reason = "the file, edited, does not read as it was meant"
        touched = {number: self._touched(change) for number, change in changes.items()}
        if found := dict.fromkeys((number for number, addresses in touched.items() if wrong & addresses), reason):
            return found
        places = {address for addresses in touched.values() for address in addresses}
        if wrong or beside(self.index.contents, places) != beside(now.contents, places):
            return dict.fromkeys(changes, "edited, other places of the file would say something else")
        return {}

    def _touched(self, change: SourceChange) -> set[str]:
        address = change.place.address
        owners = {made for made, (origin, _) in self.made.items() if origin == address}
        owners |= {r.address for c in self.index.contents for r in c.roles for p in r.policies if p.address == address}
        if address in self.index.attachments:
            owners.add(self.index.attachments[address][1].address)
        return owners | {address}

    def expected(self) -> dict[str, Counter[Hashable]]:
        """Return what each role and each policy that is not inline is to be, by address."""
        expected: dict[str, Counter[Hashable]] = {}
        for contents in self.index.contents:
            for role in contents.roles:
                held = [p for place in role.policies if (p := self._after(place)) is not None]
                held += self.added.get(role.address, ())
                arns = [
                    a.arn if a.policy is None else a.policy for a in role.attachments if a.address not in self.detached
                ]
                expected[role.address] = Counter([*(together(held) if role.is_set else held), *arns])
            for place in contents.alone():
                after = self._after(place)
                expected[place.address] = Counter([after] if after is not None else [])
        return expected | {address: Counter([meant]) for address, (_, meant) in self.made.items()}

    def _after(self, place: PolicyPlace) -> Hashable | None:
        return self.meant[place.address] if place.address in self.meant else normal_policy(place)


def _has_circle(index: _Index) -> bool:
    return any(has_circle(contents.template.root.get("Resources")) for contents in index.contents)


def _own_text(item: SourceNode | None) -> SourceNode:
    if item is None or item.is_shared:
        raise NotEditableError("it is shared by an anchor with other places of the file")
    return item


def _paste(index: _Index, change: SourceChange, file: SourceFile) -> str | None:
    """What to put by hand; None where something only goes."""
    if change.kind in {SourceChangeKind.REMOVE, SourceChangeKind.DETACH}:
        return None
    address = change.place.address
    policies = index.policies.get(address)
    places = policies[1].statements if policies is not None else ()
    dialect = (policies[0] if policies is not None else index.contents[0].template).dialect.within(address)
    places = places if len(places) == len(change.policy.policy.statements) else ()
    after = edited_statements(change.policy.policy, change.edits, places, dialect)
    if file.format is SourceFormat.CDK:
        return pasted_for_cdk(after)
    try:
        if policies is not None and policies[1].is_permission:
            statements = [statement for statement, _ in after]
            return pasted_permission(statements, policies[1], dialect, is_json=dialect.whole.is_json)
        return pasted(after, dialect, is_json=dialect.whole.is_json)
    except NotEditableError:
        # What cannot be spelled in the format cannot be pasted either; the reason is the refusal's.
        return None
