"""Changes of policies written into a file of a module: each whole or refused, and read again to be as it was meant."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trailmin.current.iac.normal_form import normal_policy, normal_statements, together
from trailmin.current.iac.splice import NotEditableError, SourceText, Splice, spliced
from trailmin.current.iac.terraform.attachment_edit import detached, removed_policy, with_inline_policy
from trailmin.current.iac.terraform.contents import module_contents
from trailmin.current.iac.terraform.deployments import CALLS
from trailmin.current.iac.terraform.hcl_writer import aligned
from trailmin.current.iac.terraform.heredoc_editor import HeredocEditor
from trailmin.current.iac.terraform.module import read_module
from trailmin.current.iac.terraform.paste import pasted, statements_after
from trailmin.current.iac.terraform.permission_edit import edited_permission, pasted_permission
from trailmin.current.iac.terraform.policies import TerraformPolicy
from trailmin.current.iac.terraform.readers import readers_beside
from trailmin.current.iac.terraform.references import known_prefixes
from trailmin.current.iac.terraform.resource_policies import PERMISSION
from trailmin.current.iac.terraform.roles import (
    ModuleContents,
    TerraformAttachment,
    TerraformRole,
)
from trailmin.current.iac.terraform.set_policy import with_statements
from trailmin.current.iac.terraform.statement_writer import StatementWriter
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.source import SourceFile
from trailmin.current.source_edit import EditedSource, Refusal, SourceChange, SourceChangeKind
from trailmin.errors import CurrentError
from trailmin.policy import Edit, RemoveStatement, ReplaceStatement, Statement


def contents_of(file: SourceFile) -> ModuleContents:
    """Return what the module of a file holds, with the values that the file has.

    Raises:
        CurrentError: One of its files is not HCL.
    """
    values = {reference.expression: reference.value for reference in file.values}
    return module_contents(read_module((file, *file.siblings), values))


def edit_module(file: SourceFile, changes: Sequence[SourceChange]) -> EditedSource:
    """Return the file with the changes made; those that cannot be made are refused.

    Raises:
        CurrentError: The module cannot be parsed.
    """
    index = _Index.of(file)
    refusals: dict[int, str] = {}
    while True:
        active = {number: change for number, change in enumerate(changes) if number not in refusals}
        attempt = _Attempt(file=file, index=index)
        text = attempt.apply(active)
        wrong = attempt.refused or attempt.unlike(text, active)
        if not wrong:
            break
        refusals |= wrong
    return EditedSource(
        file=file,
        text=text,
        refusals=tuple(
            Refusal(policy=changes[n].policy, reason=reason, paste=_paste(index, changes[n]))
            for n, reason in sorted(refusals.items())
        ),
        notes=tuple(attempt.notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """What a module holds, by address."""

    contents: ModuleContents
    policies: Mapping[str, TerraformPolicy]
    attachments: Mapping[str, tuple[TerraformRole, TerraformAttachment]]

    @classmethod
    def of(cls, file: SourceFile) -> "_Index":
        contents = contents_of(file)
        inline = {p.place.address: p for role in contents.roles.values() for p in role.policies}
        return cls(
            contents=contents,
            policies={**{policy.place.address: policy for policy in contents.alone()}, **inline},
            attachments={a.place.address: (role, a) for role in contents.roles.values() for a in role.attachments},
        )

    def policy(self, change: SourceChange) -> TerraformPolicy:
        if (found := self.policies.get(change.place.address)) is None:
            raise NotEditableError(f"the module has nothing at {change.place.address} any more")
        return found

    def attachment(self, change: SourceChange) -> tuple[TerraformRole, TerraformAttachment]:
        if (found := self.attachments.get(change.place.address)) is None:
            raise NotEditableError(f"the module has nothing at {change.place.address} any more")
        return found

    def sharers(self, statement: TerraformStatement) -> set[str]:
        """Addresses of the policies that a statement's text makes."""
        return {
            address
            for address, policy in self.policies.items()
            if any(_same_text(statement, other) for other in policy.place.statements)
        }

    def other_readers(self, statement: TerraformStatement) -> list[str]:
        """Where a statement's text is used by something else than the policies that are known to be made of it."""
        blocks = [(self.policies[a].block_file.name, self.policies[a].block) for a in self.sharers(statement)]
        start, _ = _spot(statement)
        return readers_beside(self.contents.module, statement.file.name, start, blocks)


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """One try to make changes; what turns out not to work is refused, and the rest tried again."""

    file: SourceFile
    index: _Index
    refused: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    splices: list[Splice] = field(default_factory=list)
    meant: dict[str, Hashable | None] = field(default_factory=dict)
    """Address of a policy to what it becomes; None where it goes."""
    added: dict[str, list[Hashable]] = field(default_factory=dict)
    """Address of a role to the policies that it gets."""
    detached: set[str] = field(default_factory=set)
    later: list[tuple[int, SourceChange]] = field(default_factory=list)
    """Replacements that come into the policy of a permission set, once the rest is done."""
    made: dict[str, tuple[str, Hashable]] = field(default_factory=dict)
    """Address of a new permission to that of the one that it was made of, and what it stands for."""
    written: dict[tuple[int, int], tuple[Edit, tuple[Statement, ...]]] = field(default_factory=dict)
    """Place of a statement to its edit, and what it becomes."""

    @property
    def source(self) -> SourceText:
        return SourceText(text=self.file.text)

    def apply(self, changes: Mapping[int, SourceChange]) -> str:
        """Return the new text; `refused` has what could not be made."""
        self.refused = self._shared(changes)
        for number, change in changes.items() if not self.refused else ():
            try:
                self._make(number, change)
            except CurrentError as error:
                self.refused[number] = error.message
        if self.refused:
            return self.file.text
        try:
            text = spliced(self.file.text, self.splices)
        except NotEditableError as error:
            self.refused = dict.fromkeys(changes, error.message)
            return self.file.text
        for number, change in self.later:
            try:
                text = self._with_statements(text, change)
            except CurrentError as error:
                self.refused[number] = error.message
        return _formatted(self.file.text, text)

    def _with_statements(self, text: str, change: SourceChange) -> str:
        """The text with what stands in for an attachment in the inline policy of its permission set."""
        role, attachment = self.index.attachment(change)
        file = replace(self.file, text=text)
        contents = contents_of(file)
        now = contents.roles[role.place.address]
        return with_statements(file, contents, now, attachment, [one for one, _ in statements_after(change)])

    def _shared(self, changes: Mapping[int, SourceChange]) -> dict[int, str]:
        """The changes of statements that other policies are made of too, and that these keep."""
        edited = {c.place.address: n for n, c in changes.items() if c.kind is SourceChangeKind.EDIT}
        refused: dict[int, str] = {}
        for address, number in edited.items():
            policy = self.index.policies.get(address)
            if policy is None or policy.place.refusal is not None:
                continue
            statements = policy.place.statements
            for edit in changes[number].edits:
                if edit.index >= len(statements) or not isinstance(one := statements[edit.index], TerraformStatement):
                    continue
                if others := sorted(self.index.sharers(one) - edited.keys()):
                    refused[number] = f"its statements are those of {', '.join(others)} too"
                elif elsewhere := self.index.other_readers(one):
                    refused[number] = f"its statements are used elsewhere too ({', '.join(elsewhere)})"
        return refused

    def _make(self, number: int, change: SourceChange) -> None:
        contents = self.index.contents
        if (calls := contents.module.values.get(CALLS)) is not None:
            raise NotEditableError(f"the module is called {calls} times, and the text is the same for all")
        match change.kind:
            case SourceChangeKind.EDIT:
                self._edit(change)
            case SourceChangeKind.REMOVE:
                policy = self.index.policy(change)
                self.splices += removed_policy(self.source, self.file, policy, contents)
                self._mean(policy.place.address, None)
            case SourceChangeKind.DETACH:
                _, attachment = self.index.attachment(change)
                self.splices += detached(self.source, self.file, attachment, contents)
                self.detached.add(attachment.place.address)
            case SourceChangeKind.REPLACE:
                self._replace(number, change)

    def _mean(self, address: str, meant: Hashable | None) -> None:
        if address in self.meant and self.meant[address] != meant:
            raise NotEditableError("several roles hold it, and need different changes")
        self.meant[address] = meant

    def _edit(self, change: SourceChange) -> None:
        policy = self.index.policy(change)
        if policy.place.refusal is not None:
            raise NotEditableError(policy.place.refusal)
        if policy.place.is_permission:
            self._edit_permission(policy, change)
            return
        statements = change.policy.policy.statements
        if len(policy.place.statements) != len(statements):
            raise NotEditableError("the file has other statements now")
        after = self._write(policy, statements, change.edits)
        meant = [s for old in statements for s in after.get(old.index, (old,))]
        if not meant:
            raise NotEditableError("no statement is left, and the policy stays")
        self._mean(policy.place.address, normal_statements(meant))
        asked = {r for edit in change.edits for spec in getattr(edit, "parts", ()) for r in spec.resources or ()}
        if wider := sorted(asked - {text for statement in meant for text in statement.resources}):
            note = f"{policy.place.address}: wider than {', '.join(wider)}, as its values are not all known"
            self.notes.append(note)

    def _edit_permission(self, policy: TerraformPolicy, change: SourceChange) -> None:
        if policy.block_file.name != self.file.document.relative:
            raise NotEditableError(f"{policy.resource} stands in {policy.block_file.name}")
        (statement,) = change.policy.policy.statements
        parts = [spec for edit in change.edits if isinstance(edit, ReplaceStatement) for spec in edit.parts]
        splices, meant = edited_permission(self.source, policy, statement, parts, self.index.contents.module)
        for address, one in meant.items():
            if address == policy.place.address:
                self._mean(address, normal_statements([one]))
            else:
                self.made[address] = (policy.place.address, normal_statements([one]))
        self.splices += splices

    def _write(
        self, policy: TerraformPolicy, statements: Sequence[Statement], edits: Sequence[Edit]
    ) -> dict[int, tuple[Statement, ...]]:
        places = [place for place in policy.place.statements if isinstance(place, TerraformStatement)]
        after: dict[int, tuple[Statement, ...]] = {}
        left: list[Edit] = []
        for edit in edits:
            place = places[edit.index]
            _check_place(place, self.file)
            done = self.written.get(_spot(place))
            if done is None:
                left.append(edit)
            elif replace(done[0], index=edit.index) != edit:
                raise NotEditableError("several policies are made of its statements, and need different changes")
            else:
                after[edit.index] = done[1]
        after |= self._write_new(policy, places, statements, left)
        self.written |= {_spot(places[edit.index]): (edit, after[edit.index]) for edit in left}
        return after

    def _write_new(
        self,
        policy: TerraformPolicy,
        places: Sequence[TerraformStatement],
        statements: Sequence[Statement],
        edits: Sequence[Edit],
    ) -> dict[int, tuple[Statement, ...]]:
        in_json = [edit for edit in edits if places[edit.index].node is not None]
        after: dict[int, tuple[Statement, ...]] = {}
        if in_json and policy.document is not None and policy.document.json is not None:
            editor = HeredocEditor(source=self.source, dialect=policy.document.json)
            editor.is_template = policy.document.json.is_template
            editor.edit(places, statements, in_json)
            self.splices += editor.splices
            after |= editor.meant
        elif in_json:
            raise NotEditableError("the statement stands in another document")
        writer = StatementWriter(source=self.source, known=known_prefixes(self.index.contents.module))
        gone: list[TerraformStatement] = []
        for edit in edits:
            match edit:
                case _ if edit in in_json:
                    continue
                case ReplaceStatement(index=index, parts=parts):
                    after[index] = writer.replace(places[index], statements[index], parts)
                case RemoveStatement(index=index):
                    after[index] = ()
                    gone.append(places[index])
        writer.remove(gone)
        self.splices += writer.splices
        return after

    def _replace(self, number: int, change: SourceChange) -> None:
        role, attachment = self.index.attachment(change)
        if role.place.is_set:
            self.splices += detached(self.source, self.file, attachment, self.index.contents)
            meant = [statement for statement, _ in statements_after(change)]
            self.later.append((number, change))
        else:
            splices, meant = with_inline_policy(self.source, self.file, role, attachment, change, self.index.contents)
            self.splices += splices
        self.added.setdefault(role.place.address, []).append(normal_statements(meant))
        self.detached.add(attachment.place.address)

    # --- reading again

    def unlike(self, text: str, changes: Mapping[int, SourceChange]) -> dict[int, str]:
        """Return the changes that do not read as they were meant."""
        try:
            now = _Index.of(replace(self.file, text=text))
        except CurrentError as error:
            return dict.fromkeys(changes, f"the edited file cannot be read: {error.message}")
        held, expected = _Attempt(file=self.file, index=now).expected(), self.expected()
        wrong = {a for a in expected.keys() | held.keys() if expected.get(a, Counter()) != held.get(a, Counter())}
        reason = "the file, edited, does not read as it was meant"
        found = {n: reason for n, change in changes.items() if wrong & self._touched(change)}
        return found or (dict.fromkeys(changes, reason) if wrong else {})

    def _touched(self, change: SourceChange) -> set[str]:
        address, roles = change.place.address, self.index.contents.roles.items()
        owners = {made for made, (origin, _) in self.made.items() if origin == address}
        owners |= {key for key, role in roles if any(p.place.address == address for p in role.policies)}
        if address in self.index.attachments:
            owners.add(self.index.attachments[address][0].place.address)
        return owners | {address}

    def expected(self) -> dict[str, Counter[Hashable]]:
        """Return what each role and each policy that is not inline is to be, by address."""
        expected: dict[str, Counter[Hashable]] = {}
        for key, role in self.index.contents.roles.items():
            held = [p for policy in role.policies if (p := self._after(policy)) is not None]
            arns = [a.place.policy or a.place.arn for a in role.attachments if a.place.address not in self.detached]
            held += self.added.get(key, ())
            expected[key] = Counter([*(together(held) if role.place.is_set else held), *arns])
            if not expected[key] and role.block is None:
                del expected[key]
        for policy in self.index.contents.alone():
            after = self._after(policy)
            if after is not None:
                expected[policy.place.address] = Counter([after])
        return expected | {address: Counter([meant]) for address, (_, meant) in self.made.items()}

    def _after(self, policy: TerraformPolicy) -> Hashable | None:
        address = policy.place.address
        return self.meant[address] if address in self.meant else normal_policy(policy.place)


