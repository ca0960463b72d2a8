"""The state in force: account snapshots and documents."""

from trailmin.current.load import load_current
from trailmin.current.model import (
    AccountSnapshot,
    Boundary,
    EventSourceMapping,
    LambdaFunction,
    LastAccess,
    PolicyInForce,
    PolicyKind,
    PolicyVersion,
    Role,
    StateInForce,
)
from trailmin.current.source import DocumentPath, GeneratedName, Reference, SourceFile, SourceFormat, SourcePlace
from trailmin.current.source_edit import (
    EditedSource,
    Refusal,
    SourceChange,
    SourceChangeKind,
)

__all__ = [
    "AccountSnapshot",
    "Boundary",
    "DocumentPath",
    "EditedSource",
    "EventSourceMapping",
    "GeneratedName",
    "LambdaFunction",
    "LastAccess",
    "PolicyInForce",
    "PolicyKind",
    "PolicyVersion",
    "Reference",
    "Refusal",
    "Role",
    "SourceChange",
    "SourceChangeKind",
    "SourceFile",
    "SourceFormat",
    "SourcePlace",
    "StateInForce",
    "load_current",
]
