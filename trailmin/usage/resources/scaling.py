"""EC2 Auto Scaling: groups by name, behind which the ARN has them after an id that the service gave; scalable targets.

Source: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/ (request syntax; `Tag.ResourceId` is a group's name).
"""

from trailmin.usage.resources.by_path import named
from trailmin.usage.resources.interface import TypeReader

READERS: dict[str, TypeReader] = {
    "autoscalinggroup": named({"GroupFriendlyName": ("autoscalinggroupname", "tags[].resourceid")}),
    "launchconfiguration": named({"LaunchConfigurationName": ("launchconfigurationname",)}),
}

TARGET_READERS: dict[str, TypeReader] = {
    # Behind an id that the service gave: the parameter `resourceId` is what is scaled, such as `service/CLUSTER/NAME`.
    "scalabletarget": named({}, whole=("resourcearn",)),
}
