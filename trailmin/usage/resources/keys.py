"""KMS keys and Secrets Manager secrets.

Sources: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html (a call by alias is checked on
the key), https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html (six random
characters end a secret's ARN).
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import named_in_parameters
from trailmin.usage.resources.interface import Target

_COMPLETE_SECRET = re.compile(r".*-[A-Za-z0-9]{6}\Z", re.DOTALL)
_SUFFIX = "-??????"


def read_key(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The key. An alias does not tell it: then the listed key counts, else any key of the alias' account and region."""
    names = {"source": "sourcekeyid", "target": "destinationkeyid"}
    paths = [names[target.resource_of]] if target.resource_of else ["keyid", "targetkeyid", "sourcekeyid"]
    if target.resource_path:
        paths = [target.resource_path, f"{target.resource_path}.keyid"]
    named = [_key(text, call, target) for path in paths for text in call.texts(path)]
    exact = [arn for arn in named if not arn.endswith("/*")]
    return exact or _listed_for(call, target, listed) or named


def read_alias(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """An alias, by the name with `alias/` in front that the API takes."""
    names = [text for text in call.texts("aliasname") if not is_arn(text)]
    return [target.form.fill(call, {"Alias": escape_arn(name.removeprefix("alias/"))}) for name in names] or listed


def read_secret(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The secret; a name or an ARN without the six random characters stands for any six."""
    if target.resource_path:
        return [_secret(text, call, target) for text in call.texts(target.resource_path)]
    if listed:
        return listed
    paths = ("secretid", "arn", "secretidlist") if target.operation != "CreateSecret" else ("name",)
    found = [_secret(text, call, target) for path in paths for text in call.texts(path)]
    return found or named_in_parameters(call, target)


KMS_READERS = {"key": read_key, "alias": read_alias}
SECRET_READERS = {"secret": read_secret}


def _key(text: str, call: Call, target: Target) -> str:
    if not is_arn(text):
        return target.form.fill(call, {} if text.startswith("alias/") else {"KeyId": escape_arn(text)})
    if "key" in target.forms.types_of(text):
        return escape_arn(text)
    _, partition, _, region, account, _ = (escape_arn(segment) for segment in text.split(":", 5))
    return target.form.fill(call, Partition=partition, Region=region, Account=account)


def _listed_for(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Of the two keys of a `ReEncrypt`, those that the other parameter does not name; otherwise all that are listed."""
    other = {"source": "destinationkeyid", "target": "sourcekeyid"}.get(target.resource_of or "")
    taken = {_key(text, call, target) for text in call.texts(other)} if other else set()
    return [arn for arn in listed if arn not in taken] or listed


def _secret(text: str, call: Call, target: Target) -> str:
    if not is_arn(text):
        return target.form.fill(call, {"SecretId": escape_arn(text) + _SUFFIX})
    return escape_arn(text) if _COMPLETE_SECRET.match(text) else escape_arn(text) + _SUFFIX
