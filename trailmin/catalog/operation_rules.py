"""Decides what an API operation is checked for: the order of the rules, for one service."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from trailmin.catalog.action import Action
from trailmin.catalog.iam_reference import IamReference
from trailmin.catalog.operation import NoPermission, OperationAction, OperationRule, PassedRole, Trigger, Unmapped
from trailmin.catalog.operation_table import ServiceOperations
from trailmin.catalog.reference_additions import additions_to
from trailmin.catalog.service_table import ANY_OPERATION, ActionRow, PassRoleRow, ServiceTable

DATE_SUFFIX = re.compile(r"(?<=\w)20\d\d_?[01]\d_?[0-3]\d(?:v\d+)?$", re.IGNORECASE)
"""The API version that Lambda and CloudFront append: `ListFunctions20150331`, `…20150331v2`, `…2020_05_31`."""

PLAIN_VERSION = re.compile(r"V\d$")
"""Part of the operation's own name (`ListObjectsV2`); without it the action is a guess at best."""

ABOUT_TAGS = re.compile(r"(?<!s)tag")
"""Operations and actions on tags (`AddTagsToStream`, unlike `CreateStage`), in lower case."""

TAGS_GIVEN = Trigger(any_of=("tags", "taglist"))

Rule = OperationRule | NoPermission | Unmapped


class OperationRules:
    """The rules of one service; those of known operations are kept once made."""

    def __init__(self, table: ServiceTable, operations: ServiceOperations, reference: IamReference) -> None:
        self.table = table
        self.operations = operations
        self._reference = reference
        self._actions = reference.actions(table.prefix)
        self._overrides = _by_name(table.operations)
        self._conditionals = _by_name(table.conditionals)
        self._no_permission = {name.lower(): row.source for row in table.no_permission for name in row.names}
        self._pass_role = _roles_by_name(table.pass_role)
        self._documented = {name.lower(): action.lower() for name, action in operations.documented.items()}
        self._unsigned = {name.lower() for name in operations.unsigned}
        self._http = {name.lower(): requests for name, requests in operations.http.items()}
        self.names = tuple(sorted(self._known_names()))
        self._known = {name.lower() for name in self.names}
        self._tagging = _tagging(table, operations, self._actions)
        self._made: dict[str, Rule] = {}

    def rule(self, event_name: str) -> Rule:
        """What the operation is checked for; `event_name` as CloudTrail has it, in any letter case."""
        key = self._key(event_name)
        made = self._made.get(key)
        if made is None:
            made = self._make(key)
            # Names come from the log: only those of known operations may take up memory.
            if key in self._known:
                self._made[key] = made
        return made

    def _key(self, event_name: str) -> str:
        key = event_name.strip().lower()
        return key if key in self._known else DATE_SUFFIX.sub("", key)

    def _known_names(self) -> set[str]:
        by_hand = [row.names for row in self.table.operations] + [row.names for row in self.table.no_permission]
        return set(self.operations.names).union(*by_hand)

    def _make(self, key: str) -> Rule:
        if key in self._no_permission:
            return NoPermission(source=self._no_permission[key])
        if key in self._unsigned and key not in self._overrides:
            return NoPermission(source="botocore's model: the request carries no AWS signature")
        base = self._base(key)
        if base is None:
            return Unmapped(reason=f"no action of '{self.table.prefix}' is known for this operation")
        extra = [
            *self._conditionals.get(key, ()),
            *self._conditionals.get(ANY_OPERATION, ()),
            *self._tagging.get(key, ()),
        ]
        return OperationRule(
            actions=(*base.actions, *(action for row in extra for action in row.actions)),
            basis=base.basis,
            pass_role=self._pass_role.get(key, ()),
            http_paths=base.http_paths,
            source="; ".join(dict.fromkeys([base.source, *(row.source for row in extra)])),
        )

    def _base(self, key: str) -> OperationRule | None:
        """The operation's own actions, without what its parameters add."""
        if key in self._overrides:
            rows = self._overrides[key]
            actions = tuple(action for row in rows for action in row.actions)
            source = "; ".join(row.source for row in rows)
            return OperationRule(actions=actions, basis="override", pass_role=(), source=source)
        if key in self._actions:
            return self._named(key, "same-name", self._source_of_own_action(key))
        if self._documented.get(key) in self._actions:
            return self._named(self._documented[key], "override", "botocore's model: the operation's documentation")
        if key in self._http:
            return self._by_verb(self._http[key])
        unversioned = PLAIN_VERSION.sub("", key.upper()).lower()
        if unversioned != key and unversioned in self._actions:
            return self._named(unversioned, "guess", "the action of the operation's name without its version")
        return None

    def _source_of_own_action(self, key: str) -> str:
        if key in additions_to(self.table.prefix).sources:
            return self._reference.source_of_action(self._actions[key])
        return "Service Authorization Reference: an action of the operation's name"

    def _named(self, key: str, basis: Literal["same-name", "override", "guess"], source: str) -> OperationRule:
        action = OperationAction(action=self._actions[key].full_name)
        return OperationRule(actions=(action,), basis=basis, pass_role=(), source=source)

    def _by_verb(self, requests: Iterable[str]) -> OperationRule:
        """API Gateway: the action is the request's verb, the resource its path."""
        parted = sorted({tuple(request.split(" ", 1)) for request in requests})
        verbs = sorted({verb for verb, _ in parted})
        actions = tuple(
            OperationAction(action=f"{self.table.prefix}:{verb}", required=len(verbs) == 1) for verb in verbs
        )
        return OperationRule(
            actions=actions,
            basis="api-gateway",
            pass_role=(),
            http_paths=tuple(path for _, path in parted),
            source="API Gateway developer guide, IAM policies for managing APIs; botocore's request paths",
        )


