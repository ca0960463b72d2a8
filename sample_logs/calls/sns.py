"""Amazon SNS: publishing is a data event; what is published is not logged.

Source: Amazon SNS Developer Guide, "Logging AWS SNS API calls using AWS CloudTrail".
"""

from sample_logs.chance import Dice
from sample_logs.record import Call

_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def publish(topic_arn: str, dice: Dice) -> Call:
    """Return a message published to a topic."""
    region, account = topic_arn.split(":")[3:5]
    return Call(
        source="sns",
        name="Publish",
        region=region,
        read_only=False,
        is_data=True,
        parameters={"topicArn": topic_arn, "message": _HIDDEN, "subject": _HIDDEN, "messageAttributes": _HIDDEN},
        response={"messageId": dice.uuid()},
        resources=({"accountId": account, "type": "AWS::SNS::Topic", "ARN": topic_arn},),
    )
