"""Results on disk (policies, patches, scripts), and pull requests."""

from trailmin.publish.files import Written, WrittenRole, write_proposals

__all__ = ["Written", "WrittenRole", "write_proposals"]
