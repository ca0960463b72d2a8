"""What drift is found, and what of a role an earlier run leaves for the next ones to measure it against."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from trailmin.policy import Policy, Request, parse_policy, to_json


class DriftKind(StrEnum):
    """How what is in force departs from what was proposed or merged."""

    WIDENED = "widened-by-hand"
    """It allows something that what was approved does not."""
    REVERTED = "reverted"
    """It is again what it was before a proposal was merged."""
    NOT_MERGED = "not-merged-yet"
    """The proposal of the last run is not in force."""
    NEW_ROLE = "new-role"
    """No run has seen it, or nothing of it was approved since it came."""
    ROLE_GONE = "role-gone"


class Approval(StrEnum):
    """Why something in force counts as approved."""

    FIRST_SEEN = "first-seen"
    """It was there when the account was looked at for the first time."""
    MERGED = "merged"
    """It is what a proposal said."""
    SETTLED = "settled"
    """A run found in use what of it was not approved before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """A policy as a run keeps it."""

    name: str
    text: str
    """JSON on one line, keys sorted, so that layout makes no difference."""

    @property
    def sha256(self) -> str:
        """Of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def policy(self) -> Policy:
        """What it says."""
        return parse_policy(self.text, origin=self.name)


Texts = tuple[PolicyText, ...]
"""All identity policies of a role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the last run knew of a role."""

    account: str
    name: str
    arn: str | None
    on: date
    """The last day of the logs that the run looked at."""
    in_force: Texts
    proposed: Texts | None = None
    approved: Texts | None = None
    approved_by: Approval | None = None
    approved_on: date | None = None
    before: Texts | None = None
    """What was in force before the last merge."""
    pending: tuple[str, ...] = ()
    """Digests of proposals that were not seen in force yet, the newest last."""
    drift: DriftKind | None = None
    drift_since: date | None = None

    @property
    def baseline(self) -> str:
        """What its approved policies are, in words."""
        words = {
            Approval.MERGED: "the proposal that was merged by",
            Approval.SETTLED: "what was in force and in use on",
            Approval.FIRST_SEEN: "what was in force when the role was seen first, on",
        }
        return f"{words[self.approved_by]} {self.approved_on}" if self.approved_by is not None else "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One departure."""

    kind: DriftKind
    account: str
    role: str
    role_arn: str | None
    reason: str
    """One sentence."""
    witness: Request | None = None
    """Of what is wider: a request that is allowed now and was not approved."""


def policy_texts(policies: Iterable[tuple[str, Policy]]) -> Texts:
    """Return policies, given with their names, as a run keeps them; by name."""
    made = (PolicyText(name=name, text=_text(policy)) for name, policy in policies)
    return tuple(sorted(made, key=lambda one: (one.name, one.text)))


def digest_of(texts: Sequence[PolicyText]) -> str:
    """Return what is the same for the same policies, whatever their names and order are."""
    return hashlib.sha256("\n".join(sorted(one.text for one in texts)).encode()).hexdigest()


def _text(policy: Policy) -> str:
    return json.dumps(to_json(policy), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
