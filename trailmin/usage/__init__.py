"""From events to authorizations to usage; coverage."""

from trailmin.usage.account_coverage import AccountCoverage
from trailmin.usage.authorization import IMPLIED_BASES, Authorization, Basis, Outcome, Resolution
from trailmin.usage.coverage import Coverage
from trailmin.usage.measure import measure_coverage
from trailmin.usage.model import PrincipalUsage, UnmappedCalls, Use
from trailmin.usage.observation import Observation, weakest
from trailmin.usage.policy_changes import PolicyChangeEvent
from trailmin.usage.read import find_principal, read_policy_changes, read_principals, window_of
from trailmin.usage.resolver import Resolver
from trailmin.usage.rollup import RollupReport, refresh_usage

__all__ = [
    "IMPLIED_BASES",
    "AccountCoverage",
    "Authorization",
    "Basis",
    "Coverage",
    "Observation",
    "Outcome",
    "PolicyChangeEvent",
    "PrincipalUsage",
    "Resolution",
    "Resolver",
    "RollupReport",
    "UnmappedCalls",
    "Use",
    "find_principal",
    "measure_coverage",
    "read_policy_changes",
    "read_principals",
    "refresh_usage",
    "weakest",
    "window_of",
]
