"""One Allow statement of a policy on a resource, beside the calls that it may have let in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from trailmin.catalog import Catalog
from trailmin.current import Organization, ResourcePolicy, Role, SourceLink
from trailmin.policy import Arn, Mismatch, Principals, Statement, match_statement, resources_intersect
from trailmin.policy.evaluation import standing
from trailmin.synth.access.calls import Call
from trailmin.usage import Coverage, Observation, Outcome

_ACCOUNT = re.compile(r"\d{12}")
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
RESTRICTING = frozenset(
    {
        "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths",
        "aws:sourcevpc", "aws:sourcevpce", "aws:sourceip", "aws:vpcsourceip", "aws:principalarn",
        "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid", "aws:vpceaccount",
        "aws:vpceorgid", "aws:vpceorgpaths", "kms:calleraccount", "s3:dataaccesspointaccount", "sns:endpoint",
        "lambda:functionurlauthtype", "lambda:eventsourcetoken", "s3:dataaccesspointarn",
    }
)  # fmt: skip
"""Condition keys that keep the public out.

Source: Amazon S3 User Guide, "The meaning of public" (access-control-block-public-access.html); the rest are keys of
the callers' own network, account or organization.
"""


@dataclass(frozen=True, kw_only=True)
class AccessFacts:
    """All that is known beside the statement: the same for every statement of a policy."""

    policy: ResourcePolicy
    is_trust: bool
    calls: Sequence[Call]
    links: Sequence[SourceLink]
    """Those that lead to the resource."""
    linked_services: frozenset[str]
    """Services of which all links from the account to the resource are known."""
    organization: Organization | None
    roles: dict[str, frozenset[str]]
    """Account to the ARNs of its roles, of accounts whose roles are all known."""
    was_active: bool
    """Of a role: whether it made any call in the window."""
    too_new: str | None
    """Since when the policy is in force, where that is too short; a clause."""
    coverage: Coverage
    catalog: Catalog


@dataclass(frozen=True, kw_only=True)
class StatementView:
    """A statement and what was seen of it."""

    statement: Statement
    facts: AccessFacts

    @cached_property
    def principals(self) -> tuple[tuple[str, str], ...]:
        """Kind and value of each principal, in order."""
        return tuple((group.kind, value) for group in self.statement.principals for value in group.values)

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The actions that it grants on this resource, wildcards spelt out, each once."""
        found = (name for pattern in self.statement.actions for name in self._expanded(pattern))
        return tuple(dict.fromkeys(found))

    def expanded(self, pattern: str) -> tuple[str, ...]:
        """The actions that one pattern of the statement stands for on this resource."""
        return tuple(self._expanded(pattern))

    def calls(self, principal: tuple[str, str], action: str | None = None) -> tuple[Call, ...]:
        """The calls that were not refused and that the statement may have let this principal make."""
        return tuple(
            call
            for call in self._let_in
            if (action is None or call.action.lower() == action.lower()) and self._names(principal, call)
        )

    def observe(self, action: str) -> Observation:
        """Whether every call of an action on the resource would have shown."""
        return self.facts.coverage.observe(self.facts.policy.account, action, self._resources)

    def has_key(self, key: str) -> bool:
        """Whether a condition speaks of a key (lower case)."""
        return any(condition.key.lower() == key for condition in self.statement.conditions)

    @property
    def is_restricted(self) -> bool:
        """Whether a condition keeps the public out."""
        return any(condition.key.lower() in RESTRICTING for condition in self.statement.conditions)

    @cached_property
    def _let_in(self) -> tuple[Call, ...]:
        policies = [self.facts.policy.policy]
        return tuple(
            call
            for call in self.facts.calls
            if call.outcome is not Outcome.DENIED
            and any(
                standing(self.statement, caller) is not None
                and not isinstance(match_statement(self.statement, request), Mismatch)
                for caller in call.callers(policies)
                for request in call.requests(caller)
            )
        )

    def _names(self, principal: tuple[str, str], call: Call) -> bool:
        group = next(g for g in self.statement.principals if g.kind == principal[0] and principal[1] in g.values)
        only = replaced_principals(self.statement, group.kind, principal[1])
        return any(standing(only, caller) is not None for caller in call.callers([self.facts.policy.policy]))

    @cached_property
    def _resources(self) -> tuple[str, ...]:
        whole = (self.facts.policy.resource,)
        return tuple(r if r != "*" else whole[0] for r in self.statement.resources) or whole

    def _expanded(self, pattern: str) -> Iterator[str]:
        for name in self.facts.catalog.expand(pattern):
            if self._is_about(name):
                yield name

    def _is_about(self, action: str) -> bool:
        """Whether an action can be checked on what the policy is on."""
        if self.facts.is_trust:
            return action.startswith("sts:")
        known = self.facts.catalog.action(action)
        if known is None:
            return False
        kinds = (self.facts.catalog.resource_type(known.prefix, one.name) for one in known.resource_types)
        arns = [_PLACEHOLDER.sub("*", arn) for kind in kinds if kind is not None for arn in kind.arn_patterns]
        return any(resources_intersect(arn, resource) for arn in arns for resource in self._resources)


def replaced_principals(statement: Statement, kind: str, value: str) -> Statement:
    """The statement for one principal alone."""
    return replace(statement, principals=(Principals(kind=kind, values=(value,)),))


def account_of(value: str) -> str | None:
    """The account that an AWS principal of a policy is, or is of."""
    if _ACCOUNT.fullmatch(value):
        return value
    arn = Arn.parse(value)
    return arn.account if arn is not None and _ACCOUNT.fullmatch(arn.account) else None


def is_whole_account(value: str) -> bool:
    """Whether an AWS principal is an account with all that is in it."""
    arn = Arn.parse(value)
    return bool(_ACCOUNT.fullmatch(value)) or (arn is not None and arn.service == "iam" and arn.resource == "root")


def role_arns(roles: Sequence[Role]) -> frozenset[str]:
    """The ARNs of roles."""
    return frozenset(role.arn for role in roles if role.arn is not None)
