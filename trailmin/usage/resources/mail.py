"""SES: the identity that a mail is sent from, which is an address or its domain; configuration sets and templates.

Source: https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import made_under, named
from trailmin.usage.resources.interface import Target, TypeReader

_SENDERS = ("source", "fromemailaddress", "defaultcontent.fromemailaddress", "bouncesender")
_ARNS = ("sourcearn", "fromarn", "fromemailaddressidentityarn", "bouncesenderarn", "resourcearn")
_IDENTITIES = ("emailidentity", "identity", "identities", "emailaddress", "domain", "fromemailaddress")
_ADDRESS = re.compile(r"[^<>]*<([^<>@]+@[^<>@]+)>\s*|([^<>@\s]+@[^<>@\s]+)")


def read_identity(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Identities by name or ARN; of a sender both that may be verified, the address and its domain."""
    arns = [text for path in _ARNS for text in call.texts(path) if is_arn(text)]
    found = [escape_arn(text) for text in arns if target.type_name in target.forms.types_of(text)]
    if listed or found:
        return listed or found
    names = [name for path in _SENDERS for text in call.texts(path) for name in _sending_identities(text)]
    if not names and not target.operation.startswith("Send"):
        names = [text for path in _IDENTITIES for text in call.texts(path)]
    return [target.form.fill(call, {"IdentityName": escape_arn(name)}) for name in names]


_TEMPLATES = (
    "template", "templatename", "template.templatename", "content.template.templatename",
    "defaultcontent.template.templatename",
)  # fmt: skip
_WHOLE = ("templatearn", "content.template.templatearn", "defaultcontent.template.templatearn")

READERS: dict[str, TypeReader] = {
    "configuration-set": named(
        {"ConfigurationSetName": ("configurationsetname", "configurationset.name")}, whole=("configurationsetarn",)
    ),
    "dedicated-ip-pool": named({"DedicatedIPPool": ("poolname", "destinationpoolname", "sendingpoolname")}),
    "export-job": named({"ExportJobId": ("jobid",)}),
    "identity": read_identity,
    "import-job": named({"ImportJobId": ("jobid",)}),
    "mailmanager-smtp-relay": made_under("relayid"),
    "template": named({"TemplateName": _TEMPLATES}, whole=_WHOLE),
}


def _sending_identities(text: str) -> list[str]:
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return []
    address = match.group(1) or match.group(2)
    return [address, address.rpartition("@")[2]]