def _tagging(
    table: ServiceTable, operations: ServiceOperations, actions: Mapping[str, Action]
) -> dict[str, tuple[ActionRow]]:
    """The tag action beside the operations that can give tags, where the service's table does not say which need it.

    Most services check it, not all: so it may have been authorised without.
    """
    action = actions.get("tagresource")
    by_hand = (each.action for row in (*table.operations, *table.conditionals) for each in row.actions)
    if action is None or any(ABOUT_TAGS.search(each.lower()) for each in by_hand):
        return {}
    row = ActionRow(
        names=tuple(sorted(name for name in operations.tagged if not ABOUT_TAGS.search(name.lower()))),
        actions=(OperationAction(action=action.full_name, when=TAGS_GIVEN, required=False),),
        source="botocore's model: the request can give tags",
    )
    return {name.lower(): (row,) for name in row.names}


def passed_roles(rules: Iterable[OperationRules]) -> dict[str, tuple[PassedRole, ...]]:
    """Of every operation that passes a role, its first action and the parameters: action → roles."""
    found: dict[str, tuple[PassedRole, ...]] = {}
    for service in rules:
        for name in sorted(name for row in service.table.pass_role for name in row.names):
            rule = service.rule(name)
            if isinstance(rule, OperationRule):
                first = rule.actions[0].action
                found[first] = found.get(first, ()) + rule.pass_role
    return found


def _by_name(rows: Iterable[ActionRow]) -> dict[str, list[ActionRow]]:
    found: dict[str, list[ActionRow]] = {}
    for row in rows:
        for name in row.names:
            found.setdefault(name.lower(), []).append(row)
    return found


def _roles_by_name(rows: Iterable[PassRoleRow]) -> dict[str, tuple[PassedRole, ...]]:
    """API versions that share an operation's name have a row each: their parameters are joined."""
    found: dict[str, tuple[PassedRole, ...]] = {}
    for row in rows:
        for name in row.names:
            found[name.lower()] = tuple(dict.fromkeys((*found.get(name.lower(), ()), *row.roles)))
    return found
