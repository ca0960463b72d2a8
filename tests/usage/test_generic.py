"""Resources by the names of parameters, for services that have no reading of their own."""

from typing import Any

import pytest

from tests.usage.reading import event_of, record
from trailmin.catalog import load_catalog
from trailmin.usage.resolver import Resolver

RESOLVER = Resolver(load_catalog())
HERE = "us-east-1:111122223333"


@pytest.mark.parametrize(
    ("source", "name", "parameters", "expected"),
    [
        ("geo", "PutGeofence", {"collectionName": "c"}, [f"arn:aws:geo:{HERE}:geofence-collection/c"]),
        ("deadline", "BatchGetJob", {"identifiers": [
            {"farmId": "f-1", "queueId": "q-1", "jobId": "j-1"}, {"farmId": "f-2", "queueId": "q-2", "jobId": "j-2"},
        ]}, [f"arn:aws:deadline:{HERE}:farm/f-{n}/queue/q-{n}/job/j-{n}" for n in (1, 2)]),
        ("mq", "DeleteBroker", {"brokerId": "b-1"}, [f"arn:aws:mq:{HERE}:broker:*:b-1"]),
        ("ds", "AddTagsToResource", {"resourceId": "d-1"}, [f"arn:aws:ds:{HERE}:directory/d-1"]),
        ("proton", "GetEnvironmentTemplateVersion", {"templateName": "t"},
         [f"arn:aws:proton:{HERE}:environment-template/t"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_request_names_its_resources(source: str, name: str, parameters: Any, expected: list[str]) -> None:
    [one] = RESOLVER.resolve(event_of(record(source, name, parameters))).authorizations
    assert list(one.resources) == expected


def test_what_callers_put_into_maps_of_their_own_names_nothing() -> None:
    inside = {"tags": {"collectionName": "c"}, "filters": [{"collectionName": "d"}]}
    [one] = RESOLVER.resolve(event_of(record("geo", "PutGeofence", inside))).authorizations
    assert one.resources == (f"arn:aws:geo:{HERE}:geofence-collection/*",)


@pytest.mark.parametrize(
    "arn", ["arn:aws:sns:us-east-1:1111:${x}", "arn:a*s:sns:us-east-1:111122223333:t", "arn:aws:sns"]
)
def test_an_arn_that_is_none_names_nothing(arn: str) -> None:
    [one] = RESOLVER.resolve(event_of(record("geo", "PutGeofence", {"collectionArn": arn}))).authorizations
    assert all(resource.startswith(f"arn:aws:geo:{HERE}:geofence-collection/") for resource in one.resources)
