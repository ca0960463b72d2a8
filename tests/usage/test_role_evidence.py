"""Whose permissions an event shows."""

from tests.usage.reading import event_of, record
from trailmin.usage.role_evidence import is_role_evidence


def test_a_session_of_a_role_is_evidence_of_the_role() -> None:
    assert is_role_evidence(event_of(record("s3", "GetObject")))


def test_a_forward_access_session_is_too() -> None:
    whole = record("kms", "Decrypt")
    whole["userIdentity"]["invokedBy"] = "secretsmanager.amazonaws.com"
    assert is_role_evidence(event_of(whole))


def test_services_users_and_other_accounts_are_not() -> None:
    identities: tuple[dict[str, str], ...] = (
        {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
        {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a", "accountId": "111122223333", "userName": "a"},
        {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AROAX:s"},
        {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"},
        {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"},
        {},
    )
    for identity in identities:
        assert not is_role_evidence(event_of({**record("s3", "GetObject"), "userIdentity": identity}))
