"""Pairs of policies of which the one is within the other by how it was made."""

import random
from dataclasses import replace

from trailmin.policy import Condition, Effect, Policy, Statement, policy_of

_ADDED = (
    Condition(operator="StringEquals", key="aws:PrincipalTag/team", values=("blue",)),
    Condition(operator="IpAddress", key="aws:SourceIp", values=("203.0.113.0/24",)),
    Condition(operator="Bool", key="aws:SecureTransport", values=("true",)),
)


def tightened(policy: Policy, rng: random.Random) -> Policy:
    """The policy with actions dropped, patterns narrowed, resources narrowed, conditions or a Deny added."""
    statements = [_narrowed(found, rng) if found.effect is Effect.ALLOW else found for found in policy.statements]
    if rng.random() < 0.2:
        deny = Statement(index=0, effect=Effect.DENY, actions=("iam:*", "organizations:*"), resources=("*",))
        statements.append(replace(deny, variables=policy.has_variables))
    return policy_of(statements, version=policy.version)


def joined(policy: Policy, other: Policy) -> Policy:
    """One document that allows what either allows: the other's Allows beside the policy's own statements."""
    allows = [one for one in other.statements if one.effect is Effect.ALLOW]
    return policy_of([*allows, *policy.statements], version=policy.version)


def _narrowed(statement: Statement, rng: random.Random) -> Statement:
    found = statement
    if len(found.actions) > 1:
        kept = rng.sample(range(len(found.actions)), rng.randint(1, len(found.actions)))
        found = replace(found, actions=tuple(found.actions[at] for at in sorted(kept)))
    if found.actions and rng.random() < 0.5:
        found = replace(found, actions=tuple(_longer(one) for one in found.actions))
    if found.resources and rng.random() < 0.5:
        found = replace(found, resources=tuple(_within(one, rng) for one in found.resources))
    if rng.random() < 0.3:
        added = rng.choice(_ADDED)
        taken = {(one.operator, one.key) for one in found.conditions}
        if (added.operator, added.key) not in taken:
            found = replace(found, conditions=(*found.conditions, added))
    return found


def _longer(action: str) -> str:
    """`ec2:Describe*` becomes `ec2:DescribeV*`."""
    return f"{action[:-1]}V*" if action.endswith("*") and ":" in action else action


def _within(resource: str, rng: random.Random) -> str:
    """One of what a pattern matches, or some of it."""
    if resource == "*":
        return rng.choice(("*", "arn:aws:s3:::bucket/*", "arn:aws:*:*:111122223333:*"))
    return f"{resource[:-1]}x*" if resource.endswith("*") else resource
