from tests.synth.situation import CATALOG, allow, inline
from trailmin.synth.grants import allow_statements, grants_of


def actions_of(statement: dict[str, object]) -> list[str]:
    (ref,) = allow_statements([inline(statement)])
    return [grant.action for grant in grants_of(ref, CATALOG)]


def test_wildcards_are_spelt_out_in_the_catalogs_letter_case_each_action_once() -> None:
    assert actions_of(allow(["S3:getobject", "s3:GetObjec?", "s3:ListAllMyBuckets"])) == [
        "s3:GetObject",
        "s3:ListAllMyBuckets",
    ]


def test_an_action_outside_the_catalog_is_a_grant_of_its_own() -> None:
    (ref,) = allow_statements([inline(allow("s3:GetObjectOnTuesdays"))])
    (grant,) = grants_of(ref, CATALOG)
    assert (grant.action, grant.is_known) == ("s3:GetObjectOnTuesdays", False)


def test_everything_on_one_bucket_grants_nothing_of_other_services() -> None:
    found = actions_of(allow("*", "arn:aws:s3:::photos/*"))
    assert "s3:GetObject" in found
    assert "ec2:RunInstances" not in found
    assert "ec2:RunInstances" in actions_of(allow("*"))


def test_not_action_grants_all_but_what_it_names() -> None:
    found = actions_of({"Effect": "Allow", "NotAction": ["s3:Delete*", "iam:*"], "Resource": "*"})
    assert "s3:GetObject" in found
    assert not [a for a in found if a.startswith(("s3:Delete", "iam:"))]


def test_only_allow_statements_make_grants_and_each_has_a_name() -> None:
    policy = inline({"Effect": "Deny", "Action": "*", "Resource": "*"}, allow("s3:*", Sid="Read"), allow("sns:*"))
    refs = allow_statements([policy])
    assert [ref.label for ref in refs] == ["Access statement Read", "Access statement 3"]
    assert len({ref.key for ref in refs}) == 2
