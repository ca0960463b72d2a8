"""The roles of published trails: each is given everything of the services that it used, and tightened from there.

`python -m bench.quality.real [FOLDER]` prints the table.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trailmin.current import PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.engine import open_engine
from trailmin.job import propose_from_lake
from trailmin.lake import Lake, ingest
from trailmin.policy import parse_policy
from trailmin.synth import Options, Proposal, Status
from trailmin.synth.model import Verdict
from trailmin.trail.event import PrincipalKind
from trailmin.trail.sources import open_source
from trailmin.usage import PrincipalUsage, read_principals

TRAILS = Path(__file__).resolve().parents[3] / "shared" / "real_trails"
"""Beside the checkout: the trails are not part of the project."""

_COLUMNS = (
    "trail",
    "roles",
    "tightened",
    "calls replayed",
    "grants before",
    "after",
    "of them unseen",
    "characters a role",
    "proven",
    "replayed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealRole:
    """One role of a trail, and what is proposed for it."""

    trail: str
    proposal: Proposal

    @property
    def is_tightened(self) -> bool:
        """Whether there is something to merge."""
        return self.proposal.status is Status.TIGHTENED

    @property
    def is_proven(self) -> bool:
        """Whether the new policies were shown to be no broader."""
        return self.proposal.proof is not None and self.proposal.proof.proven

    @property
    def is_replayed(self) -> bool:
        """Whether every call that worked still does."""
        return self.proposal.replay is not None and self.proposal.replay.passed

    @property
    def replayed_calls(self) -> int:
        """Authorizations that were tried on the new policies."""
        return self.proposal.replay.calls if self.proposal.replay is not None else 0


def real_roles(trails: Path = TRAILS) -> tuple[RealRole, ...]:
    """Return the roles of each log object in a folder, by trail and role; those that AWS owns are left out."""
    return tuple(
        RealRole(trail=path.name.removesuffix(".json.gz"), proposal=proposal)
        for path in sorted(trails.glob("*.json.gz"))
        for proposal in _proposals(path)
        if proposal.status is not Status.EXPLAINED
    )


def lines_of(roles: Sequence[RealRole]) -> Iterator[str]:
    """Yield a Markdown table, one line a trail and one for all."""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"|---|{'---:|' * (len(_COLUMNS) - 1)}"
    for trail in sorted({role.trail for role in roles}):
        yield _row(trail, [role for role in roles if role.trail == trail])
    yield _row("all", roles)


def wide_role(principal: PrincipalUsage) -> Role:
    """Return a role with everything of each service that it used, on everything."""
    services = sorted({use.action.split(":")[0] for use in principal.uses}) or ["s3"]
    statement = {"Effect": "Allow", "Action": [f"{service}:*" for service in services], "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
    held = PolicyInForce(
        kind=PolicyKind.INLINE,
        name="wide",
        account=principal.account,
        arn=None,
        role_name=principal.name,
        policy=parse_policy(text),
        text=text,
    )
    return Role(name=str(principal.name), account=principal.account, arn=principal.arn, policies=(held,))


def _proposals(trail: Path) -> tuple[Proposal, ...]:
    with tempfile.TemporaryDirectory(prefix="trailmin-real-") as scratch:
        lake = Lake.create(Path(scratch, "lake"))
        ingest([open_source(str(trail))], lake, engine=open_engine(1))
        # Rolls up; without policies in force it has little else to do.
        propose_from_lake(lake, StateInForce(), Options(), confidence=False)
        roles = tuple(wide_role(p) for p in read_principals(lake) if p.kind is PrincipalKind.ROLE)
        return propose_from_lake(lake, StateInForce(roles=roles), Options(ignore_guards=True), confidence=False)


def _row(name: str, roles: Sequence[RealRole]) -> str:
    tightened = [role for role in roles if role.is_tightened]
    verdicts = [verdict for role in roles for verdict in role.proposal.verdicts]
    kept = [verdict for verdict in verdicts if verdict.kept]
    characters = sum(sum(role.proposal.sizes.values()) for role in tightened)
    cells = (
        name,
        len(roles),
        len(tightened),
        sum(role.replayed_calls for role in tightened),
        len(verdicts),
        len(kept),
        sum(verdict.verdict is Verdict.NOT_OBSERVABLE for verdict in kept),
        round(characters / max(1, len(tightened))),
        f"{sum(role.is_proven for role in tightened)} of {len(tightened)}",
        f"{sum(role.is_replayed for role in tightened)} of {len(tightened)}",
    )
    return f"| {' | '.join(c if isinstance(c, str) else f'{c:,}' for c in cells)} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines_of(real_roles(*map(Path, sys.argv[1:2])))) + "\n")
