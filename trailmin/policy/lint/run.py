"""Lint of one document."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from trailmin.errors import PolicyError
from trailmin.policy.json_text import JsonNode, from_object, line_and_column, read_json
from trailmin.policy.lint import (
    actions,
    arns,
    attached,
    conditions,
    grants,
    keys,
    organizations,
    pairs,
    principals,
    tags,
    trust,
    values,
    variables,
    whole,
)
from trailmin.policy.lint.finding import Finding, FindingType, error
from trailmin.policy.lint.rule import LintCatalog, Rule, Subject
from trailmin.policy.lint.structure import check_structure
from trailmin.policy.parse import PolicyKind, kind_of, parse_policy

_MODULES = (
    actions, arns, conditions, keys, values, variables, pairs, tags, principals, trust, attached, grants,
    organizations, whole,
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in module.RULES)

_SYNTAX = error("Json syntax error")
_ELEMENT = error("Invalid policy element")


def lint(
    source: str | Mapping[str, Any], *, kind: PolicyKind | str | None = None, catalog: LintCatalog | None = None
) -> tuple[Finding, ...]:
    """What is wrong, unsafe or doubtful in a document, the gravest first, then by place.

    Whatever the text, it is told in findings: nothing is raised. A document that is no policy gets the errors of its
    structure only. `kind` is guessed from the elements where it is not given.
    """
    try:
        root = read_json(source) if isinstance(source, str) else from_object(source)
    except PolicyError as found:
        return (Finding(check=_SYNTAX, path=(), message=found.message),)
    chosen = kind_of(root) if kind is None else PolicyKind(kind)
    findings = tuple(check_structure(root, chosen))
    if not findings:
        try:
            policy = parse_policy(source, kind=chosen)
        except PolicyError as found:
            findings = (Finding(check=_ELEMENT, path=(), message=found.message),)
        else:
            subject = Subject(policy=policy, kind=chosen, catalog=catalog)
            findings = tuple(finding for rule in RULES for finding in rule(subject))
    return _sorted(_located(finding, root, source) for finding in findings)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    grave = list(FindingType)
    return tuple(sorted(findings, key=lambda one: (grave.index(one.check.type), *_order(one))))


def _order(finding: Finding) -> tuple[object, ...]:
    statement = next((step for step in finding.path if isinstance(step, int)), -1)
    return (statement, finding.line or 0, finding.column or 0, finding.check.code, [str(step) for step in finding.path])


def _located(finding: Finding, root: JsonNode, source: object) -> Finding:
    if not isinstance(source, str):
        return finding
    node = root
    for step in finding.path:
        below = _below(node, step)
        if below is not None:
            node = below
    line, column = line_and_column(source, node.start)
    return replace(finding, line=line, column=column)


def _below(node: JsonNode, step: str | int) -> JsonNode | None:
    if isinstance(step, int):
        return node.items[step] if node.items is not None and step < len(node.items) else None
    member = node.member(step)
    return member.value if member else None
