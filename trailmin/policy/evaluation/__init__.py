"""The full evaluation logic: principals, layers of policies, and policies compiled for many requests."""

from trailmin.policy.evaluation.compiled import CompiledPolicy, CompiledStatement, compile_policy
from trailmin.policy.evaluation.layers import AccessRequest, EvaluationResult, Layer, Layers, evaluate, layers_of
from trailmin.policy.evaluation.principal import Caller, CallerKind, Standing, parse_caller, standing

__all__ = [
    "AccessRequest",
    "Caller",
    "CallerKind",
    "CompiledPolicy",
    "CompiledStatement",
    "EvaluationResult",
    "Layer",
    "Layers",
    "Standing",
    "compile_policy",
    "evaluate",
    "layers_of",
    "parse_caller",
    "standing",
]
