"""Proposals to report and to write in tests."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from trailmin.current import DocumentPath, PolicyInForce, PolicyKind, Role
from trailmin.policy import parse_policy
from trailmin.synth.confidence import Backtest, Confidence
from trailmin.synth.model import (
    Activity,
    CallEvidence,
    ChangeKind,
    GrantVerdict,
    PolicyChange,
    ProofResult,
    Proposal,
    ReplayResult,
    Status,
    Verdict,
    Window,
)
from trailmin.synth.patterns import AlsoMatches, LearnedPattern
from trailmin.trail.event import PrincipalKind
from trailmin.usage.authorization import Basis, Outcome
from trailmin.usage.model import PrincipalUsage, UnmappedCalls, Use

ACCOUNT = "111122223333"

DAY = datetime(2026, 9, 1, tzinfo=UTC)

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x9b31mC1",
    "a\nb\r\nc\x85d",
    "evil\u202egnp.exe\u200b\ufeff\u2066",
    "<script>alert(1)</script><!-- x -->",
    "[click](https://evil.example) ![x](http://evil.example/i.png)",
    "https://evil.example/?q=1 www.evil.example me@evil.example",
    "@octocat fixes #123 GH-7 octo/repo#1",
    "| cell | `code` ``two`` \\| \\",
    "{{ 7 * 7 }} {% raw %} ${{ secrets.X }}",
    "$(touch pwned) `touch pwned` '; touch pwned; ' \" && touch pwned",
    "[bold red]rich[/bold red] :skull:",
    "&lt;b&gt; &#x202e; &amp;",
    "# head\n- item\n1. one",
    "",
    " ",
    "\ud800",
)

OLD = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*"
        }
    ]
}
"""

NEW = OLD.replace('"s3:*"', '"s3:GetObject"').replace('"Resource": "*"', '"Resource": "arn:aws:s3:::images/*"')

SEEN = datetime(2026, 10, 3, 8, 30, tzinfo=UTC)


CONFIDENCE = Confidence(
    since=date(2026, 9, 1),
    until=date(2026, 10, 15),
    backtests=(
        Backtest(
            trained_since=date(2026, 9, 1),
            since=date(2026, 10, 7),
            until=date(2026, 10, 15),
            calls=12_408,
            denied_calls=2,
            authorizations=40,
            denied_authorizations=1,
            denied_actions=("s3:GetObject",),
        ),
    ),
    calls=60_000,
    singletons=3,
    saturation=((date(2026, 9, 1), 38), (date(2026, 9, 12), 40)),
)


def policy(
    name: str = "ImageAccess",
    *,
    kind: PolicyKind = PolicyKind.INLINE,
    text: str = OLD,
    document: DocumentPath | None = None,
    role_name: str = "image-processor",
) -> PolicyInForce:
    arn = {
        PolicyKind.INLINE: None,
        PolicyKind.CUSTOMER_MANAGED: f"arn:aws:iam::{ACCOUNT}:policy/{name}",
        PolicyKind.AWS_MANAGED: f"arn:aws:iam::aws:policy/{name}",
    }[kind]
    return PolicyInForce(
        kind=kind,
        name=name,
        account=ACCOUNT,
        arn=arn,
        role_name=role_name if kind is PolicyKind.INLINE else None,
        policy=parse_policy(text.removeprefix("\ufeff")),
        text=text,
        document=document,
    )


def in_document(root: Path, relative: str, text: str = OLD, name: str = "ImageAccess") -> PolicyInForce:
    path = root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return policy(name, text=text, document=DocumentPath(root=root, relative=relative))


def put(in_force: PolicyInForce, new_text: str = NEW) -> PolicyChange:
    return PolicyChange(kind=ChangeKind.PUT_INLINE, name=in_force.name, policy=in_force, new_text=new_text)


LEARNED = LearnedPattern(
    pattern="arn:aws:s3:::images/*",
    values=9_400,
    calls=12_408,
    examples=("arn:aws:s3:::images/cat.png", "arn:aws:s3:::images/dog.png"),
    also_matches=AlsoMatches(sentence="whatever begins with images/, at any depth", bits=None),
    held_out=0.985,
)

USED = GrantVerdict(
    policy="ImageAccess",
    statement=0,
    sid="Images",
    action="s3:GetObject",
    resources=("*",),
    verdict=Verdict.USED,
    reason="seen 12 times",
    evidence=CallEvidence(
        calls=12, first_seen=SEEN, last_seen=SEEN, event_ids=("11111111-aaaa-4bbb-8ccc-222222222222",)
    ),
    kept=("arn:aws:s3:::images/*",),
    learned=(LEARNED,),
)

