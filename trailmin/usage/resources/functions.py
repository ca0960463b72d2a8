"""Lambda: function names, partial and full ARNs, qualifiers, layers.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html (a call on `NAME:prod` is checked
on the qualified ARN, so that a grant on the unqualified one does not cover it); the name formats in the API reference.
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import ArnForm, escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target

_NAME = re.compile(r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?\Z")
_LAYER = re.compile(r"(?P<layer>arn:[^:]*:lambda:[^:]*:[^:]*:layer:[^:]+)(?::(?P<version>\d+))?\Z")
EXCLUSIVE = frozenset({"lambda:GetResourcePolicy", "lambda:PutResourcePolicy", "lambda:DeleteResourcePolicy"})


def read_function(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The function's ARN, with the qualifier that the call gives."""
    return _functions(call, target) or read_generic(call, target, listed)


def read_alias(call: Call, target: Target, _listed: Sequence[str]) -> Sequence[str]:
    """A function's alias: a qualifier that is no number."""
    return [arn for arn in _functions(call, target) if _is_qualified(arn) and not arn.rpartition(":")[2].isdigit()]


def read_version(call: Call, target: Target, _listed: Sequence[str]) -> Sequence[str]:
    """A function's version: a qualifier that is a number."""
    return [arn for arn in _functions(call, target) if _is_qualified(arn) and arn.rpartition(":")[2].isdigit()]


def read_layer(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The layer, without its version."""
    for text in call.texts("layername"):
        found = _LAYER.match(text)
        name = found["layer"].rpartition(":")[2] if found else text
        return [escape_arn(found["layer"])] if found else [target.form.fill(call, {"LayerName": escape_arn(name)})]
    return listed


def read_layer_version(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The version of a layer, by name and number or by ARN."""
    version = call.text("versionnumber") or "*"
    arns = []
    for path in ("layername", "arn", "layers", "layers[].arn"):
        for text in call.texts(path):
            found = _LAYER.match(text)
            if found:
                arns.append(f"{escape_arn(found['layer'])}:{found['version'] or version}")
            elif not is_arn(text) and path == "layername":
                arns.append(target.form.fill(call, {"LayerName": escape_arn(text), "LayerVersion": version}))
    return arns or listed


READERS = {
    "function": read_function,
    "function alias": read_alias,
    "function version": read_version,
    "layer": read_layer,
    "layerversion": read_layer_version,
}


def _functions(call: Call, target: Target) -> list[str]:
    parsed = call.parameters.get("fullyqualifiedarn")
    if isinstance(parsed, dict):
        return [_from_parsed(call, target)]
    paths = (target.resource_path,) if target.resource_path else ("functionname", "functionarn")
    arns = [_function(text, call, target) for path in paths for text in call.texts(path)]
    return [arn for arn in arns if arn]


def _function(text: str, call: Call, target: Target) -> str | None:
    qualifier = call.text("qualifier")
    if is_arn(text):
        if ":function:" not in text:
            return None
        return _qualified(escape_arn(text), qualifier)
    found = _NAME.match(text)
    if found is None:
        return None
    scope = {"Account": found["account"]} if found["account"] else {}
    arn = _function_form(target).fill(call, {"FunctionName": escape_arn(found["name"])}, **scope)
    return _qualified(arn, found["qualifier"] or qualifier)


def _from_parsed(call: Call, target: Target) -> str:
    """`fullyQualifiedArn`, which some Lambda events have in place of the name: an ARN taken apart."""
    at = "fullyqualifiedarn"
    told = {"Region": call.text(f"{at}.arnprefix.region"), "Account": call.text(f"{at}.arnprefix.account")}
    name = call.text(f"{at}.relativeid.functionname")
    values = {} if name is None else {"FunctionName": escape_arn(name)}
    arn = _function_form(target).fill(call, values, **{key: escape_arn(value) for key, value in told.items() if value})
    return _qualified(arn, call.text("qualifier") or call.text(f"{at}.functionqualifier"))


def _function_form(target: Target) -> ArnForm:
    return target.forms.of_type("function")[0]


def _qualified(arn: str, qualifier: str | None) -> str:
    return arn if qualifier is None or _is_qualified(arn) else f"{arn}:{escape_arn(qualifier)}"


def _is_qualified(arn: str) -> bool:
    return arn.count(":") >= 7
