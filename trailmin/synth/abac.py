"""Access by tags: `aws:ResourceTag/K` equal to `${aws:PrincipalTag/K}`, in place of a list of resources.

Source: IAM User Guide, "Define permissions based on attributes with ABAC authorization".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trailmin.catalog import Catalog
from trailmin.current import Role
from trailmin.policy import Condition, resource_matches, resource_meet, resources_intersect
from trailmin.synth.covering import without_included
from trailmin.synth.grants import Grant
from trailmin.synth.judged import Kept, RoleEvidence

LONG = 3
"""Resources in a list from which on tags take its place."""

OPT_IN_SERVICES = frozenset({"s3", "dynamodb"})
"""Services that look at tags only where that was switched on, for a bucket or for the account, which no log shows.

Source: S3 User Guide, "Using tags with S3 general purpose buckets"; DynamoDB Developer Guide, "Enabling ABAC".
"""

_KEY = re.compile(r"[A-Za-z0-9_.:/=+@-]{1,128}")
"""Keys that can stand in the name of a condition key and in a policy variable without doubt."""

_CREATES = re.compile(r":(?:Create|Run|Register|Import|Restore|Allocate|Copy|Start)")
"""Actions that may be checked before their resource has its tags."""

_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_REQUEST_TAG = "aws:requesttag/"
_LEVELS = frozenset({"List", "Read", "Write"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A list of resources as a condition on their tags."""

    kept: tuple[Kept, ...]
    reason: str


def usable_keys(role: Role) -> Mapping[str, str]:
    """Return the tags of a role that conditions can be made of: lower-case key to value.

    A key that a policy of the role speaks of already is left alone: what it means there is not ours to say.
    """
    lowered = [key.lower() for key in role.tags]
    spoken_of = "\n".join(policy.text.lower() for policy in role.policies)
    return {
        key.lower(): value
        for key, value in sorted(role.tags.items())
        if value
        and _KEY.fullmatch(key)
        and lowered.count(key.lower()) == 1
        and f"aws:resourcetag/{key.lower()}" not in spoken_of
        and f"aws:principaltag/{key.lower()}" not in spoken_of
    }


def tag_of(tags: Mapping[str, str], key: str) -> str | None:
    """Return the value of a tag, its key in any case; None where there is none, or more than one."""
    values = [value for name, value in tags.items() if name.lower() == key]
    return values[0] if len(values) == 1 else None


def by_tags(kept: Sequence[Kept], grant: Grant, evidence: RoleEvidence) -> Tagged | None:
    """Return what stays of a used grant by tags, where the tags of the role and of all of it agree; else None."""
    inventory = evidence.account.resource_tags if evidence.account is not None else None
    if not evidence.options.abac or inventory is None or not _may_go_by_tags(kept, grant, evidence.catalog):
        return None
    (only,) = kept
    wide = _whole_types(only.resources, grant, evidence.catalog)
    choices: list[tuple[int, str]] = []
    for key, value in usable_keys(evidence.role).items():
        if all(tag_of(inventory.get(resource, {}), key) == value for resource in only.resources):
            choices.append((len(list(_agreeing(inventory, wide, key, value))), key))
    if not choices or not wide:
        return None
    agreeing, lowered = min(choices)
    spelt = next(key for key in evidence.role.tags if key.lower() == lowered)
    matched = sum(any(resource_matches(p, arn) for p in wide) for arn in inventory)
    return Tagged(
        kept=(replace(only, resources=wide, conditions=(_condition(spelt),)),),
        reason=f"all {len(only.resources)} have the role's tag {spelt} ({evidence.role.tags[spelt]}), which stands for "
        f"them: {agreeing} resources of the snapshot have it, {matched - agreeing} others of the kind are not granted",
    )


def _condition(key: str) -> Condition:
    return Condition(operator="StringEquals", key=f"aws:ResourceTag/{key}", values=(f"${{aws:PrincipalTag/{key}}}",))


def _may_go_by_tags(kept: Sequence[Kept], grant: Grant, catalog: Catalog) -> bool:
    statement, action = grant.ref.statement, catalog.action(grant.action)
    if len(kept) != 1 or kept[0].passed_to is not None or len(kept[0].resources) < LONG:
        return False
    if action is None or not statement.variables or statement.not_resources or action.prefix in OPT_IN_SERVICES:
        return False
    is_made = _CREATES.search(action.full_name) is not None
    is_tagged = any(key.lower().startswith(_REQUEST_TAG) for key in action.condition_keys)
    return (
        not is_made and not is_tagged and action.access_level in _LEVELS and catalog.takes_resource_tags(grant.action)
    )


def _whole_types(resources: Sequence[str], grant: Grant, catalog: Catalog) -> tuple[str, ...]:
    """All resources of the types of some, in their accounts and regions, within the statement."""
    found: set[str] = set()
    for resource in resources:
        types = set(_types(resource, grant.action, catalog))
        met = {resource_meet(kind, pattern) for kind in types for pattern in grant.ref.statement.resources}
        if not any(m is not None and resource_matches(m, resource) for m in met):
            return ()
        found |= {m for m in met if m is not None and resources_intersect(m, resource)}
    return without_included(found)


def _types(resource: str, action: str, catalog: Catalog) -> Iterator[str]:
    """The ARN patterns of the action's types that a resource is of, with its partition, region and account."""
    known = catalog.action(action)
    *head, _ = resource.split(":", 5)
    for kind in known.resource_types if known is not None else ():
        described = catalog.resource_type(action.split(":", maxsplit=1)[0], kind.name)
        for arn in described.arn_patterns if described is not None else ():
            pattern = ":".join([*head, _PLACEHOLDER.sub("*", arn).split(":", 5)[-1]])
            if len(head) == 5 and resource_matches(pattern, resource):
                yield pattern


def _agreeing(
    inventory: Mapping[str, Mapping[str, str]], patterns: Sequence[str], key: str, value: str
) -> Iterator[str]:
    for arn, tags in inventory.items():
        if tag_of(tags, key) == value and any(resource_matches(pattern, arn) for pattern in patterns):
            yield arn
