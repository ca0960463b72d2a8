"""Lint against a table of statements: each is laid over a sound one, and must give just the codes it names."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailmin.catalog import load_catalog
from trailmin.policy import FindingType, lint

TABLE = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
SOUND = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def document(case: dict[str, Any]) -> dict[str, Any]:
    given = case["statement"]
    base = dict(SOUND)
    if "NotAction" in given and "UNSUPPORTED_ELEMENT_COMBINATION" not in case["codes"]:
        del base["Action"]
    if "NotResource" in given:
        del base["Resource"]
    version = case.get("version", "2012-10-17")
    return {**({} if version is None else {"Version": version}), "Statement": [{**base, **given}]}


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: json.dumps(case["statement"])[:60])
def test_a_statement_has_just_the_findings_of_the_table(case: dict[str, Any]) -> None:
    found = lint(document(case), kind=case.get("kind"), catalog=load_catalog())
    assert [one.check.code for one in found] == case["codes"], found


def test_a_finding_from_text_has_its_line_and_column() -> None:
    statement = '{"Effect": "Allow",\n   "Action": "s3:GetObjekt", "Resource": "*"}'
    text = f'{{"Version": "2012-10-17", "Statement": [\n  {statement}]}}'
    (found,) = lint(text, catalog=load_catalog())
    assert (found.line, found.column, found.path) == (3, 14, ("Statement", 0, "Action", 0))
    assert found.check.url.endswith("#access-analyzer-reference-policy-checks-error-invalid-action")


def test_findings_come_gravest_first() -> None:
    statement = {**SOUND, "Action": ["iam:PassRole", "s3:Nothing"], "Resource": "*"}
    found = lint({"Statement": [statement]}, catalog=load_catalog())
    assert [one.check.type for one in found] == list(FindingType)


def test_roles_for_an_identity_provider_need_a_condition() -> None:
    provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    assert codes(statement) == ["MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", "MISSING_GITHUB_REPO_CONDITION_KEY"]
    subject = "token.actions.githubusercontent.com:sub"
    assert codes({**statement, "Condition": {"StringLike": {subject: "repo:*"}}}) == [
        "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED"
    ]
    assert codes({**statement, "Condition": {"StringLike": {subject: "repo:org/repo:ref:refs/heads/main"}}}) == []


def codes(statement: dict[str, Any]) -> list[str]:
    found = lint({"Version": "2012-10-17", "Statement": statement}, catalog=load_catalog())
    return [one.check.code for one in found]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", '{"Statement": 1}', '{"Statement": []}', '{"a": 1, "a": 2}', "{}"]
)
def test_what_is_no_policy_is_told_in_errors(text: str) -> None:
    found = lint(text)
    assert found
    assert all(one.check.type is FindingType.ERROR for one in found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["*", "Allow", "s3:*", "AWS"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Statement", "Effect", "Action", "Resource", "Condition", "Principal", "Sid", "StringLike"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_nothing_makes_it_fail(value: Any) -> None:
    lint(json.dumps(value))
    lint(json.dumps({"Version": "2012-10-17", "Statement": [value]}))
