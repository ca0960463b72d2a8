"""`trailmin run` where no disk stays: the output goes to /tmp, and from there to a bucket.

As a Lambda function (`handle`), or as the command of an ECS task. A function has 15 minutes and one /tmp: for more than
a few accounts, take the task.
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
    code, files = run_and_upload()
    if code not in RESULTS:
        raise RuntimeError(f"trailmin ended with {code}: see the lines before this one")
    return {"exit_code": code, "files": files}


def run_and_upload() -> tuple[int, int]:
    """Return the exit code of the run and how many files were uploaded; the configuration is beside this file."""
    folder = Path("/tmp/trailmin")  # noqa: S108 (the one folder of a function that can be written)
    folder.mkdir(exist_ok=True)
    text = Path(__file__).with_name("trailmin.toml").read_text(encoding="utf-8")
    (folder / "trailmin.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "trailmin", "run", "-c", "trailmin.toml", "--log-format", "json"]
    code = subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603
    files = [path for path in sorted((folder / "out").rglob("*")) if path.is_file()]
    for path in files:
        boto3.client("s3").upload_file(str(path), os.environ["RESULTS_BUCKET"], path.relative_to(folder).as_posix())
    return code, len(files)


if __name__ == "__main__":
    sys.exit(run_and_upload()[0])
