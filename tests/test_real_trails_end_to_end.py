"""Published trails from end to end: nothing vanishes, nothing denied is granted, nothing that worked is lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from trailmin.current import PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.engine import open_engine
from trailmin.job import propose_from_lake
from trailmin.lake import IngestReport, Lake, ingest
from trailmin.policy import parse_policy
from trailmin.synth import Options, Proposal, Status
from trailmin.trail.event import PrincipalKind
from trailmin.trail.sources import open_source
from trailmin.usage import PrincipalUsage, read_principals

RECORDS = 4103
PROBED = "stratus-red-team-ec2-get-password-data-role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    lake: Lake
    first: IngestReport
    second: IngestReport
    generated: tuple[Proposal, ...]


@pytest.fixture(scope="module")
def run(real_trails: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    lake = Lake.create(tmp_path_factory.mktemp("real") / "lake")
    reports = [ingest([open_source(str(real_trails))], lake, engine=open_engine(1)) for _ in range(2)]
    generated = propose_from_lake(lake, StateInForce(), Options())
    return Run(lake=lake, first=reports[0], second=reports[1], generated=generated)


def roles(lake: Lake) -> Iterator[PrincipalUsage]:
    return (p for p in read_principals(lake) if p.kind is PrincipalKind.ROLE)


def test_every_record_is_new_a_duplicate_or_set_aside(run: Run) -> None:
    assert run.first.new + run.first.duplicate + run.first.set_aside == RECORDS
    assert run.first.new > 3000


def test_a_second_ingest_adds_nothing(run: Run) -> None:
    assert (run.second.read, run.second.new) == (0, 0)


def test_a_role_whose_calls_were_all_denied_is_allowed_nothing(run: Run) -> None:
    found = [p for p in run.generated if p.role.name == PROBED]
    assert found
    assert not [change for p in found for change in p.changes]


def test_calls_that_failed_after_authorization_are_granted(run: Run) -> None:
    roles = [p for p in run.generated if p.role.name == "AWSServiceRoleForConfig"]
    text = "".join(change.new_text or "" for role in roles for change in role.changes)
    failed = (
        "BucketWebsite",
        "ReplicationConfiguration",
        "BucketObjectLockConfiguration",
        "BucketCORS",
        "BucketTagging",
    )
    assert not [name for name in failed if f"s3:Get{name}" not in text]


def wide(principal: PrincipalUsage) -> Role:
    """The role with everything of each service that it used."""
    services = sorted({use.action.split(":")[0] for use in principal.uses}) or ["s3"]
    statement = {"Effect": "Allow", "Action": [f"{s}:*" for s in services], "Resource": "*"}
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


def test_what_is_made_of_wide_policies_is_proven_and_replayed(run: Run) -> None:
    in_force = tuple(wide(p) for p in roles(run.lake))
    found = propose_from_lake(run.lake, StateInForce(roles=in_force), Options(ignore_guards=True))
    assert {p.status for p in found} <= {Status.TIGHTENED, Status.UNCHANGED, Status.EXPLAINED}
    changed = [p for p in found if p.status is Status.TIGHTENED]
    assert changed
    assert all(p.proof and p.proof.proven and p.replay and p.replay.passed for p in changed)
