"""Organizations: ids whose first letters tell what they are of; and the ids that IAM Identity Center's calls carry.

The account in an ARN of Organizations is the management account, which a delegated administrator's record does not
name: it stays open. Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_arns.html
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.interface import Target, TypeReader

_PATHS = (
    "policyid", "targetid", "parentid", "sourceparentid", "destinationparentid", "childid", "accountid", "rootid",
    "organizationalunitid", "handshakeid", "resourceid", "target.id", "id",
)  # fmt: skip
_IDS = {
    "account": re.compile(r"([0-9]{12})"),
    "awspolicy": re.compile(r"p-((?=.*[A-Z])[0-9A-Za-z]+)"),
    "handshake": re.compile(r"h-([0-9a-z]+)"),
    "organizationalunit": re.compile(r"ou-([0-9a-z]+-[0-9a-z]+)"),
    "policy": re.compile(r"p-([0-9a-z]+)"),
    "responsibilitytransfer": re.compile(r"rt-([0-9a-z]+)"),
    "root": re.compile(r"r-([0-9a-z]+)"),
}
"""What stands behind the letters; AWS's own policies, such as `p-FullAWSAccess`, have upper-case letters."""


def read_by_id(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The resources of the type whose ids the request holds, wherever they stand."""
    if listed:
        return listed
    texts = [text for path in _PATHS for text in call.texts(path)]
    arns = [escape_arn(text) for text in texts if is_arn(text) and target.type_name in target.forms.types_of(text)]
    if target.type_name == "policy" and "awspolicy" not in target.legal and any(map(_of_aws, texts)):
        # The reference has no type for AWS's own policies here, and they are no policies of the organization's.
        return [UNKNOWN]
    found = [_IDS[target.type_name].fullmatch(text) for text in texts]
    return arns + [_fill(match.group(1), call, target) for match in found if match]


READERS: dict[str, TypeReader] = dict.fromkeys(_IDS, read_by_id)


def _of_aws(text: str) -> bool:
    return _IDS["awspolicy"].fullmatch(text) is not None


def _fill(value: str, call: Call, target: Target) -> str:
    policy_type = call.text("policytype") or call.text("filter") or UNKNOWN
    values = {target.form.placeholders[-1]: value, "PolicyType": escape_arn(policy_type.lower())}
    if policy_type == UNKNOWN:
        del values["PolicyType"]
    return target.form.fill(call, values, Account=UNKNOWN)
