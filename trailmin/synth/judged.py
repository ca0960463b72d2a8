"""A grant with its verdict and what stays of it, and the evidence that verdicts on a role's grants rest on."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trailmin.catalog import Catalog
from trailmin.current import AccountSnapshot, LastAccess, PolicyInForce, PolicyKind, Role
from trailmin.policy import Condition
from trailmin.synth.assign import Assignment
from trailmin.synth.generalise import Generaliser, generaliser, of_any_account
from trailmin.synth.grants import Grant, StatementInForce
from trailmin.synth.model import GrantVerdict, Options
from trailmin.usage import Coverage, PrincipalUsage, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stays of one grant on one service that a role is passed to, if any."""

    resources: tuple[str, ...]
    passed_to: str | None = None
    conditions: tuple[Condition, ...] = ()
    """Beside those of the statement, sorted by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdict on a grant and what stays of it."""

    verdict: GrantVerdict
    kept: tuple[Kept, ...]
    """Empty: it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStatement:
    """A statement with the verdict on each of its grants."""

    ref: StatementInForce
    grants: tuple[Judged, ...]


KnownVerdicts = dict[Hashable, tuple[Judged, ...]]
"""Verdicts on the grants of a statement without a use, by all that they rest on: the same for every role that holds it.
Of one window and one set of options."""


_ALIKE = 3
"""In how many accounts a permission set has to use resources that differ by account alone, for those of any account; in
all of its accounts where they are fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEvidence:
    """All that the verdicts on one role's grants rest on."""

    role: Role
    accounts: tuple[str | None, ...]
    """The role's account, from the state in force or from the log; those that a permission set is provisioned in."""
    usage: PrincipalUsage | None
    assignment: Assignment
    coverage: Coverage
    account: AccountSnapshot | None
    """None for a permission set: what runs under roles of people is not known."""
    last_accessed: tuple[LastAccess, ...]
    """Of the role, or of those that a permission set is provisioned as."""
    began: Callable[[Grant], datetime | None]
    """Since when a grant has been in force."""
    begins_as_one: Callable[[PolicyInForce], bool]
    """Whether all grants of a policy are known to have been in force since the same day."""
    newest: datetime
    """A grant that began later is too new."""
    catalog: Catalog
    options: Options

    def accounts_of(self, policy: PolicyInForce) -> tuple[str | None, ...]:
        """Return the accounts in which a policy of the role grants: what it refers to by name is one account's."""
        if policy.kind is PolicyKind.CUSTOMER_MANAGED and policy.account in self.accounts:
            return (policy.account,)
        return self.accounts

    def generaliser(self, uses: Sequence[Use], *, within: Sequence[str]) -> Generaliser:
        """Return what turns the resources of some uses into patterns, none wider than those of `within`."""
        workloads = self.usage.workloads if self.usage is not None else {}
        if len(self.accounts) > 1 and self.options.resources != "exact":
            uses = of_any_account(uses, enough=min(_ALIKE, len(self.accounts)))
        return generaliser(self.options.resources, uses, within=within, own_ids=frozenset(workloads))
