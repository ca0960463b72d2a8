"""The resources that one action of one operation is checked on: which types, and which of them the call names."""

from collections.abc import Mapping

from trailmin.catalog import Action, OperationAction
from trailmin.usage.arn_form import ServiceForms, escape_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.generic import ONE_RESOURCE_KEYS, read_generic
from trailmin.usage.resources.interface import Target, TypeReader
from trailmin.usage.resources.synonyms import ALTERNATIVE_TYPES
from trailmin.usage.stand_in import UnreadListing

EVERYTHING = (UNKNOWN,)
_NOTHING_LISTED: dict[str, list[str]] = {}
_ONE_RESOURCE = frozenset(ONE_RESOURCE_KEYS)


class ActionResources:
    """Compiled for one action of one operation; `read` gives the resources of each call."""

    def __init__(
        self,
        *,
        action: Action,
        rule: OperationAction | None,
        operation: str,
        forms: ServiceForms,
        readers: Mapping[str, TypeReader],
        always: frozenset[str],
        exclusive: bool,
    ) -> None:
        """Compile the readers of the action's types.

        `readers`: by type, `read_generic` for the others. `always`: types to add as unknown besides the required ones.
        `exclusive`: the required types are alternatives, so that one that is named does for all.
        """
        self._forms = forms
        self._types = frozenset(kind.name.lower() for kind in action.resource_types)
        self._targets: list[tuple[Target, TypeReader, bool]] = []
        self._exclusive = exclusive
        self._instead = alternatives(action)
        for kind in action.resource_types:
            for form in forms.of_type(kind.name):
                name = kind.name.lower()
                target = Target(
                    operation=operation,
                    action=action.full_name,
                    type_name=name,
                    form=form,
                    forms=forms,
                    legal=self._types,
                    is_needed=kind.required or len(action.resource_types) == 1,
                    resource_of=rule.resource_of if rule else None,
                    resource_path=rule.resource_path.lower() if rule and rule.resource_path else None,
                )
                self._targets.append((target, readers.get(name, read_generic), kind.required or name in always))

    @property
    def takes_resources(self) -> bool:
        """Whether a call has to be read at all."""
        return bool(self._targets)

    def read(self, call: Call) -> tuple[str, ...]:
        """Sorted pattern texts of ARNs of legal types; `*` alone where nothing narrower is certain."""
        if not self._targets:
            return EVERYTHING
        unread = call.listed if isinstance(call.listed, UnreadListing) else None
        listed = self._listed(call) if unread is None and call.listed else _NOTHING_LISTED
        found: dict[str, list[str]] = {}
        for target, reader, _ in self._targets:
            if call.probe is not None:
                call.probe.admit(reader)
            named = reader(call, target, listed.get(target.type_name, ()) if unread is None else unread)
            legal = [arn for arn in named if target.form.is_plain(arn) or self._is_legal(arn)]
            if legal:
                found.setdefault(target.type_name, []).extend(legal)
        resources = {arn for arns in found.values() for arn in arns}
        if not (found and (self._exclusive or _names_one_resource(call))):
            for target, _, is_required in self._targets:
                if is_required and found.keys().isdisjoint(self._instead[target.type_name]):
                    resources.add(target.form.fill(call))
        return tuple(sorted(resources)) or EVERYTHING

    def _is_legal(self, arn: str) -> bool:
        """Whether a value that holds separators still makes an ARN of one of the action's types, or `*`."""
        return arn == UNKNOWN or bool(self._types & self._forms.types_of(arn))

    def _listed(self, call: Call) -> dict[str, list[str]]:
        by_type: dict[str, list[str]] = {}
        for entry in call.listed:
            text = escape_arn(entry.arn) + (UNKNOWN if entry.is_prefix else "")
            for name in self._forms.types_of(entry.arn + ("x" if entry.is_prefix else "")):
                by_type.setdefault(name, []).append(text)
        return by_type


def alternatives(action: Action) -> dict[str, frozenset[str]]:
    """For each of an action's types, in lower case, the types that may stand in its place, itself among them."""
    groups = ALTERNATIVE_TYPES.get(action.prefix, ())
    names = [kind.name.lower() for kind in action.resource_types]
    return {name: frozenset({name}).union(*(group for group in groups if name in group)) for name in names}


def _names_one_resource(call: Call) -> bool:
    return not _ONE_RESOURCE.isdisjoint(call.parameters)
