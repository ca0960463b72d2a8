"""What a set of policies allows, asked need by need."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bench.quality.workload.model import Need
from trailmin.policy import DecisionKind, Policy, Request, action_matches, decide, policy_size


class Decider(Protocol):
    """Tells what is allowed."""

    @property
    def characters(self) -> int:
        """Size of the policies as AWS counts it."""

    def allows(self, need: Need) -> bool:
        """Whether a need is met."""


class PolicyDecider:
    """Policies as `trailmin.policy.decide` reads them; every condition key that is not given is absent."""

    def __init__(self, policies: Sequence[Policy], characters: int, region: str) -> None:
        self._policies = policies
        self.characters = characters
        # Its calls to KMS for another service are for S3; those that a role makes itself are under no such condition.
        self._through = {"kms:ViaService": (f"s3.{region}.amazonaws.com",)}
        self._context = {"aws:RequestedRegion": (region,), "aws:SecureTransport": ("true",)}
        self._matching: dict[str, tuple[tuple[int, ...], ...]] = {}
        self._decided: dict[tuple[object, str, str | None], bool] = {}

    def allows(self, need: Need) -> bool:
        """Whether a need is met. Actions that the same statements match share their answers."""
        matching = self._matching.get(need.action)
        if matching is None:
            matching = self._matching[need.action] = self._statements_on(need.action)
        if not any(matching):
            return False
        key = (matching, need.resource, need.passed_to)
        if key not in self._decided:
            self._decided[key] = self._decide(need, matching)
        return self._decided[key]

    def _statements_on(self, action: str) -> tuple[tuple[int, ...], ...]:
        return tuple(
            tuple(
                s.index
                for s in policy.statements
                if any(action_matches(p, action) for p in s.actions or s.not_actions) == bool(s.actions)
            )
            for policy in self._policies
        )

    def _decide(self, need: Need, matching: Sequence[Sequence[int]]) -> bool:
        policies = [
            replace(policy, statements=tuple(replace(policy.statements[i], index=n) for n, i in enumerate(indexes)))
            for policy, indexes in zip(self._policies, matching, strict=True)
            if indexes
        ]
        passed = {"iam:PassedToService": (need.passed_to,)} if need.passed_to else {}
        through = self._through if need.action.startswith("kms:") else {}
        context = {**self._context, **passed, **through}
        request = Request(action=need.action, resource=need.resource, context=context, other_keys="absent")
        return decide(policies, request).decision is DecisionKind.ALLOWED


class ListDecider:
    """The needs on a list, as far as the old policies allow them: replay of what was seen."""

    def __init__(self, seen: Iterable[Need], old: Decider) -> None:
        self._seen = frozenset(seen)
        self._old = old
        self.characters = _size(
            {action: {n.resource for n in self._seen if n.action == action} for action in _actions(seen)}
        )

    def allows(self, need: Need) -> bool:
        """Whether it is listed."""
        return need in self._seen and self._old.allows(need)


class ActionDecider:
    """The actions on a list, on any resource, as far as the old policies allow them."""

    def __init__(self, seen: Iterable[Need], old: Decider) -> None:
        self._actions = _actions(seen)
        self._old = old
        self.characters = _size({action: {"*"} for action in self._actions})

    def allows(self, need: Need) -> bool:
        """Whether its action is listed."""
        return need.action in self._actions and self._old.allows(need)


def _actions(needs: Iterable[Need]) -> frozenset[str]:
    return frozenset(need.action for need in needs)


def _size(granted: Mapping[str, set[str]]) -> int:
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action, resources in sorted(granted.items()):
        by_resources.setdefault(tuple(sorted(resources)), []).append(action)
    statements = [{"Effect": "Allow", "Action": a, "Resource": list(r)} for r, a in by_resources.items()]
    return policy_size(json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1))
