"""Readers that treat all values of a class alike, so that one reading of a request's shape does for all requests of it.

Reviewed one by one: what such a reader does with a text depends on whether it is an ARN, and on nothing else in it. A
reader that is not listed here is asked anew for each value that it reads.
"""

from collections.abc import Mapping

from trailmin.usage.resources import dynamodb, functions, identity, keys, logs, s3, systems_manager
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import TypeReader

_NO_PATHS: frozenset[str] = frozenset()

UNIFORM: Mapping[TypeReader, frozenset[str]] = {
    read_generic: _NO_PATHS,
    dynamodb.read_index: _NO_PATHS,
    dynamodb.read_stream: _NO_PATHS,
    dynamodb.read_table: _NO_PATHS,
    functions.read_function: _NO_PATHS,
    identity.read_assumed_role: _NO_PATHS,
    identity.read_federated_user: _NO_PATHS,
    identity.read_named: _NO_PATHS,
    keys.read_alias: _NO_PATHS,
    keys.read_key: _NO_PATHS,
    keys.read_secret: _NO_PATHS,
    logs.read_log_group: frozenset({"loggroupname"}),
    logs.read_log_stream: frozenset({"loggroupname", "logstreamname"}),
    s3.read_access_point: frozenset({"key"}),
    s3.read_access_point_object: frozenset({"key"}),
    s3.read_bucket: frozenset({"key"}),
    s3.read_object: frozenset({"key"}),
    systems_manager.read_parameter: frozenset({"name"}),
}
"""Reader → parameters whose values it treats alike even where they hold `/` and characters that are escaped."""

UNIFORM_IN_IDS: frozenset[TypeReader] = frozenset({systems_manager.read_instance})
"""Readers that look at the beginning of an id; they treat those alike that have the same."""
