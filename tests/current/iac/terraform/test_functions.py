"""Functions of modules and what Lambda reads for them."""

from pathlib import Path

from tests.current.iac.terraform.test_reader import ACCOUNT, POLICY, ROLE, read, state

FUNCTION = """resource "aws_lambda_function" "worker" {
  function_name = "worker"
  role          = aws_iam_role.w.arn
  handler       = "a.b"
  runtime       = "python3.12"
}
"""
MAPPING = """resource "aws_lambda_event_source_mapping" "jobs" {
  event_source_arn = aws_sqs_queue.jobs.arn
  function_name    = aws_lambda_function.worker.arn
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
"""
ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:worker"
STATE = state(
    ("aws_iam_role.w", {"name": "worker-prod", "arn": f"arn:aws:iam::{ACCOUNT}:role/worker-prod"}),
    ("aws_lambda_function.worker", {"function_name": "worker", "arn": ARN}),
    ("aws_sqs_queue.jobs", {"name": "jobs", "arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"}),
)


def mappings(folder: Path, text: str, told: str = STATE) -> list[tuple[str, str]]:
    contents = read(folder, {"main.tf": ROLE + POLICY + FUNCTION + text, "state.json": told})
    return [(one.function_arn, one.source_arn) for one in contents.event_source_mappings]


def test_a_function_has_its_role_and_reads_its_queue(tmp_path: Path) -> None:
    contents = read(tmp_path, {"main.tf": ROLE + POLICY + FUNCTION + MAPPING, "state.json": STATE})
    (function,) = contents.functions
    assert (function.name, function.arn, function.log_group) == ("worker", ARN, "/aws/lambda/worker")
    assert function.role_arn == f"arn:aws:iam::{ACCOUNT}:role/worker-prod"
    ((name, source),) = [(one.function_arn, one.source_arn) for one in contents.event_source_mappings]
    assert (name, source) == (ARN, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs")


def test_names_of_functions_are_taken_in_all_their_forms(tmp_path: Path) -> None:
    for number, form in enumerate(
        (
            '"worker"',
            '"worker:live"',
            f'"{ACCOUNT}:function:worker"',
            f'"{ARN}:live"',
            "aws_lambda_function.worker.function_name",
        )
    ):
        text = MAPPING.replace("aws_lambda_function.worker.arn", form)
        assert [arn for arn, _ in mappings(tmp_path / str(number), text)] == [ARN], form


def test_what_is_not_known_of_a_mapping_is_never_left_out(tmp_path: Path) -> None:
    unknown = MAPPING.replace("aws_sqs_queue.jobs.arn", "var.queue")
    assert mappings(tmp_path / "source", unknown) == [(ARN, "*")]
    of_any = MAPPING.replace("aws_lambda_function.worker.arn", "var.function")
    assert mappings(tmp_path / "function", of_any) == [(ARN, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs")]
    many = MAPPING.replace("  event_source_arn", "  count = var.number\n  event_source_arn", 1)
    assert mappings(tmp_path / "count", many) == [(ARN, "*")]
    kafka = MAPPING.replace("  event_source_arn = aws_sqs_queue.jobs.arn\n", "")
    assert mappings(tmp_path / "kafka", kafka) == []
