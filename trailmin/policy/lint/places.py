"""Partitions and Regions as names: what AWS could name so, not which ones there are today.

Source: the partitions and their patterns of Region names in AWS's endpoint metadata (botocore's `partitions.json`).
"""

import re

PARTITIONS = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"})

_AREA = r"(us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso|us-isob|us-isof|eu-isoe|eusc)"
_DIRECTION = r"(north|south|east|west|central|northeast|northwest|southeast|southwest|de-east)"
_REGION = re.compile(rf"{_AREA}-{_DIRECTION}-\d{{1,2}}")


def is_region(text: str) -> bool:
    """Whether AWS could have a Region of this name."""
    return _REGION.fullmatch(text) is not None
