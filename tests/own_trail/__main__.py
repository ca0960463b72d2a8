"""`make job-policies`: run trailmin's jobs on moto's server, keep their records, and write the proposed policies."""

import shutil
import tempfile
from pathlib import Path

from tests.own_trail.jobs import EXAMPLES, Job, follow_queue, recorded, run_function, run_task
from tests.own_trail.proposals import RECORDED, propose, write_logs

NIGHTS = 3
JOBS: tuple[Job, ...] = (run_task, run_function, follow_queue)


def main() -> None:
    """Write the records beside this file, and the policies into examples/policies/."""
    records = []
    for job in JOBS:
        with tempfile.TemporaryDirectory() as folder:
            records += recorded(job, NIGHTS, Path(folder))
    # Ids count from one in each job's world.
    for number, record in enumerate(records):
        record["eventID"] = f"00000000-0000-4000-8000-{number:012}"
    shutil.rmtree(RECORDED, ignore_errors=True)
    write_logs(records, RECORDED)
    with tempfile.TemporaryDirectory() as folder:
        for name, policy in propose(RECORDED, Path(folder)).items():
            path = EXAMPLES / "policies" / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(policy, encoding="utf-8")


if __name__ == "__main__":
    main()
