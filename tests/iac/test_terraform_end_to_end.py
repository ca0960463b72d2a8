"""A role in Terraform, from logs to a patch of its module through the whole pipeline."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.iac.deployment import ACCOUNT, Call, write_logs, write_snapshot
from tests.iac.parsers import parse
from trailmin.cli.app import build_app
from trailmin.current import SourceFormat

S3, DYNAMODB = "s3.amazonaws.com", "dynamodb.amazonaws.com"
BUCKET = "shop-uploads-20240102030405"
FULL_S3 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
MANAGED = "arn:aws:iam::aws:policy/AmazonS3FullAccess"

MODULE = """resource "aws_s3_bucket" "uploads" {
  bucket_prefix = "shop-uploads-"
}

resource "aws_dynamodb_table" "orders" {
  name     = "orders"
  hash_key = "id"
}

resource "aws_iam_role" "worker" {
  name_prefix        = "shop-worker-"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# Everything, so that it works.
resource "aws_iam_role_policy_attachment" "s3" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
}

resource "aws_iam_role_policy" "orders" {
  name   = "orders"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.orders.json
}
"""

DOCUMENT = """data "aws_iam_policy_document" "orders" {
  statement {
    actions = [
      "dynamodb:*", # the table
    ]

    resources = [
      aws_dynamodb_table.orders.arn,
      "${aws_dynamodb_table.orders.arn}/index/*",
    ]
  }

  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.uploads.arn]
  }
}
"""

TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"
DEPLOYED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": [f"{TABLE}/index/*", TABLE]},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"},
    ],
}
CALLS: Sequence[Call] = (
    (S3, "GetObject", {"bucketName": BUCKET, "key": "in/{day}.jpg"}),
    (S3, "ListObjects", {"bucketName": BUCKET}),
    (DYNAMODB, "PutItem", {"tableName": "orders"}),
    (DYNAMODB, "GetItem", {"tableName": "orders"}),
)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(build_app(), [str(a) for a in arguments])


def tightened(folder: Path, role: str, module: Path) -> dict[str, Any]:
    snapshot = write_snapshot(folder / ACCOUNT, role, {"orders": DEPLOYED}, aws_managed={MANAGED: FULL_S3})
    logs, lake = write_logs(folder / "logs", role, CALLS), folder / "lake"
    assert run("ingest", logs, "--lake", lake, "--workers", "1").exit_code == 0
    result = run(
        "tighten", role, "--current", snapshot, "--current", module, "--lake", lake, "-o", folder / "out", "--json"
    )
    assert result.exit_code == 10, result.stdout + result.stderr
    (found,) = json.loads(result.stdout)["roles"]
    assert found["proof"]["proven"]
    assert found["replay"]["passed"]
    return dict(found)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "infrastructure"
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (folder / "main.tf").write_text(MODULE, encoding="utf-8")
    (folder / "policies.tf").write_text(DOCUMENT, encoding="utf-8")
    return folder


def test_a_module_is_patched_with_what_its_snapshot_tells_of_its_resources(tmp_path: Path, module: Path) -> None:
    tightened(tmp_path, "shop-worker-20240102030405", module)
    for patch in sorted((tmp_path / "out" / "patches").glob("*.diff")):
        subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch)], cwd=module, check=True)
    main, policies = ((module / name).read_text(encoding="utf-8") for name in ("main.tf", "policies.tf"))
    for path in module.glob("*.tf"):
        parse(path, SourceFormat.TERRAFORM, path.read_text(encoding="utf-8"))
    assert "policy/AmazonS3FullAccess" not in main
    assert 'resource "aws_iam_role_policy" "trailmin_AmazonS3FullAccess"' in main
    assert '"${aws_s3_bucket.uploads.arn}/in/' in main
    assert "# Everything, so that it works." in main
    assert '"dynamodb:GetItem",' in policies
    assert "dynamodb:*" not in policies
    assert "aws_dynamodb_table.orders.arn,\n    ]" in policies
    assert BUCKET not in main + policies
