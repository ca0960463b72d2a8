"""The grid on which grants are counted: the catalog's actions of some services, on what there is in an account."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from bench.quality.workload.model import DrawnAccount, DrawnRole, Need
from bench.quality.workload.overbroad import WORLD_SERVICES
from trailmin.catalog import load_catalog

PASSED_TO = ("lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "cloudformation.amazonaws.com", "glue.amazonaws.com")
"""Services of the grid that a role may be passed to."""

_ONE_SEGMENT = ("BucketName", "TableName", "ClusterName", "StackName")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def grid_of(account: DrawnAccount) -> tuple[Need, ...]:
    """Return every pair of an action and a resource that it can be asked for in an account.

    An action without resource types is on `*`; one whose resources the account has none of, on one made-up ARN of
    each type.
    """
    by_service: dict[str, list[str]] = {}
    for arn in sorted(account.inventory):
        by_service.setdefault(arn.split(":")[2], []).append(arn)
    pairs = [
        Need(action.full_name, resource)
        for service in WORLD_SERVICES
        for action in load_catalog().actions(service)
        for resource in _resources(service, tuple(t.name for t in action.resource_types), by_service, account)
    ]
    roles = [arn for arn in by_service.get("iam", ()) if ":role/" in arn]
    return (*pairs, *(Need("iam:PassRole", arn, service) for arn in roles for service in PASSED_TO))


def needed_of(role: DrawnRole, grid: Sequence[Need]) -> frozenset[Need]:
    """Return the pairs of the grid that a role needs."""
    patterns: dict[tuple[str, str | None], list[re.Pattern[str]]] = {}
    for action, resource, passed_to in role.needs:
        patterns.setdefault((action, passed_to), []).append(_glob(resource))
    return frozenset(
        need
        for need in grid
        if (found := patterns.get((need.action, need.passed_to))) and any(p.fullmatch(need.resource) for p in found)
    )


def _resources(
    service: str, types: Sequence[str], inventory: dict[str, list[str]], account: DrawnAccount
) -> Iterator[str]:
    forms = [form for name in types for form in _forms(service, name)]
    if not forms:
        yield "*"
        return
    found = [arn for arn in inventory.get(service, ()) if any(_matcher(form).fullmatch(arn) for form in forms)]
    known = {"Partition": "aws", "Region": account.region, "Account": account.number}
    yield from found or sorted({_PLACEHOLDER.sub(lambda m: known.get(m[1], "example"), form) for form in forms})


def _forms(service: str, name: str) -> tuple[str, ...]:
    kind = load_catalog().resource_type(service, name)
    return tuple(kind.arn_patterns) if kind is not None else ()


@cache
def _matcher(form: str) -> re.Pattern[str]:
    parts, end = [], 0
    for match in _PLACEHOLDER.finditer(form):
        parts.append(re.escape(form[end : match.start()]))
        parts.append("[^/:]+" if match[1] in _ONE_SEGMENT else ".+" if match[1] == "ObjectName" else "[^:]*")
        end = match.end()
    return re.compile("".join([*parts, re.escape(form[end:]), r"(?::\*)?"]))


@cache
def _glob(text: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in text), re.DOTALL)
