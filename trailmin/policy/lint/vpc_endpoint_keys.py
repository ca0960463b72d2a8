"""The services that have the condition keys on the owner of a VPC endpoint.

Source: IAM User Guide, "AWS global condition context keys", sections aws:VpceAccount, aws:VpceOrgID and
aws:VpceOrgPaths, "The following services support this key".
"""

_ACCOUNT = frozenset({
    "acm-pca", "applicationinsights", "apprunner", "athena", "cloudformation", "comprehendmedical", "compute-optimizer",
    "datasync", "discovery", "dynamodb", "ebs", "ecr", "ecs", "firehose", "gamelift", "healthlake", "iam",
    "iotfleetwise", "iotwireless", "kinesisanalytics", "kms", "lambda", "medical-imaging", "omics",
    "payment-cryptography", "polly", "rbin", "rekognition", "route53", "s3", "scheduler", "servicediscovery",
    "servicequotas", "shield", "ssm-contacts", "storagegateway", "textract", "transcribe", "transfer",
})  # fmt: skip
_ORGANIZATION = _ACCOUNT | {
    "b2bi", "cassandra", "cognito-identity", "dms", "ds-data", "identitystore", "iottwinmaker", "network-firewall",
    "pricing", "ses", "sms-voice", "sqs", "workmail",
}  # fmt: skip
_SERVICES = {"aws:vpceaccount": _ACCOUNT, "aws:vpceorgid": _ORGANIZATION, "aws:vpceorgpaths": _ACCOUNT}


def services_of_key(key: str) -> frozenset[str] | None:
    """The prefixes of the services whose requests have the key; None for a key of all services."""
    return _SERVICES.get(key.lower())
