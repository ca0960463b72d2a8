"""Amazon Resource Names, in their six segments."""

import re
from dataclasses import dataclass
from typing import Self

_SEGMENT_END = re.compile(r"\$\{[^}]*\}|:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """An ARN, or an ARN pattern of a policy, split at its first five colons.

    Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str
    """Everything after the fifth colon, with its own colons and slashes."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The ARN in `text`, or None where `text` does not have six segments that start with `arn`."""
        segments = split_segments(text)
        if len(segments) != 6 or segments[0] != "arn":
            return None
        return cls(
            partition=segments[1],
            service=segments[2],
            region=segments[3],
            account=segments[4],
            resource=segments[5],
        )

    @property
    def segments(self) -> tuple[str, str, str, str, str]:
        """Partition, service, region, account and resource, in this order."""
        return (self.partition, self.service, self.region, self.account, self.resource)

    def __str__(self) -> str:
        return ":".join(("arn", *self.segments))


def split_segments(text: str) -> tuple[str, ...]:
    """`text` split at its first five colons; a colon inside a policy variable (`${aws:username}`) does not count."""
    segments: list[str] = []
    start = 0
    for found in _SEGMENT_END.finditer(text):
        if len(segments) == 5:
            break
        if found[0] == ":":
            segments.append(text[start : found.start()])
            start = found.end()
    segments.append(text[start:])
    return tuple(segments)
