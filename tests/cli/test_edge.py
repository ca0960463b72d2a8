from collections.abc import Callable, Iterable

import pytest
import typer
from typer.testing import CliRunner, Result

from trailmin.cli.edge import DEBUG_VARIABLE, guarded
from trailmin.cli.exit_codes import ExitCode
from trailmin.errors import DefectError, LakeError

SECRET = "arn:aws:iam::111122223333:role/\x1b[31mred"


def end(command: Callable[[], Iterable[ExitCode]]) -> Result:
    app = typer.Typer()
    app.command()(guarded(command))
    return CliRunner().invoke(app)


def raising(error: BaseException) -> Callable[[], Iterable[ExitCode]]:
    def command() -> Iterable[ExitCode]:
        raise error

    return command


def test_the_highest_ranking_code_ends_the_command() -> None:
    assert end(lambda: [ExitCode.SET_ASIDE, ExitCode.DIFFERS]).exit_code == 10
    assert end(lambda: [ExitCode.OK]).exit_code == 0


def test_an_error_is_words_with_a_hint_on_stderr_and_nothing_on_stdout() -> None:
    result = end(raising(LakeError("there is no lake", hint="make one")))
    assert result.exit_code == 1
    assert result.stderr == "error: there is no lake\nhint: make one\n"
    assert result.stdout == ""


def test_hostile_text_in_an_error_is_inert() -> None:
    assert "\x1b" not in end(raising(LakeError(f"{SECRET}\nerror: forged"))).stderr
    assert end(raising(LakeError("a\nerror: forged"))).stderr.count("\n") == 1


def test_a_failed_check_of_our_own_is_a_defect_and_asks_for_a_report() -> None:
    result = end(raising(DefectError("the proof does not hold")))
    assert result.exit_code == 70
    assert "report it" in result.stderr


def test_an_unexpected_exception_shows_its_type_and_place_but_not_its_text() -> None:
    result = end(raising(ValueError(SECRET)))
    assert result.exit_code == 70
    assert "ValueError at test_edge.py:" in result.stderr
    assert "role/" not in result.stderr
    assert "Traceback" not in result.stderr


def test_the_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG_VARIABLE, "1")
    assert "Traceback" in end(raising(ValueError("x"))).stderr


def test_an_interrupt_ends_as_shells_count_it() -> None:
    assert end(raising(KeyboardInterrupt())).exit_code == 130


def test_wrong_usage_found_by_a_command_is_usage() -> None:
    assert end(raising(typer.BadParameter("no such thing"))).exit_code == 2
