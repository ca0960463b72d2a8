"""AWS Secrets Manager: reading a secret is a management event, without `resources`."""

from sample_logs.record import Call


def get_secret_value(region: str, secret_id: str) -> Call:
    """Return a read of a secret by name or ARN, as the caller named it."""
    return Call(
        source="secretsmanager",
        name="GetSecretValue",
        region=region,
        read_only=True,
        parameters={"secretId": secret_id},
    )


def list_secrets(region: str) -> Call:
    """Return a listing of all secrets."""
    return Call(source="secretsmanager", name="ListSecrets", region=region, read_only=True)
