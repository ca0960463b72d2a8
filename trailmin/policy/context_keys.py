"""The global condition keys, and which of them hold one value at most.

Source: IAM User Guide, "AWS global condition context keys", the line "Value type" of each key. A key that is not listed
may hold several, so a proof looks at sets of values too.
"""

_SINGLE_VALUED = frozenset(
    f"aws:{name}".lower()
    for name in (
        "AssumedRoot", "CalledViaFirst", "CalledViaLast", "CurrentTime", "Ec2InstanceSourceVpc",
        "Ec2InstanceSourcePrivateIPv4", "EpochTime", "FederatedProvider", "IsMcpServiceAction", "MultiFactorAuthAge",
        "MultiFactorAuthPresent", "PrincipalAccount", "PrincipalArn", "PrincipalIsAWSService", "PrincipalOrgID",
        "PrincipalServiceName", "PrincipalType", "referer", "RequestedRegion", "ResourceAccount", "ResourceOrgID",
        "SecureTransport", "SourceAccount", "SourceArn", "SourceIdentity", "SourceIp", "SourceOrgID", "SourceVpc",
        "SourceVpcArn", "SourceVpce", "TokenIssueTime", "UserAgent", "userid", "username", "ViaAWSService",
        "VpceAccount", "VpceOrgID", "VpcSourceIp",
    )
)  # fmt: skip
_MULTIVALUED = frozenset(
    f"aws:{name}".lower()
    for name in (
        "CalledVia", "PrincipalOrgPaths", "PrincipalServiceNamesList", "ResourceOrgPaths", "SourceOrgPaths", "TagKeys",
        "VpceOrgPaths",
    )
)  # fmt: skip
_FURTHER = frozenset({"aws:principalorgmasteraccountid", "aws:calledviaawsmcp"})
"""Known keys of which nothing is assumed."""
_SINGLE_VALUED_FAMILIES = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")


def is_single_valued(key: str) -> bool:
    """Whether AWS documents that a request has one value of the key at most."""
    lowered = key.lower()
    return lowered in _SINGLE_VALUED or lowered.startswith(_SINGLE_VALUED_FAMILIES)


def is_multivalued(key: str) -> bool:
    """Whether AWS documents that a global key can have several values."""
    return key.lower() in _MULTIVALUED


def is_global_key(key: str) -> bool:
    """Whether AWS documents the global condition key."""
    lowered = key.lower()
    return is_single_valued(lowered) or lowered in _MULTIVALUED or lowered in _FURTHER
