"""Secrets in request parameters: found by their key, replaced before anything is stored.

CloudTrail hides most secrets itself (`HIDDEN_DUE_TO_SECURITY_REASONS`), but not in every service and version. Secrets
inside a text that is JSON of its own (an input to a target, a script) are beyond this and stay.
"""

import re

from trailmin.trail.json_text import decode_json, encode_json

REDACTED = "REDACTED"
"""Stands where a secret was."""

_SECRET_KEYS = (
    r"pass(?:word|wd|phrase)",
    r"secret(?:access)?key",
    r"(?:client|shared|consumer|app)secret",
    r"secret(?:string|binary|value|text)",
    r"^secret$",
    r"(?:session|security|auth|access|refresh|id|bearer|identity|authorization|oauth|api)token",
    r"^token$|^tokencode$",
    r"signature$",
    r"privatekey",
    r"customerkey$",  # S3 SSE-C: x-amz-server-side-encryption-customer-key
    r"apikeyvalue",
    r"samlassertion",
    r"^userdata$",  # boot scripts often carry credentials, and no rule reads them
)
_SECRET_KEY = re.compile("|".join(_SECRET_KEYS))
_NOT_SECRET = frozenset({"accesstokenvalidity", "idtokenvalidity", "refreshtokenvalidity"})
_KEY_PUNCTUATION = re.compile(r"[-_. ]")

CANDIDATE_PATTERN = (
    r"(?i)pass[-_. ]*(?:word|wd|phrase)|secret[-_. ]*(?:access|key|string|binary|value|text|\")"
    r"|(?:client|shared|consumer|app)[-_. ]*secret"
    r"|(?:session|security|auth|access|refresh|id|bearer|identity|authorization|oauth|api)[-_. ]*token"
    r"|\"[-_. ]*(?:secret|token[-_. ]*(?:code[-_. ]*)?)\"|signature|private[-_. ]*key|customer[-_. ]*key"
    r"|api[-_. ]*key[-_. ]*value|saml[-_. ]*assertion|user[-_. ]*data|\\u00"
)
"""A regular expression (RE2 and `re` alike) that every text with a secret key matches; most texts do not. An escaped
letter in a key could hide its name, hence the last alternative."""

_CANDIDATE = re.compile(CANDIDATE_PATTERN)


def is_secret_key(key: str) -> bool:
    """Whether the value under `key` is a password, secret key, token, signature or private key.

    `secretId`, `nextToken`, `clientToken`, `clientRequestToken` and `idempotencyToken` are names, not secrets.
    """
    plain = _KEY_PUNCTUATION.sub("", key).lower()
    return _SECRET_KEY.search(plain) is not None and plain not in _NOT_SECRET


def redact(text: str) -> str:
    """The JSON text with the values of secret keys replaced, at any depth; the very same text where there are none."""
    if not _CANDIDATE.search(text):
        return text
    value = decode_json(text)
    return encode_json(_without_secrets(value)) if _has_secret(value) else text


def _has_secret(value: object) -> bool:
    if isinstance(value, dict):
        return any(_is_redacted(key, item) or _has_secret(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_secret(item) for item in value)


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {key: REDACTED if _is_redacted(key, item) else _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def _is_redacted(key: str, value: object) -> bool:
    return value is not None and not isinstance(value, bool) and value != REDACTED and is_secret_key(key)
