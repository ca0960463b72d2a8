"""The full evaluation logic: principals, layers of policies, and policies compiled for many requests."""

from trailmin.policy.evaluation.case import Case, case_from_json, decision_to_json
from trailmin.policy.evaluation.compiled import CompiledPolicy, CompiledStatement, compile_policy
from trailmin.policy.evaluation.layers import AccessRequest, EvaluationResult, Layer, Layers, evaluate, layers_of
from trailmin.policy.evaluation.principal import Caller, CallerKind, Standing, parse_caller, standing

__all__ = [
    "AccessRequest",
    "Caller",
    "CallerKind",
    "Case",
    "CompiledPolicy",
    "CompiledStatement",
    "EvaluationResult",
    "Layer",
    "Layers",
    "Standing",
    "case_from_json",
    "compile_policy",
    "decision_to_json",
    "evaluate",
    "layers_of",
    "parse_caller",
    "standing",
]
