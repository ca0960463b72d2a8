import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailmin.trail.redact import REDACTED, is_secret_key, redact

SECRET = (
    "password", "masterUserPassword", "MasterUserPassword", "secretAccessKey", "secret_key", "secretString",
    "secretBinary", "openIdToken", "pass word", "id_token",
    "sessionToken", "x-amz-security-token", "X-Amz-Signature", "privateKey", "certificate-private-key", "authToken",
    "x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key",
    "sSECustomerKey",
    "clientSecret", "userData", "webIdentityToken", "tokenCode", "token", "sAMLAssertion", "passphrase",
)  # fmt: skip
PLAIN = (
    "secretId", "nextToken", "clientToken", "clientRequestToken", "idempotencyToken", "NextToken", "continuation-token",
    "signatureVersion", "key", "bucketName", "x-amz-server-side-encryption-customer-algorithm", "secretArn",
)  # fmt: skip


@pytest.mark.parametrize("key", SECRET)
def test_a_secret_is_replaced_at_any_depth(key: str) -> None:
    text = json.dumps({"a": [{"b": {key: "s3cr3t"}}], "keep": 1}, separators=(",", ":"))
    assert redact(text) == text.replace("s3cr3t", REDACTED)


@pytest.mark.parametrize("key", PLAIN)
def test_names_and_paging_stay(key: str) -> None:
    text = json.dumps({key: "value", "password": None, "passwordResetRequired": True})
    assert redact(text) is text


def test_what_lies_under_a_secret_key_goes_with_it() -> None:
    assert json.loads(redact('{"secretString": {"user": "x"}, "n": 1}')) == {"secretString": REDACTED, "n": 1}


def test_an_escaped_key_hides_nothing() -> None:
    assert "hunter2" not in redact(r'{"p\u0061ssword": "hunter2"}')


KEYS = st.one_of(st.sampled_from(SECRET + PLAIN), st.text(max_size=5))
VALUES = st.recursive(st.text(max_size=5), lambda v: st.dictionaries(KEYS, v, max_size=3) | st.lists(v, max_size=2))


def leaks(value: object) -> bool:
    if isinstance(value, dict):
        return any(
            (is_secret_key(k) and v != REDACTED) or (not is_secret_key(k) and leaks(v)) for k, v in value.items()
        )
    return isinstance(value, list) and any(map(leaks, value))


@given(VALUES, st.booleans())
def test_no_secret_is_left_and_redacting_again_changes_nothing(value: object, ascii_only: bool) -> None:
    text = redact(json.dumps(value, ensure_ascii=ascii_only))
    assert not leaks(json.loads(text))
    assert redact(text) == text
