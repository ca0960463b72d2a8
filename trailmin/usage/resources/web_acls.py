"""WAF: web ACLs, rule groups and sets by scope, name and id; what their rules refer to, by ARN.

Source: https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
"""

from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import ONE_RESOURCE_KEYS
from trailmin.usage.resources.interface import Target, TypeReader

_SCOPES = {"CLOUDFRONT": "global", "REGIONAL": "regional"}
_ARN_PATHS = ("webaclarn", "rulegrouparn", "loggingconfiguration.resourcearn", *ONE_RESOURCE_KEYS)


def read_by_scope(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """What the call is about, where its name says that it is of this type; what rules refer to, of any type."""
    if listed:
        return listed
    texts = [text for path in _ARN_PATHS for text in call.texts(path)] + call.inner_texts("arn")
    arns = [escape_arn(text) for text in texts if is_arn(text) and target.type_name in target.forms.types_of(text)]
    return arns + _named(call, target)


READERS: dict[str, TypeReader] = dict.fromkeys(
    ("ipset", "managedruleset", "regexpatternset", "rulegroup", "webacl"), read_by_scope
)


def _named(call: Call, target: Target) -> list[str]:
    """The one by name and id; of a name alone, as when it is made, the id stays open."""
    name = call.text(f"{target.type_name}name")
    number = call.text(f"{target.type_name}id")
    if name is None and target.type_name in target.operation.lower():
        name, number = call.text("name"), call.text("id")
    if name is None:
        return []
    values = {"Name": escape_arn(name)}
    if number is not None:
        values["Id"] = escape_arn(number)
    scope = _SCOPES.get(call.text("scope") or "")
    return [target.form.fill(call, values | ({"Scope": scope} if scope else {}))]
