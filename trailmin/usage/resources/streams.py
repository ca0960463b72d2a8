"""Kinesis: streams and their consumers, channels, keys.

Source: the request syntax of https://docs.aws.amazon.com/kinesis/latest/APIReference/ and
https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target

_STREAM = re.compile(r"(?P<stream>arn:[^:]*:kinesis:[^:]*:[^:]*:stream/[^/:]+)(?:/consumer/.+)?\Z")
_STREAM_PATHS = ("streamarn", "consumerarn", "resourcearn", "streamconfigurationlist[].streamarn")
_POLICY_CALLS = ("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy")
_TAG_CALLS = ("ListTagsForResource", "TagResource", "UntagResource")

EXCLUSIVE = frozenset(f"kinesis:{name}" for name in (*_POLICY_CALLS, *_TAG_CALLS))
"""Actions whose required types are alternatives: what the call names is one of them."""

TAGS_AT_CREATION = {("kinesis:TagResource", "RegisterStreamConsumer"): frozenset({"consumer"})}


def read_stream(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The stream by name or ARN; a consumer's ARN tells its stream, except where the call is about the consumer."""
    names = [target.form.fill(call, {"StreamName": escape_arn(name)}) for name in call.texts("streamname")]
    if names:
        return names
    texts = [text for path in _STREAM_PATHS for text in call.texts(path)]
    if "consumer" in target.legal:
        texts = [text for text in texts if "consumer" not in target.forms.types_of(text)]
    return [escape_arn(found["stream"]) for text in texts if (found := _STREAM.match(text))] or listed


def read_consumer(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The consumer by its ARN, or by its name, to which the time of its registration is not known."""
    texts = [text for path in ("consumerarn", "resourcearn") for text in call.texts(path)]
    arns = [escape_arn(text) for text in texts if target.type_name in target.forms.types_of(text)]
    found = _STREAM.match(call.text("streamarn") or "")
    if found and not arns:
        name = escape_arn(call.text("consumername") or "") or UNKNOWN
        return [f"{escape_arn(found['stream'])}/consumer/{name}:{UNKNOWN}"]
    return arns or listed


def read_key(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The key by id or ARN; an alias does not tell its key."""
    found = []
    for text in call.texts("keyid"):
        if is_arn(text) and "kmskey" in target.forms.types_of(text):
            found.append(escape_arn(text))
        elif not text.startswith(("alias/", "arn:")):
            found.append(target.form.fill(call, {"KeyId": escape_arn(text)}))
    return found or listed


def read_channel(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The channel by its ARN; a new one has an id of its own."""
    if target.operation == "CreateChannel":
        return [target.form.fill(call)]
    return read_generic(call, target, listed)


READERS = {"channel": read_channel, "consumer": read_consumer, "kmskey": read_key, "stream": read_stream}
