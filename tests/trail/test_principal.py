import json

import pytest

from tests.trail.records import ROLE
from trailmin.trail.event import PrincipalKind
from trailmin.trail.principal import read_caller


def read(identity: object) -> tuple[object, ...]:
    p = read_caller(json.dumps(identity).encode()).principal
    return p.kind, p.arn, p.account, p.name, p.session_name


def test_a_role_is_keyed_on_its_issuer_with_the_path() -> None:
    assert read(ROLE) == ("role", "arn:aws:iam::111122223333:role/team/app", "111122223333", "app", "session")


@pytest.mark.parametrize("context", [{}, {"sessionContext": {}}, {"sessionContext": {"sessionIssuer": {}}}])
def test_without_an_issuer_the_role_is_rebuilt_from_the_session(context: dict[str, object]) -> None:
    identity = {"type": "AssumedRole", "arn": "arn:aws-cn:sts::111122223333:assumed-role/app/i-1"} | context
    assert read(identity) == ("role", "arn:aws-cn:iam::111122223333:role/app", "111122223333", "app", "i-1")


def test_a_source_identity_says_more_than_the_name_of_a_session() -> None:
    context = {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/app"}, "sourceIdentity": "ann"}
    assert read({**ROLE, "sessionContext": context})[4] == "source-identity/ann"
    assert read({**ROLE, "sessionContext": context, "userName": 7})[4] == "source-identity/ann"


def test_masked_arns_stay_as_they_are() -> None:
    identity = {
        "type": "AssumedRole",
        "principalId": "***:s",
        "arn": "arn***/assumed-role/Audit/s",
        "accountId": "700***",
        "sessionContext": {"sessionIssuer": {"arn": "arn***/Audit", "userName": "Audit"}},
    }
    assert read(identity) == ("role", "arn***/Audit", "700***", "Audit", "s")


@pytest.mark.parametrize(
    ("identity", "kind", "name"),
    [
        ({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/x/ann", "userName": "ann"}, "user", "ann"),
        ({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/x/ann"}, "user", "ann"),
        ({"type": "Root", "arn": "arn:aws:iam::111122223333:root"}, "root", None),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "service", "ec2.amazonaws.com"),
        ({"accountId": "111122223333", "invokedBy": "ec2.amazonaws.com"}, "service", "ec2.amazonaws.com"),
        ({"type": "AWSAccount", "accountId": "999988887777", "principalId": "AIDAX"}, "account", None),
        ({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": ""}, "anonymous", None),
        ({"type": "AWSAccount", "principalId": "ANONYMOUS_PRINCIPAL"}, "anonymous", None),
        ({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/bo"}, "federated", "bo"),
        ({"type": "SAMLUser", "principalId": "p", "userName": "cy"}, "federated", "cy"),
        ({"type": "WebIdentityUser", "userName": "dee"}, "federated", "dee"),
        ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}, "federated", "u-1"),
        ({"type": "Martian"}, "unknown", None),
        ({}, "unknown", None),
        (None, "unknown", None),
        ("x", "unknown", None),
        ([1], "unknown", None),
        ({"type": 5, "arn": ["x"], "sessionContext": "y"}, "unknown", None),
    ],
)
def test_every_kind_of_caller(identity: object, kind: str, name: str | None) -> None:
    found = read(identity)
    assert (found[0], found[3]) == (PrincipalKind(kind), name)


def test_a_forward_access_session_is_the_roles() -> None:
    assert read(ROLE | {"invokedBy": "secretsmanager.amazonaws.com"}) == read(ROLE)


def test_numbers_do_for_texts() -> None:
    assert read(ROLE | {"accountId": 111122223333, "principalId": 5}) == read(ROLE)
