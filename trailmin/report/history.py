"""What the recorded runs tell: drift and metrics, as JSON and as tables."""

from collections.abc import Sequence

from rich.table import Table

from trailmin.report.json_output import Json, schema
from trailmin.report.terminal import Column, by_account, table
from trailmin.synth.drift_model import Drift
from trailmin.synth.metrics import Metrics, RunMetrics, Spread

_SHOWN_RUNS = 12


def drift_json(found: Sequence[Drift]) -> Json:
    """Return the findings, each with the request that shows it where there is one."""
    return {
        "schema": schema("drift"),
        "findings": [
            {
                "kind": one.kind.value,
                "account": one.account or None,
                "role": one.role,
                "role_arn": one.role_arn,
                "reason": one.reason,
                "witness": None
                if one.witness is None
                else {
                    "action": one.witness.action,
                    "resource": one.witness.resource,
                    "context": {key: list(values) for key, values in sorted(one.witness.context.items())},
                },
            }
            for one in found
        ],
    }


def drift_table(found: Sequence[Drift]) -> Table:
    """Return the findings."""
    columns = [Column(name=name, width=14) for name in ("Finding", "Role", "Why")]
    return table("Drift", columns, by_account((one.account, (one.kind.value, one.role, one.reason)) for one in found))


def metrics_json(metrics: Metrics) -> Json:
    """Return all metrics; times in days."""
    return {
        "schema": schema("metrics"),
        "last": _run_json(metrics.last),
        "unused_by_age": dict(metrics.unused_by_age),
        "proposals_merged": metrics.merged,
        "grants_revoked": metrics.revoked,
        "time_to_revoke_days": _spread_json(metrics.time_to_revoke),
        "time_to_detect_days": _spread_json(metrics.time_to_detect),
        "time_to_remediate_days": _spread_json(metrics.time_to_remediate),
        "runs": [_run_json(run) for run in metrics.runs],
    }


def metrics_tables(metrics: Metrics) -> tuple[Table, ...]:
    """Return the metrics now, and run by run."""
    figures = table("Metrics", ["Metric", Column(name="Value", number=True)], _figures(metrics))
    names = ("Grants", "Unused", "Share", "Open\nproposals", "Merged", "Revoked", "Drifted\nroles")
    columns = [Column(name="Logs\nuntil", width=10), *(Column(name=name, number=True) for name in names)]
    rows = (
        (
            run.until.isoformat(),
            run.granted,
            run.unused,
            _share(run),
            run.open_proposals,
            run.merged,
            run.revoked,
            run.drift,
        )
        for run in metrics.runs[-_SHOWN_RUNS:]
    )
    return figures, table("Runs", columns, rows)


def _figures(metrics: Metrics) -> list[tuple[str, str | int]]:
    last = metrics.last
    return [
        ("Grants in force", last.granted),
        ("Unused, as far as logs would show", last.unused),
        ("False-allow share", _share(last)),
        *((f"  unused {age}", grants) for age, grants in metrics.unused_by_age.items()),
        ("Proposals merged", metrics.merged),
        ("Proposals not merged", last.open_proposals),
        ("Time to revoke", _words(metrics.time_to_revoke)),
        ("Roles that drifted", last.drift),
        ("Time to detect drift", _words(metrics.time_to_detect)),
        ("Time to remediate drift", _words(metrics.time_to_remediate)),
    ]


def _share(run: RunMetrics) -> str:
    return f"{100 * run.false_allow_share:.1f} %"


def _words(spread: Spread) -> str:
    if spread.median is None:
        return "nothing yet"
    return f"median {spread.median:g} days, longest {spread.longest} (of {spread.count:,})"


def _run_json(run: RunMetrics) -> Json:
    return {
        "until": run.until.isoformat(),
        "roles": run.roles,
        "granted": run.granted,
        "unused": run.unused,
        "false_allow_share": round(run.false_allow_share, 6),
        "removable": run.removable,
        "open_proposals": run.open_proposals,
        "merged": run.merged,
        "revoked": run.revoked,
        "drifted_roles": run.drift,
    }


def _spread_json(spread: Spread) -> Json:
    return {"count": spread.count, "median": spread.median, "longest": spread.longest}
