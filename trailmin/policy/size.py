"""The sizes of policies as AWS counts them, and the quotas they are held to.

Source: IAM User Guide, "IAM and AWS STS quotas": "IAM doesn't count white space when calculating the size of a policy".
White space within strings is counted here, so that a policy never turns out larger than told.
"""

import json
import re
from dataclasses import dataclass

from trailmin.policy.document import Policy, to_json

_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A limit that AWS sets."""

    name: str
    limit: int
    unit: str


MANAGED_POLICY = Quota(name="managed policy", limit=6_144, unit="characters")
INLINE_POLICIES_OF_ROLE = Quota(name="inline policies of a role, together", limit=10_240, unit="characters")
MANAGED_POLICIES_PER_ROLE = Quota(name="managed policies attached to a role", limit=10, unit="policies")
SERVICE_CONTROL_POLICY = Quota(name="service control policy", limit=10_240, unit="characters")
RESOURCE_CONTROL_POLICY = Quota(name="resource control policy", limit=5_120, unit="characters")
"""AWS Organizations User Guide, "Quotas and service limits for AWS Organizations", size of a policy document."""
TRUST_POLICY = Quota(name="role trust policy", limit=2_048, unit="characters")


def policy_size(policy: str | Policy) -> int:
    """The characters of a policy, or of its JSON text, without the white space between its parts."""
    if isinstance(policy, Policy):
        return len(json.dumps(to_json(policy), separators=(",", ":"), ensure_ascii=False))
    return len(_STRING_OR_SPACE.sub(lambda found: found[1] or "", policy))
