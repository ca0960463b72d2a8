"""What IAM and CloudTrail know: services, actions, ARN formats, operation → action, and what is logged at all."""

from trailmin.catalog.action import Action, ActionResource, ResourceType
from trailmin.catalog.catalog import Catalog, load_catalog
from trailmin.catalog.data_types import data_type_arns
from trailmin.catalog.error_codes import ErrorOutcome
from trailmin.catalog.kms_calls import KmsCalls
from trailmin.catalog.network_activity import NetworkActivity
from trailmin.catalog.observability import Companion, Observability, ObservabilityKind
from trailmin.catalog.operation import NoPermission, OperationAction, OperationRule, PassedRole, Trigger, Unmapped

__all__ = [
    "Action",
    "ActionResource",
    "Catalog",
    "Companion",
    "ErrorOutcome",
    "KmsCalls",
    "NetworkActivity",
    "NoPermission",
    "Observability",
    "ObservabilityKind",
    "OperationAction",
    "OperationRule",
    "PassedRole",
    "ResourceType",
    "Trigger",
    "Unmapped",
    "data_type_arns",
    "load_catalog",
]
