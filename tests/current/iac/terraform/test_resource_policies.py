"""Policies on resources in modules."""

import json
from pathlib import Path

import pytest

from trailmin.current import StateInForce, load_current

ACCOUNT = "111122223333"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:resize"
PERMISSION = f"""resource "aws_lambda_permission" "s3" {{
  action        = "lambda:InvokeFunction"
  function_name = "{FUNCTION}"
  principal     = PRINCIPAL
}}
"""


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def read(folder: Path, text: str, state: dict[str, object] | None = None) -> StateInForce:
    module = folder / ACCOUNT
    module.mkdir()
    (module / "main.tf").write_text(text, encoding="utf-8")
    if state is not None:
        (module / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return load_current([module])


def test_a_function_s_permission_in_terraform_is_a_policy_on_it(tmp_path: Path) -> None:
    told = read(tmp_path, PERMISSION.replace("PRINCIPAL", '"s3.amazonaws.com"'))
    (policy,) = told.accounts[ACCOUNT].resource_policies or ()
    assert policy.resource == FUNCTION
    (statement,) = policy.policy.statements
    assert [(group.kind, group.values) for group in statement.principals] == [("Service", ("s3.amazonaws.com",))]
    assert statement.resources == (FUNCTION,)


def test_whom_nothing_tells_of_is_not_judged(tmp_path: Path) -> None:
    text = PERMISSION.replace("PRINCIPAL", '"arn:aws:iam::${var.partner}:root"') + 'variable "partner" {}\n'
    told = read(tmp_path, text)
    assert not any(account.resource_policies for account in told.accounts.values())
    assert any("whom it names, no snapshot tells" in note for note in told.notes)


def test_a_computed_document_is_what_the_state_has(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": "*"}
    values = {"bucket": "photos", "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    kind = "aws_s3_bucket_policy"
    resource = {"address": f"{kind}.it", "mode": "managed", "type": kind, "name": "it", "values": values}
    state: dict[str, object] = {
        "format_version": "1.0",
        "terraform_version": "1.9.5",
        "values": {"root_module": {"resources": [resource]}},
    }
    told = read(tmp_path, f'resource "{kind}" "it" {{\n  bucket = "photos"\n  policy = module.it.json\n}}\n', state)
    (policy,) = told.accounts[ACCOUNT].resource_policies or ()
    assert policy.policy.statements[0].actions == ("s3:GetObject",)
