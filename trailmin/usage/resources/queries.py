"""Athena: work groups, `primary` where a call that could name one does not; data catalogs; sessions.

Source: https://docs.aws.amazon.com/athena/latest/APIReference/ (request syntax, `WorkGroup`) and
https://docs.aws.amazon.com/athena/latest/ug/workgroups-iam-policy.html
"""

from collections.abc import Sequence

from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import by_operation, joined, named
from trailmin.usage.resources.interface import Target, TypeReader

_PRIMARY = "primary"
_DEFAULTS_TO_PRIMARY = {
    "CreateNamedQuery", "ListNamedQueries", "ListQueryExecutions", "StartQueryExecution",
}  # fmt: skip
_NAMED = ("CreateWorkGroup",)


def read_work_group(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The work group that the call names, or runs in by default."""
    found = named({"WorkGroupName": ("workgroup",)})(call, target, listed)
    if not found and target.operation in _DEFAULTS_TO_PRIMARY:
        return [target.form.fill(call, {"WorkGroupName": _PRIMARY})]
    return found


READERS: dict[str, TypeReader] = {
    "workgroup": by_operation(
        {
            **dict.fromkeys(_NAMED, named({"WorkGroupName": ("name",)})),
            "PutCapacityAssignmentConfiguration": named(
                {"WorkGroupName": ("workgroupnames",)}, within="capacityassignments[]"
            ),
        },
        read_work_group,
    ),
    "datacatalog": joined(
        named({"DataCatalogName": ("catalogname", "name")}),
        named({"DataCatalogName": ("queryexecutioncontext.catalog",)}),
    ),
    "capacity-reservation": named({"CapacityReservationName": ("capacityreservationname", "name")}),
    "session": named({"WorkGroupName": ("workgroup",), "SessionId": ("sessionid",)}),
}

EXCLUSIVE = frozenset(f"athena:{name}" for name in ("ListTagsForResource", "TagResource", "UntagResource"))

TAGS_AT_CREATION = {
    ("athena:TagResource", "StartSession"): frozenset({"session"}),
    ("athena:ListTagsForResource", "StartSession"): frozenset({"workgroup"}),
}
"""A session's tags may be those of its work group."""
