"""A grant with its verdict and what stays of it, and the evidence that verdicts on a role's grants rest on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trailmin.catalog import Catalog
from trailmin.current import AccountSnapshot, Role
from trailmin.policy import Condition
from trailmin.synth.assign import Assignment
from trailmin.synth.generalise import Generaliser, generaliser
from trailmin.synth.grants import Grant
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
    """A grant, its verdict and what stays of it."""

    grant: Grant
    verdict: GrantVerdict
    kept: tuple[Kept, ...]
    """Empty: it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEvidence:
    """All that the verdicts on one role's grants rest on."""

    role: Role
    account_id: str | None
    """The role's account, from the state in force or from the log."""
    usage: PrincipalUsage | None
    assignment: Assignment
    coverage: Coverage
    account: AccountSnapshot | None
    began: Callable[[Grant], datetime | None]
    """Since when a grant has been in force."""
    newest: datetime
    """A grant that began later is too new."""
    catalog: Catalog
    options: Options

    def generaliser(self, uses: Sequence[Use], *, within: Sequence[str]) -> Generaliser:
        """Return what turns the resources of some uses into patterns, none wider than those of `within`."""
        workloads = self.usage.workloads if self.usage is not None else {}
        return generaliser(self.options.resources, uses, within=within, own_ids=frozenset(workloads))
