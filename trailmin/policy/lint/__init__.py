"""Lint: the checks of Access Analyzer's ValidatePolicy that need nothing but the policy and a catalog."""

from trailmin.policy.lint.finding import Check, Finding, FindingType, checks
from trailmin.policy.lint.rule import LintCatalog
from trailmin.policy.lint.run import lint

__all__ = ["Check", "Finding", "FindingType", "LintCatalog", "checks", "lint"]
