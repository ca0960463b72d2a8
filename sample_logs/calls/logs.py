"""Amazon CloudWatch Logs: streams are management events; `PutLogEvents` leaves no event at all."""

from sample_logs.record import Call


def create_log_stream(region: str, group: str, stream: str) -> Call:
    """Return the opening of a log stream."""
    return Call(
        source="logs",
        name="CreateLogStream",
        region=region,
        read_only=False,
        parameters={"logGroupName": group, "logStreamName": stream},
        api_version="20140328",
    )
