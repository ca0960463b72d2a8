"""IAM and STS: names with paths, the caller's own user, roles that are assumed.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html. A record names a role by its name
alone, and the path of an existing role is not in it: `role/NAME` and `role/*/NAME` together are exactly the ARNs that
it may have.
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import named_in_parameters
from trailmin.usage.resources.interface import Target

_OWN_USER = {
    "ChangePassword",
    "CreateAccessKey",
    "CreateLoginProfile",
    "DeactivateMFADevice",
    "DeleteAccessKey",
    "DeleteLoginProfile",
    "DeleteSigningCertificate",
    "GetMFADevice",
    "GetLoginProfile",
    "GetUser",
    "ListAccessKeys",
    "ListMFADevices",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "ListSSHPublicKeys",
    "CreateServiceSpecificCredential",
    "DeleteServiceSpecificCredential",
    "ResetServiceSpecificCredential",
    "UpdateAccessKey",
    "UpdateServiceSpecificCredential",
    "UpdateSigningCertificate",
    "UploadSigningCertificate",
}
"""Operations that are about the caller where they name no user."""

_NAME_PARAMETERS = {
    "role": "rolename",
    "user": "username",
    "group": "groupname",
    "instance-profile": "instanceprofilename",
    "policy": "policyname",
    "server-certificate": "servercertificatename",
    "mfa": "virtualmfadevicename",
}
_MAKES = {
    "role": "CreateRole",
    "user": "CreateUser",
    "group": "CreateGroup",
    "instance-profile": "CreateInstanceProfile",
    "policy": "CreatePolicy",
    "server-certificate": "UploadServerCertificate",
    "mfa": "CreateVirtualMFADevice",
}

EXCLUSIVE = frozenset({"iam:GenerateServiceLastAccessedDetails", "iam:ListPoliciesGrantingServiceAccess"})


def at_unknown_path(kind: str, name: str, call: Call) -> list[str]:
    """Pattern texts of every ARN that a role, user or other identity of that name may have in the caller's account."""
    base = f"arn:{call.partition}:iam::{call.account}:{kind}"
    name = escape_arn(name.strip("/"))
    return [f"{base}/{name}"] if "/" in name else [f"{base}/{name}", f"{base}/*/{name}"]


def read_named(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A role, user, group, policy, instance profile, server certificate or MFA device, by ARN or by name."""
    kind = target.type_name
    if kind == "role" and "CreateServiceLinkedRole" in (target.operation, target.action.partition(":")[2]):
        service = call.text("awsservicename") if target.operation == "CreateServiceLinkedRole" else None
        return [f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/{escape_arn(service or '') or '*'}/*"]
    if target.operation == "GetServiceLinkedRoleDeletionStatus":
        # task/aws-service-role/SERVICE/ROLE/ID
        path = (call.text("deletiontaskid") or "").removeprefix("task/").rpartition("/")[0]
        return [_at_path(kind, *path.rpartition("/")[::2], call)] if path else listed
    name = call.text(_NAME_PARAMETERS[kind])
    if name is not None and (kind != "policy" or target.operation == "CreatePolicy"):
        if target.operation == _MAKES[kind]:
            path = (call.text("path") or "/").strip("/")
            return [_at_path(kind, path, name, call)]
        return at_unknown_path(kind, name, call)
    if kind == "user" and call.caller_arn is not None and target.operation in _OWN_USER:
        return [escape_arn(call.caller_arn)] if ":user/" in call.caller_arn else []
    return listed or [arn for text in _arn_texts(call) if (arn := _of_type(text, target))]


def read_oidc_provider(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """An OpenID Connect provider: by its ARN, or when it is made by its URL without the scheme."""
    url = call.text("url")
    if url is not None and target.operation == "CreateOpenIDConnectProvider":
        return [target.form.fill(call, {"OidcProviderName": escape_arn(url.partition("://")[2] or url)})]
    return listed or named_in_parameters(call, target)


def read_assumed_role(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The role that is assumed, in whatever account where the record does not name it; federation assumes none."""
    if target.operation == "GetFederationToken":
        return []
    arns = [escape_arn(text) for text in call.texts("rolearn") if "role" in target.forms.types_of(text)]
    return arns or listed or [target.form.fill(call, Account="*")]


def read_root(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The root user of the member account that `AssumeRoot` names by account id or ARN."""
    principal = call.text("targetprincipal")
    if principal is None:
        return listed
    account = principal.split(":")[4] if is_arn(principal) else principal
    return [target.form.fill(call, Account=escape_arn(account))]


def read_federated_user(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The federated user whose name `GetFederationToken` gives."""
    return [target.form.fill(call, {"FederatedUserName": escape_arn(name)}) for name in call.texts("name")] or listed


IAM_READERS = {**dict.fromkeys(_NAME_PARAMETERS, read_named), "oidc-provider": read_oidc_provider}
STS_READERS = {"role": read_assumed_role, "root-user": read_root, "federated-user": read_federated_user}


def _at_path(kind: str, path: str, name: str, call: Call) -> str:
    middle = f"{escape_arn(path)}/" if path else ""
    return f"arn:{call.partition}:iam::{call.account}:{kind}/{middle}{escape_arn(name)}"


def _arn_texts(call: Call) -> list[str]:
    return [text for key in ("policyarn", "serialnumber", "policysourcearn", "arn") for text in call.texts(key)]


def _of_type(text: str, target: Target) -> str | None:
    return escape_arn(text) if is_arn(text) and target.type_name in target.forms.types_of(text) else None