VERDICTS = (
    USED,
    replace(USED, action="s3:ListBucket", verdict=Verdict.IMPLIED, kept=("arn:aws:s3:::images",)),
    *(
        replace(
            USED,
            action=f"s3:{name}",
            verdict=Verdict.UNUSED,
            reason="logged, not seen",
            evidence=CallEvidence(),
            kept=(),
        )
        for name in ("DeleteBucket", "DeleteObject", "PutObject")
    ),
    replace(
        USED,
        action="s3:GetObjectTorrent",
        verdict=Verdict.NOT_OBSERVABLE,
        reason="no event selector logs it",
        selector="resources.type Equals AWS::S3::Object",
        evidence=CallEvidence(),
        kept=("*",),
    ),
    replace(USED, action="s3:PutBucketPolicy", verdict=Verdict.TOO_NEW, reason="in force for 5 days", kept=("*",)),
)


def proposal(
    *changes: PolicyChange,
    role_name: str = "image-processor",
    account: str | None = ACCOUNT,
    policies: tuple[PolicyInForce, ...] = (),
    status: Status = Status.TIGHTENED,
    verdicts: tuple[GrantVerdict, ...] = VERDICTS,
    reason: str = "3 of 7 grants go",
    notes: tuple[str, ...] = (),
) -> Proposal:
    held = policies or tuple(c.policy for c in changes if c.policy)
    arn = f"arn:aws:iam::{account}:role/{role_name}" if account else None
    return Proposal(
        role=Role(name=role_name, account=account, arn=arn, policies=held),
        role_arn=arn,
        account=account,
        status=status,
        reason=reason,
        window=Window(since=date(2026, 9, 1), until=date(2026, 10, 15)),
        activity=Activity(events=40, denied=2, active_days=30, workloads={role_name: 40}),
        verdicts=verdicts,
        changes=changes,
        proof=ProofResult(proven=True, method="containment, statement by statement"),
        replay=ReplayResult(calls=14, kept=14, not_granted=1),
        sizes={"ImageAccess": 133},
        notes=notes,
    )


def hostile_proposal(text: str) -> Proposal:
    """A proposal with a hostile text wherever one can stand."""
    in_force = policy()
    change = replace(put(in_force), name=text, shared_with=(text,))
    verdicts = tuple(
        replace(
            v,
            policy=text,
            sid=text,
            action=f"s3:{text}",
            resources=(text,),
            reason=text,
            selector=text,
            pinned=True,
            kept=(text, text),
            learned=(
                replace(LEARNED, pattern=text, examples=(text,), also_matches=AlsoMatches(sentence=text, bits=1.0)),
            ),
            evidence=CallEvidence(calls=1, last_seen=SEEN, event_ids=(text,)),
        )
        for v in VERDICTS
    )
    base = proposal(change, role_name=text, reason=text, verdicts=verdicts, notes=(text,))
    return replace(
        base,
        role_arn=text,
        proof=ProofResult(proven=False, method=text, reason=text),
        sizes={text: 1},
        activity=replace(base.activity, workloads={text: 1}),
        confidence=replace(
            CONFIDENCE, backtests=tuple(replace(test, denied_actions=(text,)) for test in CONFIDENCE.backtests)
        ),
    )


def use(action: str = "s3:GetObject", outcome: Outcome = Outcome.ALLOWED, resource: str = "arn:aws:s3:::b/k") -> Use:
    return Use(
        action=action, resource=resource, outcome=outcome, required=True, basis=Basis.SAME_NAME, account=None,
        region=None, vpc_endpoint=None, invoked_by=None, passed_to=None, workload=None, event_source="s3.amazonaws.com",
        event_name="GetObject", count=5, first_seen=DAY, last_seen=DAY, event_ids=(),
    )  # fmt: skip


def principal(text: str, *uses: Use) -> PrincipalUsage:
    return PrincipalUsage(
        kind=PrincipalKind.ROLE, arn=text, account=text, name=text, uses=uses,
        unmapped=(UnmappedCalls(event_source=text, event_name=text, reason=text, count=3),), events=8, denied=2,
        undetermined=0, active_dates=(DAY.date(),), first_seen=DAY, last_seen=DAY, workloads={text: 8},
    )  # fmt: skip
