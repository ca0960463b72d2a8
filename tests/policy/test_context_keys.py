import pytest

from trailmin.policy.context_keys import is_global_key, is_multivalued, is_single_valued


@pytest.mark.parametrize(
    "key",
    [
        "aws:CalledVia",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceNamesList",
        "aws:ResourceOrgPaths",
        "aws:SourceOrgPaths",
        "aws:TagKeys",
        "aws:VpceOrgPaths",
    ],
)
def test_a_multivalued_key_is_never_taken_for_a_single_valued_one(key: str) -> None:
    assert is_multivalued(key)
    assert is_global_key(key)
    assert not is_single_valued(key)


@pytest.mark.parametrize(
    "key", ["aws:CalledViaAWSMCP", "AWS:SOURCEIP", "aws:RequestTag/Team", "lambda:SourceFunctionArn"]
)
def test_single_valued_keys_are_known_in_any_case(key: str) -> None:
    assert is_single_valued(key)
    assert is_global_key(key)
    assert not is_multivalued(key)


@pytest.mark.parametrize("key", ["s3:prefix", "aws:NoSuchKey", "aws:PrincipalOrgMasterAccountId", "aws:RequestTag"])
def test_nothing_is_assumed_of_a_key_whose_value_type_is_not_documented(key: str) -> None:
    assert not is_single_valued(key)
    assert not is_multivalued(key)
