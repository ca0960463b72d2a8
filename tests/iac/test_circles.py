"""New references never make resources depend on each other in a circle: CloudFormation would refuse the template."""

import pytest
from cfnlint.api import lint_all

from tests.iac.case import CORPUS, edited, read_case


@pytest.mark.parametrize("name", ["cfn-circular", "cfn-circle-of-two", "cfn-pass-role"])
def test_cfn_lint_finds_nothing_new(name: str) -> None:
    case = read_case(CORPUS / f"{name}.case.json")
    result = edited(case, case.path)
    assert result.text != result.file.text
    before, after = ({(f.rule.id, f.message) for f in lint_all(text)} for text in (result.file.text, result.text))
    assert after <= before
