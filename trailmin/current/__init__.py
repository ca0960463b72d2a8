"""The state in force (snapshots of accounts, documents, infrastructure code, AWS itself), and edits of it in place."""

from trailmin.current.access_changes import PlacedChanges, changes_in_source
from trailmin.current.live_request import Access, LiveRequest
from trailmin.current.load import load_current
from trailmin.current.model import (
    AccountSnapshot,
    Boundary,
    EventSourceMapping,
    Holder,
    HolderKind,
    LambdaFunction,
    LastAccess,
    ManagedPolicyOfSet,
    PermissionSet,
    PolicyInForce,
    PolicyKind,
    PolicyVersion,
    Role,
    StateInForce,
)
from trailmin.current.resource_overlay import sources_of
from trailmin.current.resource_policy import (
    ControlPolicy,
    Organization,
    PlacedPolicy,
    ResourcePolicy,
    SourceLink,
    StatementSource,
)
from trailmin.current.source import DocumentPath, GeneratedName, Reference, SourceFile, SourceFormat, SourcePlace
from trailmin.current.source_edit import (
    EditedSource,
    Refusal,
    SourceChange,
    SourceChangeKind,
)
from trailmin.current.source_links import SourceLinks

__all__ = [
    "Access",
    "AccountSnapshot",
    "Boundary",
    "ControlPolicy",
    "DocumentPath",
    "EditedSource",
    "EventSourceMapping",
    "GeneratedName",
    "Holder",
    "HolderKind",
    "LambdaFunction",
    "LastAccess",
    "LiveRequest",
    "ManagedPolicyOfSet",
    "Organization",
    "PermissionSet",
    "PlacedChanges",
    "PlacedPolicy",
    "PolicyInForce",
    "PolicyKind",
    "PolicyVersion",
    "Reference",
    "Refusal",
    "ResourcePolicy",
    "Role",
    "SourceChange",
    "SourceChangeKind",
    "SourceFile",
    "SourceFormat",
    "SourceLink",
    "SourceLinks",
    "SourcePlace",
    "StateInForce",
    "StatementSource",
    "changes_in_source",
    "load_current",
    "sources_of",
]