def _formatted(old: str, new: str) -> str:
    """The new text with its equal signs in line, where those of the old text were."""
    first, then = ("\n".join(aligned(text.split("\n"))) for text in (old, new))
    return then if first == old else new


def _check_place(place: TerraformStatement, file: SourceFile) -> None:
    if place.reason:
        raise NotEditableError(place.reason)
    if place.file.name != file.document.relative:
        raise NotEditableError(f"the statement stands in {place.file.name}")


def _spot(place: TerraformStatement) -> tuple[int, int]:
    one = place.body or place.node
    return (one.start, one.end) if one is not None else (-1, -1)


def _same_text(one: TerraformStatement, other: object) -> bool:
    return (
        isinstance(other, TerraformStatement)
        and one.file.name == other.file.name
        and _spot(one) != (-1, -1)
        and _spot(one) == _spot(other)
    )


def _paste(index: _Index, change: SourceChange) -> str | None:
    """What to put by hand; None where something only goes."""
    if change.kind in {SourceChangeKind.REMOVE, SourceChangeKind.DETACH}:
        return None
    policy = index.policies.get(change.place.address)
    try:
        if policy is not None and policy.block.labels[:1] == (PERMISSION,):
            return pasted_permission(change, policy, index.contents.module)
        return pasted(change, policy, index.contents.module)
    except NotEditableError:
        # What cannot be spelled in the format cannot be pasted either; the reason is the refusal's.
        return None
