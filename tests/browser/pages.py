"""Reports to look at: with all that a report can show, with hostile texts wherever one can stand, and a large one."""

from dataclasses import replace
from datetime import date, timedelta

from tests.report.example import CONFIDENCE, HOSTILE, VERDICTS, hostile_proposal, policy, proposal, put
from trailmin.report.html import FileDiff, Report, RoleReport, Section, TrendPoint
from trailmin.synth.model import GrantVerdict, Status, Verdict
from trailmin.usage.daily import DayCalls

DIFF = """--- a/ImageAccess.json
+++ b/ImageAccess.json
@@ -3,5 +3,5 @@
     {
       "Effect": "Allow",
-      "Action": "s3:*",
-      "Resource": "*"
+      "Action": "s3:GetObject",
+      "Resource": "arn:aws:s3:::images/*"
     }
"""

DAYS = tuple(
    DayCalls(date=date(2026, 9, 1) + timedelta(days=day), calls=10 + day * 7 % 31, denied=day % 9 == 3)
    for day in range(45)
    if day % 7 < 5
)

PATHS = Section(
    title="Escalation paths closed",
    columns=("Path", "Before", "After"),
    rows=(("iam:PassRole with lambda:CreateFunction", "open", "closed"),),
    note="what the role could have become",
    is_alarming=True,
)


def full_report() -> Report:
    """A report with every part."""
    tightened = replace(proposal(put(policy()), notes=("a note",)), confidence=CONFIDENCE)
    roles = (
        RoleReport(
            proposal=tightened, diffs=(FileDiff(name="ImageAccess.json", text=DIFF),), days=DAYS, sections=(PATHS,)
        ),
        RoleReport(proposal=proposal(role_name="old-batch", status=Status.UNUSED_ROLE, reason="no call was seen")),
        RoleReport(
            proposal=proposal(role_name="young", status=Status.INSUFFICIENT_EVIDENCE, reason="only 5 days of logs")
        ),
    )
    trend = tuple(
        TrendPoint(date=date(2026, 9, day), values={"grants unused": 900 - 90 * day, "roles": 3}) for day in (1, 2, 3)
    )
    return Report(roles=roles, trend=trend, sections=(replace(PATHS, title="Public access"),), run={"trailmin": "1"})


def hostile_report() -> Report:
    """A report whose names, keys, reasons, diffs and findings are all hostile."""
    return Report(
        roles=tuple(
            RoleReport(
                proposal=hostile_proposal(text),
                diffs=(FileDiff(name=text, text=f"+{text}\n-</script><script>alert(2)</script>"),),
                days=DAYS,
                sections=(Section(title=text, columns=(text,), rows=((text,),), note=text, is_alarming=True),),
            )
            for text in HOSTILE
        ),
        sections=(Section(title=HOSTILE[4], columns=(HOSTILE[4],), rows=((HOSTILE[4],),)),),
        trend=(
            TrendPoint(date=date(2026, 9, 1), values={HOSTILE[4]: 1.0}),
            TrendPoint(date=date(2026, 9, 2), values={HOSTILE[4]: 2.0}),
        ),
        run={HOSTILE[4]: HOSTILE[4]},
    )


def large_report(roles: int) -> Report:
    """A report on many roles, each with a broad policy of some 900 grants."""
    verdicts = (*VERDICTS, *(_verdict(index) for index in range(900)))
    return Report(
        roles=tuple(
            RoleReport(
                proposal=replace(
                    proposal(put(policy()), role_name=f"worker-{index:04}", verdicts=verdicts), confidence=CONFIDENCE
                ),
                diffs=(FileDiff(name="ImageAccess.json", text=DIFF * 20),),
                days=DAYS,
                sections=(PATHS,),
            )
            for index in range(roles)
        )
    )


def _verdict(index: int) -> GrantVerdict:
    kinds = (Verdict.UNUSED, Verdict.UNUSED, Verdict.NOT_OBSERVABLE, Verdict.USED)
    kind = kinds[index % len(kinds)]
    used = VERDICTS[0]
    return replace(
        used,
        action=f"service{index % 30}:Operation{index}",
        verdict=kind,
        kept=() if kind is Verdict.UNUSED else (f"arn:aws:service{index % 30}:us-east-1:111122223333:thing/{index}",),
        reason=f"for reason {index % 11} and no other",
    )
