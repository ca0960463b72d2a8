"""The examples of docs/policy.md, run as they stand."""

import doctest
import re
from pathlib import Path

import trailmin.policy

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "policy.md"


def test_the_examples_print_what_they_say() -> None:
    # The fences of code blocks are no part of what an example prints.
    text = re.sub(r"^```(python)?$", "", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(text, {}, DOCUMENT.name, str(DOCUMENT), 0)
    assert len(examples.examples) >= 30
    failures: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=failures.append)
    assert result.failed == 0, "".join(failures)


def test_every_name_that_an_example_imports_is_public() -> None:
    imported = re.findall(r"from trailmin\.policy import ([\w, ]+)", DOCUMENT.read_text(encoding="utf-8"))
    assert {name for line in imported for name in line.split(", ")} <= set(trailmin.policy.__all__)
