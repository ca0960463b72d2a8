"""AWS KMS: a management event, with the key in `resources`.

Source: AWS KMS Developer Guide, "Decrypt" under "Examples of AWS KMS log entries".
"""

from sample_logs.accounts import Json
from sample_logs.record import Call


def decrypt(region: str, account: str, key_id: str, context: Json) -> Call:
    """Return a Decrypt call under an encryption context."""
    return Call(
        source="kms",
        name="Decrypt",
        region=region,
        read_only=True,
        parameters={"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": context},
        resources=({"accountId": account, "type": "AWS::KMS::Key", "ARN": key_arn(region, account, key_id)},),
    )


def key_arn(region: str, account: str, key_id: str) -> str:
    """Return a key's ARN."""
    return f"arn:aws:kms:{region}:{account}:key/{key_id}"
