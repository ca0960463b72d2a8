"""Figures as text for Prometheus, such as its node exporter's textfile collector reads.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from trailmin.report.escape import visible
from trailmin.synth.metrics import Metrics, Spread
from trailmin.usage.denials import DenialKind, Denials
from trailmin.usage.model import PrincipalUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One figure, with a sample for each of its label values."""

    name: str
    help: str
    kind: Literal["counter", "gauge"]
    samples: Sequence[tuple[Mapping[str, str], float]]


def metrics_text(metrics: Metrics) -> str:
    """Return the metrics over the runs; times in days, of runs in seconds since 1970."""
    return _render(_metrics(metrics))


def denied_text(principals: Sequence[PrincipalUsage], denials: Mapping[str, Denials]) -> str:
    """Return the refused calls of each principal that has any, in the window, and on how many days they spiked.

    Args:
        principals: Those to tell of.
        denials: What their refused calls look like, by ARN.
    """
    found = [(_labels(p), p, denials.get(p.arn or "")) for p in principals if p.denied]
    judged = [(labels, judgement) for labels, _, judgement in found if judgement is not None]
    return _render(
        (
            _gauge("trailmin_denied_calls", "Refused calls in the window", [(at, p.denied) for at, p, _ in found]),
            _gauge("trailmin_denied_actions", "Distinct actions refused", [(at, one.actions) for at, one in judged]),
            _gauge("trailmin_denied_days", "Days with refused calls", [(at, one.days) for at, one in judged]),
            _gauge(
                "trailmin_denied_spikes",
                "Days with far more refused calls than the principal's usual",
                [(at, len(one.spikes)) for at, one in judged],
            ),
            _gauge(
                "trailmin_denied_spike_calls",
                "Refused calls on the worst of those days",
                [(at, max((spike.calls for spike in one.spikes), default=0)) for at, one in judged],
            ),
            _gauge(
                "trailmin_denied_looks_like",
                "What the refused calls look like: 1 for the kind that holds",
                [
                    ({**at, "looks_like": kind.value}, float(one.kind is kind))
                    for at, one in judged
                    for kind in DenialKind
                ],
            ),
        )
    )


def _metrics(metrics: Metrics) -> Iterator[Family]:
    last = metrics.last
    yield _one(
        "trailmin_last_run_timestamp_seconds", "End of the logs that the last run looked at", _end_of(last.until)
    )
    yield _one("trailmin_runs", "Runs that are recorded", len(metrics.runs))
    yield _one("trailmin_roles", "Roles that the last run looked at", last.roles)
    yield _one("trailmin_grants", "Grants in force: one action of one statement each", last.granted)
    yield _one("trailmin_grants_unused", "Grants that logs would have shown in use, and did not", last.unused)
    yield _one("trailmin_false_allow_ratio", "Unused grants by grants in force", last.false_allow_share)
    yield _gauge(
        "trailmin_grants_unused_by_age",
        "Unused grants by the days since a run called them so first",
        [({"age": age}, grants) for age, grants in metrics.unused_by_age.items()],
    )
    yield _one("trailmin_grants_removable", "Grants that open proposals take away", last.removable)
    yield _one("trailmin_proposals_open", "Proposals that are not in force", last.open_proposals)
    yield _one("trailmin_roles_drifted", "Roles that depart from what was approved", last.drift)
    yield _counter("trailmin_proposals_merged_total", "Proposals that were found in force", metrics.merged)
    yield _counter("trailmin_grants_revoked_total", "Unused grants that were found gone", metrics.revoked)
    yield from _spread("revoke", "From first called unused to gone from the policy in force", metrics.time_to_revoke)
    yield from _spread("detect", "From the change that made a drift to the run that found it", metrics.time_to_detect)
    yield from _spread("remediate", "From finding a drift to finding it gone", metrics.time_to_remediate)


def _spread(name: str, text: str, spread: Spread) -> Iterator[Family]:
    """Nothing that never happened has a duration."""
    if spread.median is not None and spread.longest is not None:
        yield _one(f"trailmin_time_to_{name}_days_median", f"{text}: median, in days", spread.median)
        yield _one(f"trailmin_time_to_{name}_days_max", f"{text}: longest, in days", spread.longest)
    yield _counter(f"trailmin_time_to_{name}_total", f"{text}: how often", spread.count)


def _labels(principal: PrincipalUsage) -> dict[str, str]:
    return {
        "account": principal.account or "",
        "kind": principal.kind.value,
        "name": principal.name or "",
        "arn": principal.arn or "",
    }


def _one(name: str, text: str, value: float) -> Family:
    return _gauge(name, text, [({}, value)])


def _gauge(name: str, text: str, samples: Sequence[tuple[Mapping[str, str], float]]) -> Family:
    return Family(name=name, help=text, kind="gauge", samples=samples)


def _counter(name: str, text: str, value: float) -> Family:
    return Family(name=name, help=text, kind="counter", samples=[({}, value)])


def _render(families: Iterable[Family]) -> str:
    return "".join(line for family in families if family.samples for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for labels, value in family.samples:
        pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{family.name}{f'{{{pairs}}}' if pairs else ''} {value:.12g}\n"


def _escaped(text: str) -> str:
    """A label's value; controls become visible first, so that the text is harmless on a terminal too."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"')


def _end_of(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp() + 86_400
