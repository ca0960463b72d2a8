"""Results on disk: policies, patches, scripts."""

from trailmin.publish.files import Written, WrittenRole, write_proposals

__all__ = ["Written", "WrittenRole", "write_proposals"]
