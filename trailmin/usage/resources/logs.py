"""CloudWatch Logs: log groups end in `:*` in policies, except for the tag calls; streams are below their group.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target

_GROUP_PATHS = (
    "loggroupname",
    "loggroupidentifier",
    "loggrouparn",
    "loggroupnames",
    "loggroupidentifiers",
    "loggrouparnlist",
    "resourcearn",
    "resourceidentifier",
)
_WITHOUT_STAR = {"logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"}


def read_log_group(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """`log-group:NAME:*`, or `log-group:NAME` for the tag calls."""
    groups = _groups(call, target) or [group.removesuffix(":${*}") for group in listed]
    if target.action not in _WITHOUT_STAR:
        return [f"{group}:*" for group in groups]
    # AWS documents the form for the tag calls only: tags at creation may be checked on either.
    at_creation = [] if target.operation == target.action.partition(":")[2] else [f"{group}:*" for group in groups]
    return [*groups, *at_creation]


def read_log_stream(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """`log-group:NAME:log-stream:STREAM`."""
    names = call.texts("logstreamname") + call.texts("logstreamnames")
    streams = [escape_arn(name) for name in names] or [UNKNOWN]
    groups = _groups(call, target)
    return [f"{group}:log-stream:{stream}" for group in groups for stream in streams] or read_generic(
        call, target, listed
    )


READERS = {"log-group": read_log_group, "log-stream": read_log_stream}


def _groups(call: Call, target: Target) -> list[str]:
    form = target.forms.of_type("log-group")[0]
    groups = []
    for text in (text for path in _GROUP_PATHS for text in call.texts(path)):
        if is_arn(text):
            arn = text.removesuffix(":*")
            if "log-group" in target.forms.types_of(arn):
                groups.append(escape_arn(arn))
        elif not text.startswith("arn:"):
            groups.append(form.fill(call, {"LogGroupName": escape_arn(text)}))
    return groups
