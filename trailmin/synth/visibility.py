"""What the trail would have shown of a statement's grants, had they been used (DESIGN 6)."""

from collections.abc import Iterator
from dataclasses import replace

from trailmin.synth.grants import StatementInForce, names_action
from trailmin.synth.judged import RoleEvidence
from trailmin.usage import Observation, Outcome, weakest


class Visibility:
    """Of one statement of a role."""

    def __init__(self, ref: StatementInForce, evidence: RoleEvidence, callable_actions: frozenset[str]) -> None:
        """Look at nothing yet but the calls that were made.

        Args:
            ref: The statement.
            evidence: What the logs and AWS tell.
            callable_actions: All that the role is granted.
        """
        self._ref = ref
        self._evidence = evidence
        self._callable = callable_actions
        self.needing = dict(self._needed())
        """Granted actions without events of their own, each with one that was used and may need it unseen."""

    def of(self, action: str) -> Observation:
        """What uses of an action would have shown, with what the role's calls leave open.

        Args:
            action: that the statement grants.
        """
        observation = self.in_logs(action)
        if not observation.full and not observation.hidden:
            return observation
        if (unmapped := self._unmapped_of(action)) is not None:
            return Observation(full=False, reason=f"the role made calls whose actions are not known: {unmapped}")
        if (needing := self.needing.get(action)) is not None:
            return Observation(full=False, reason=f"{needing} may need it, and its calls do not tell")
        return observation

    def in_logs(self, action: str) -> Observation:
        """What the logs of the policy's accounts would have shown of an action on the statement's resources."""
        evidence = self._evidence
        patterns, accounts = self._ref.statement.resources or ("*",), evidence.accounts_of(self._ref.policy)
        found = [evidence.coverage.observe(one, action, patterns, may_call=self._callable) for one in accounts]
        if len(found) == 1:
            return found[0]
        return weakest(map(_in_account, found, accounts)) if found else _NOWHERE

    def _unmapped_of(self, action: str) -> str | None:
        """A call that may have been authorised with an action: of its service or name, or of one that checks it."""
        usage = self._evidence.usage
        if usage is None or not usage.unmapped:
            return None
        parents = self._evidence.catalog.observability(action).parents
        actions = {action, *(self._callable.intersection(parents) or parents)}
        prefixes = {None, *(one.split(":", maxsplit=1)[0] for one in actions)}
        # Some services log their calls under the source of another.
        name = action.partition(":")[2].lower()
        for calls in usage.unmapped:
            if (
                calls.event_name.lower() == name
                or self._evidence.catalog.prefix_of_source(calls.event_source) in prefixes
            ):
                return f"{calls.event_source} {calls.event_name}"
        return None

    def _needed(self) -> Iterator[tuple[str, str]]:
        """Granted actions without events of their own, each with one that was used and may need it unseen.

        The last one of an action is the first by name.
        """
        evidence = self._evidence
        uses = evidence.usage.uses if evidence.usage is not None else ()
        used = {use.action for use in uses if use.action is not None and use.outcome is not Outcome.DENIED}
        for needing in sorted(used, reverse=True):
            for action in evidence.catalog.needed_unseen(needing):
                if names_action(self._ref.statement, action):
                    yield action, needing


_NOWHERE = Observation(full=False, reason="it is provisioned in no account")


def _in_account(observation: Observation, account: str | None) -> Observation:
    """What is known of one of several accounts; a clause that says so where it is not all."""
    if observation.full or (account is not None and account in observation.reason):
        return observation
    return replace(observation, reason=f"{observation.reason} in account {account or 'unknown'}")
