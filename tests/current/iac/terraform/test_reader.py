"""What modules on disk say of roles: variables, states, loops, calls of modules."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trailmin.current import Role, SourceChange, SourceChangeKind
from trailmin.current.iac.interface import SourceContents
from trailmin.current.iac.registry import edit_source
from trailmin.current.sources import find_sources, read_sources
from trailmin.errors import CurrentError
from trailmin.policy import ReplaceStatement, StatementSpec

ACCOUNT = "111122223333"
ROLE = """resource "aws_iam_role" "w" {
  name               = "worker-${var.stage}"
  assume_role_policy = "{}"
}

variable "stage" {
  default = "dev"
}
"""
POLICY = """resource "aws_iam_role_policy" "p" {
  name = "p"
  role = aws_iam_role.w.id
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = ["s3:*"], Resource = ["*"] }]
  })
}
"""


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def read(folder: Path, files: Mapping[str, str]) -> SourceContents:
    return read_sources(find_sources(written(folder, files)))


def state(*resources: tuple[str, dict[str, Any]], **more: Any) -> str:
    listed = [
        {"address": a, "mode": "managed", "type": a.split(".")[0], "name": a.split(".")[1].split("[")[0], "values": v}
        for a, v in resources
    ]
    root: dict[str, Any] = {"resources": listed, "child_modules": more.pop("child_modules", [])}
    return json.dumps({"format_version": "1.0", "terraform_version": "1.9.5", "values": {"root_module": root}, **more})


def names(contents: SourceContents) -> list[str]:
    return [role.name for role in contents.roles]


def only(contents: SourceContents) -> Role:
    (role,) = contents.roles
    return role


def narrowed(contents: SourceContents) -> Any:
    policy = contents.roles[0].policies[0]
    spec = StatementSpec(sid=None, actions=("s3:GetObject",))
    change = SourceChange(kind=SourceChangeKind.EDIT, policy=policy, edits=(ReplaceStatement(index=0, parts=(spec,)),))
    return edit_source(change.place.file, [change])


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({}, "worker-dev"),
        ({"terraform.tfvars": 'stage = "prod"'}, "worker-prod"),
        ({"terraform.tfvars": 'stage = "a"', "z.auto.tfvars": 'stage = "b"'}, "worker-b"),
        ({"env/prod.tfvars": 'stage = "prod"'}, "worker-prod"),
        ({"plan.json": state(variables={"stage": {"value": "planned"}})}, "worker-planned"),
    ],
)
def test_variables_come_from_their_files_and_the_plan(tmp_path: Path, files: dict[str, str], name: str) -> None:
    assert names(read(tmp_path, {"main.tf": ROLE + POLICY, **files})) == [name]


def test_of_several_files_of_variables_none_is_taken(tmp_path: Path) -> None:
    files = {"main.tf": ROLE + POLICY, "env/a.tfvars": 'stage = "a"', "env/b.tfvars": 'stage = "b"'}
    role = only(read(tmp_path, files))
    assert role.generated_name is not None
    assert role.generated_name.pattern == "worker-*"


def test_each_state_is_a_deployment(tmp_path: Path) -> None:
    def deployed(stage: str) -> str:
        arn = f"arn:aws:iam::{ACCOUNT}:role/worker-{stage}"
        return state(("aws_iam_role.w", {"arn": arn, "name": f"worker-{stage}"}))

    contents = read(tmp_path, {"main.tf": ROLE + POLICY, "a.json": deployed("a"), "b.json": deployed("b")})
    assert names(contents) == ["worker-a", "worker-b"]
    assert {role.account for role in contents.roles} == {ACCOUNT}


def test_a_state_keeps_no_secrets(tmp_path: Path) -> None:
    files = {
        "main.tf": ROLE + POLICY,
        "state.json": state(("aws_db_instance.d", {"arn": "arn:aws:rds:eu-west-1:1:db:d", "password": "hunter2"})),
    }
    policy = only(read(tmp_path, files)).policies[0]
    assert policy.source is not None
    assert "hunter2" not in str(policy.source.file.values)


def test_instances_of_a_loop_over_what_is_computed_come_from_the_state(tmp_path: Path) -> None:
    text = ROLE.replace("{\n  name ", "{\n  for_each = module.x.names\n  name ", 1)
    text += POLICY.replace("{\n  name", "{\n  for_each = module.x.names\n  name").replace(".w.id", ".w[each.key].id")
    resources = [
        entry
        for key in ("a", "b")
        for entry in (
            (f'aws_iam_role.w["{key}"]', {"name": f"worker-{key}", "arn": f"arn:aws:iam::{ACCOUNT}:role/worker-{key}"}),
            (f'aws_iam_role_policy.p["{key}"]', {"name": "p", "id": f"worker-{key}:p"}),
        )
    ]
    contents = read(tmp_path, {"main.tf": text, "state.json": state(*resources)})
    assert names(contents) == ["worker-a", "worker-b"]
    assert [len(role.policies) for role in contents.roles] == [1, 1]
    (refusal,) = narrowed(contents).refusals
    assert "for_each" in refusal.reason


def test_a_loop_of_which_nothing_is_known_is_a_note(tmp_path: Path) -> None:
    text = ROLE.replace("{\n  name ", "{\n  for_each = module.x.names\n  name ", 1)
    contents = read(tmp_path, {"main.tf": text})
    assert contents.roles == ()
    assert "aws_iam_role.w is made in a loop" in contents.notes[0]


def test_a_module_that_is_called_twice_is_not_edited(tmp_path: Path) -> None:
    calls = "".join(f'module "{n}" {{\n  source = "./m"\n  stage  = "{n}"\n}}\n' for n in ("a", "b"))
    contents = read(tmp_path, {"main.tf": calls, "m/main.tf": ROLE + POLICY})
    assert names(contents) == ["worker-a", "worker-b"]
    (refusal,) = narrowed(contents).refusals
    assert "called 2 times" in refusal.reason
    assert refusal.paste is not None
    assert "s3:GetObject" in refusal.paste


def test_a_modules_state_is_that_of_its_call(tmp_path: Path) -> None:
    child = {
        "address": "module.a",
        "resources": [
            {"address": "module.a.aws_iam_role.w", "type": "aws_iam_role", "values": {"name": "made", "arn": "arn:x"}}
        ],
    }
    files = {"main.tf": 'module "a" {\n  source = "./m"\n}\n', "m/main.tf": ROLE + POLICY}
    assert names(read(tmp_path, {**files, "state.json": state(child_modules=[child])})) == ["made"]


def test_modules_from_elsewhere_are_said(tmp_path: Path) -> None:
    contents = read(tmp_path, {"main.tf": 'module "a" {\n  source = "git::https://example.com/a"\n}\n'})
    assert "module a comes from git::https://example.com/a" in contents.notes[0]


def test_roles_of_elsewhere_are_known_by_name(tmp_path: Path) -> None:
    text = POLICY.replace("aws_iam_role.w.id", '"legacy"') + POLICY.replace('"p"', '"q"').replace(
        "aws_iam_role.w.id", "data.aws_iam_role.x.name"
    ) + 'data "aws_iam_role" "x" {\n  name = "legacy"\n}\n'  # fmt: skip
    role = only(read(tmp_path, {"main.tf": text}))
    assert (role.name, [policy.name for policy in role.policies]) == ("legacy", ["p", "q"])


def test_users_and_groups_that_hold_a_policy_are_known(tmp_path: Path) -> None:
    text = ROLE + """resource "aws_iam_policy" "m" {
  name   = "m"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "r" {
  role       = aws_iam_role.w.name
  policy_arn = aws_iam_policy.m.arn
}
resource "aws_iam_user_policy_attachment" "u" {
  user       = "someone"
  policy_arn = aws_iam_policy.m.arn
}
"""  # fmt: skip
    (policy,) = only(read(tmp_path, {"main.tf": text})).policies
    assert policy.attached_to == ("the user of aws_iam_user_policy_attachment.u",)


def test_a_document_outside_the_repository_is_not_read(tmp_path: Path) -> None:
    text = ROLE + 'resource "aws_iam_role_policy" "p" {\n  role = aws_iam_role.w.id\n  policy = file("../x.json")\n}\n'
    (tmp_path / "x.json").write_text('{"Statement": []}', encoding="utf-8")
    role = only(read(tmp_path / "module", {"main.tf": text}))
    assert "not beside the module" in role.notes[0]


def test_a_file_that_is_not_hcl_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CurrentError, match=r"main\.tf:3:1: "):
        read(tmp_path, {"main.tf": 'a = 1\nresource "x" {\n'})


def test_a_policys_name_may_be_known_in_part(tmp_path: Path) -> None:
    text = ROLE + POLICY.replace('name = "p"', 'name_prefix = "work-"') + POLICY.replace('"p"', '"q"', 1).replace(
        '  name = "p"\n', ""
    )  # fmt: skip
    assert [policy.name for policy in only(read(tmp_path, {"main.tf": text})).policies] == ["work-*", "terraform-*"]


def test_a_policy_of_a_loop_is_not_taken_out(tmp_path: Path) -> None:
    text = ROLE + POLICY.replace("{\n  name", '{\n  for_each = toset(["a"])\n  name')
    policy = only(read(tmp_path, {"main.tf": text})).policies[0]
    change = SourceChange(kind=SourceChangeKind.REMOVE, policy=policy)
    (refusal,) = edit_source(change.place.file, [change]).refusals
    assert "for_each" in refusal.reason


def test_a_policy_that_something_refers_to_is_not_taken_out(tmp_path: Path) -> None:
    text = ROLE + POLICY + 'output "o" {\n  value = aws_iam_role_policy.p.id\n}\n'
    policy = only(read(tmp_path, {"main.tf": text})).policies[0]
    change = SourceChange(kind=SourceChangeKind.REMOVE, policy=policy)
    (refusal,) = edit_source(change.place.file, [change]).refusals
    assert refusal.reason.startswith("main.tf:17 refers to aws_iam_role_policy.p")


def test_what_is_excluded_must_be_known(tmp_path: Path) -> None:
    text = ROLE + POLICY.replace('Resource = ["*"]', "NotResource = [aws_s3_bucket.b.arn]")
    role = only(read(tmp_path, {"main.tf": text + 'resource "aws_s3_bucket" "b" {\n}\n'}))
    assert role.policies == ()
    assert "NotResource is not known" in role.notes[0]


def test_a_file_outside_the_repository_is_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    outside.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), encoding="utf-8")
    named = POLICY.partition("  policy =")[0]
    for name in (str(outside), "../outside.json", "link.json"):
        folder = written(tmp_path / "repository", {"main.tf": f'{ROLE}{named}  policy = file("{name}")\n}}\n'})
        (folder / "link.json").unlink(missing_ok=True)
        (folder / "link.json").symlink_to(outside)
        (role,) = read_sources(find_sources(folder)).roles
        assert role.policies == ()
        assert "not beside the module" in role.notes[0]
