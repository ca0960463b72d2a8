"""The state in force: account snapshots and documents."""

from trailmin.current.load import load_current
from trailmin.current.model import (
    AccountSnapshot,
    Boundary,
    DocumentPath,
    EventSourceMapping,
    LambdaFunction,
    LastAccess,
    PolicyInForce,
    PolicyKind,
    PolicyVersion,
    Role,
    StateInForce,
)

__all__ = [
    "AccountSnapshot",
    "Boundary",
    "DocumentPath",
    "EventSourceMapping",
    "LambdaFunction",
    "LastAccess",
    "PolicyInForce",
    "PolicyKind",
    "PolicyVersion",
    "Role",
    "StateInForce",
    "load_current",
]
