"""The global and the cross-service condition keys, and which of them hold one value at most.

Source of every row: IAM User Guide, "AWS global condition context keys" (reference_policies_condition-keys.html), the
line "Value type" of the key, in the edition that has `aws:ViaCustomerDomain`. A key that is not listed may hold
several, so a proof looks at sets of values too.
"""

_SINGLE_VALUED = frozenset(
    f"aws:{name}".lower()
    for name in (
        "AssumedRoot", "CalledViaAWSMCP", "CalledViaFirst", "CalledViaLast", "ChatbotSourceArn", "CurrentTime",
        "Ec2InstanceSourceVpc", "Ec2InstanceSourcePrivateIPv4", "EpochTime", "FederatedProvider",
        "IsMcpServiceAction", "MultiFactorAuthAge", "MultiFactorAuthPresent", "PrincipalAccount", "PrincipalArn",
        "PrincipalIsAWSService", "PrincipalOrgID", "PrincipalServiceName", "PrincipalType", "referer",
        "RequestedRegion", "ResourceAccount", "ResourceOrgID", "SecureTransport", "SignInSessionArn", "SourceAccount",
        "SourceArn", "SourceIdentity", "SourceIp", "SourceOrgID", "SourceVpc", "SourceVpcArn", "SourceVpce",
        "TokenIssueTime", "UserAgent", "userid", "username", "ViaAWSMCPService", "ViaAWSService", "ViaCustomerDomain",
        "VpceAccount", "VpceOrgID", "VpcSourceIp",
    )
)  # fmt: skip
_CROSS_SERVICE_SINGLE_VALUED = frozenset(
    name.lower()
    for name in (
        "codebuild:BuildArn", "codebuild:ProjectArn", "ec2:RoleDelivery", "ec2:SourceInstanceArn",
        "glue:CredentialIssuingService", "glue:RoleAssumedBy", "identitystore:UserId", "lambda:SourceFunctionArn",
        "ssm:SourceInstanceArn",
    )
)  # fmt: skip
"""Keys of a role session that carry a service's prefix and are in requests to other services too."""
_MULTIVALUED = frozenset(
    f"aws:{name}".lower()
    for name in (
        "CalledVia", "PrincipalOrgPaths", "PrincipalServiceNamesList", "ResourceOrgPaths", "SourceOrgPaths", "TagKeys",
        "VpceOrgPaths",
    )
)  # fmt: skip
_FURTHER = frozenset({"aws:principalorgmasteraccountid"})
"""Keys that exist but are not on the page, so that nothing is assumed of them."""
_SINGLE_VALUED_FAMILIES = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")


_TYPES = {
    f"aws:{name}".lower(): kind
    for kind, names in {
        "ARN": ("ChatbotSourceArn", "PrincipalArn", "SignInSessionArn", "SourceArn", "SourceVpcArn"),
        "Bool": (
            "IsMcpServiceAction", "MultiFactorAuthPresent", "PrincipalIsAWSService", "SecureTransport",
            "ViaAWSMCPService", "ViaAWSService",
        ),
        "Date": ("CurrentTime", "EpochTime", "TokenIssueTime"),
        "IPAddress": ("Ec2InstanceSourcePrivateIPv4", "SourceIp", "VpcSourceIp"),
        "Numeric": ("MultiFactorAuthAge",),
    }.items()
    for name in names
}  # fmt: skip
"""The line "Data type" of the same page, where it is not String."""
_UNTYPED = _FURTHER | {"aws:assumedroot", "aws:viacustomerdomain"}


def type_of_global_key(key: str) -> str | None:
    """The type of a global key's values: `ARN`, `Bool`, `Date`, `IPAddress`, `Numeric` or `String`; None if unknown."""
    lowered = key.lower()
    if not lowered.startswith("aws:") or lowered in _UNTYPED or not is_global_key(lowered):
        return None
    return _TYPES.get(lowered, "String")


def is_single_valued(key: str) -> bool:
    """Whether AWS documents that a request has one value of the key at most."""
    lowered = key.lower()
    is_listed = lowered in _SINGLE_VALUED or lowered in _CROSS_SERVICE_SINGLE_VALUED
    return is_listed or lowered.startswith(_SINGLE_VALUED_FAMILIES)


def is_multivalued(key: str) -> bool:
    """Whether AWS documents that a global key can have several values."""
    return key.lower() in _MULTIVALUED


def is_global_key(key: str) -> bool:
    """Whether there is such a global or cross-service condition key."""
    lowered = key.lower()
    return is_single_valued(lowered) or lowered in _MULTIVALUED or lowered in _FURTHER
