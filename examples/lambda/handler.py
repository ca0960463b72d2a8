"""`trailmin run` as a Lambda function: the output goes to /tmp, and from there to a bucket.

A function has 15 minutes and one /tmp: for more than a few accounts, take the ECS task.
"""

import os
import subprocess
import sys
from pathlib import Path

import boto3

RESULTS = {0, 4, 10}
"""Exit codes that are results, not failures: nothing to change, some input set aside, proposals differ."""


def handle(_event: object, _context: object) -> dict[str, int]:
    """Run, upload what was written, and fail where the run failed, so that Lambda's error alarm tells of it."""
    folder = Path("/tmp/trailmin")  # noqa: S108 (the one folder of a function that can be written)
    folder.mkdir(exist_ok=True)
    text = Path(os.environ["LAMBDA_TASK_ROOT"], "trailmin.toml").read_text(encoding="utf-8")
    (folder / "trailmin.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "trailmin", "run", "-c", "trailmin.toml", "--log-format", "json"]
    code = subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603
    files = [path for path in sorted((folder / "out").rglob("*")) if path.is_file()]
    for path in files:
        boto3.client("s3").upload_file(str(path), os.environ["RESULTS_BUCKET"], path.relative_to(folder).as_posix())
    if code not in RESULTS:
        raise RuntimeError(f"trailmin ended with {code}: see the lines before this one")
    return {"exit_code": code, "files": len(files)}
