"""SNS topics and SQS queues: ARNs, queue URLs, subscription ARNs.

Source: for URLs
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.generic import named_in_parameters, read_generic
from trailmin.usage.resources.interface import Target

_QUEUE_URL = re.compile(r"(?:https?://)?(?P<host>[^/\s]+)/(?P<account>\d{12})/(?P<name>[^/\s]+)/?\Z")
_HOST_REGION = re.compile(r"(?:^|\.)(?:sqs\.)?(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d)\.")
_SUBSCRIPTION = re.compile(r"(?P<topic>arn:[^:]*:sns:[^:]*:[^:]*:[^:]+):[0-9a-fA-F-]{36}\Z")


def read_queue(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The queue, from its URL, its ARN or its name; the URL tells the owner's account."""
    for text in call.texts("queueurl"):
        found = _QUEUE_URL.match(text)
        if found is None:
            break
        region = _HOST_REGION.search(found["host"])
        scope = {"Account": found["account"], "Region": region["region"] if region else call.region}
        return [target.form.fill(call, {"QueueName": escape_arn(found["name"])}, **scope)]
    for name in call.texts("queuename"):
        owner = call.text("queueownerawsaccountid") or call.account
        return [target.form.fill(call, {"QueueName": escape_arn(name)}, Account=owner)]
    if target.resource_of == "target":
        # Without a destination, messages go back to the queues that they came from.
        return _queues(call, "destinationarn") or [target.form.fill(call)]
    return _queues(call, "sourcearn") or read_generic(call, target, listed)


def read_topic(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The topic; of a subscription, the topic that it hangs on. A message to a phone has no topic."""
    for path in ("topicarn", "targetarn"):
        for text in call.texts(path):
            if "topic" in target.forms.types_of(text):
                return [escape_arn(text)]
    for text in call.texts("subscriptionarn"):
        found = _SUBSCRIPTION.match(text)
        if found is not None:
            return [escape_arn(found["topic"])]
    if call.text("phonenumber") is not None or "phonenumber" in call.parameters:
        return ["*"]
    return listed or named_in_parameters(call, target)


SQS_READERS = {"queue": read_queue}
SNS_READERS = {"topic": read_topic}


def _queues(call: Call, path: str) -> list[str]:
    return [escape_arn(text) for text in call.texts(path) if is_arn(text) and ":sqs:" in text]
