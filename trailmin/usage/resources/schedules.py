"""EventBridge Scheduler: schedules in their group, which is `default` where the call names none.

Source: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html (GroupName)
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target

_DEFAULT = "default"


def read_schedule(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The schedule in its group; all of a group that goes with them."""
    if target.operation == "DeleteScheduleGroup":
        return [_schedule(UNKNOWN, escape_arn(name), call, target) for name in call.texts("name")] or listed
    group = escape_arn(call.text("groupname") or _DEFAULT)
    return [_schedule(escape_arn(name), group, call, target) for name in call.texts("name")] or listed


def read_group(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The schedule group by its name, or by ARN in the tag calls."""
    names = [target.form.fill(call, {"GroupName": escape_arn(name)}) for name in call.texts("name")]
    return names or read_generic(call, target, listed)


READERS = {"schedule": read_schedule, "schedule-group": read_group}


def _schedule(name: str, group: str, call: Call, target: Target) -> str:
    return target.form.fill(call, {"GroupName": group, "ScheduleName": name})
