"""The IAM policy language, pure: documents, matching, edits, evaluation, inclusion and packing."""

from trailmin.policy.arn import Arn
from trailmin.policy.document import (
    VERSION_2008,
    VERSION_2012,
    Condition,
    Effect,
    Policy,
    Principals,
    Statement,
    policy_of,
    print_policy,
    statement_to_json,
    to_json,
)
from trailmin.policy.match import (
    NO_RESOURCE,
    action_included,
    action_matches,
    actions_intersect,
    is_action_pattern,
    resource_included,
    resource_included_in_union,
    resource_matches,
    resource_meet,
    resources_intersect,
)
from trailmin.policy.parse import PolicyKind, parse_policy
from trailmin.policy.pattern import Pattern, escape_literal, glob_pattern, literal_pattern, resource_pattern

__all__ = [
    "NO_RESOURCE",
    "VERSION_2008",
    "VERSION_2012",
    "Arn",
    "Condition",
    "Effect",
    "Pattern",
    "Policy",
    "PolicyKind",
    "Principals",
    "Statement",
    "action_included",
    "action_matches",
    "actions_intersect",
    "escape_literal",
    "glob_pattern",
    "is_action_pattern",
    "literal_pattern",
    "parse_policy",
    "policy_of",
    "print_policy",
    "resource_included",
    "resource_included_in_union",
    "resource_matches",
    "resource_meet",
    "resource_pattern",
    "resources_intersect",
    "statement_to_json",
    "to_json",
]
