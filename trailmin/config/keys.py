"""Which sections and keys there are, what they set and how their values are read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trailmin.config import values


@dataclass(frozen=True, slots=True)
class Key:
    """What one key of a section sets, and how."""

    field: str
    """Of `Config`, or behind a point of the class of its section."""
    read: Callable[[object, Path], object]
    """From the TOML value and the file's folder; ValueError says what the value must be."""
    is_required: bool = False


KEYS = {
    "trail": {
        "sources": Key("sources", values.sources, is_required=True),
        "days": Key("days", values.whole(1)),
        "accounts": Key("accounts", values.texts),
        "regions": Key("regions", values.texts),
        "profile": Key("profile", values.text),
        "assume_role": Key("assume_role", values.text),
        "external_id": Key("external_id", values.text),
        "endpoint_url": Key("endpoint_url", values.text),
        "requester_pays": Key("requester_pays", values.flag),
        "workers": Key("workers", values.whole(1)),
        "engine": Key("engine", values.one_of("local", "spark")),
        "verify_digests": Key("verify_digests", values.one_of("require", "warn", "off")),
        "public_keys": Key("public_keys", values.paths),
    },
    "lake": {"path": Key("lake", values.lake_place, is_required=True)},
    "current": {"paths": Key("current", values.places)},
    "aws": {
        "accounts": Key("aws.accounts", values.texts),
        "organization": Key("aws.organization", values.flag),
        "assume_role_name": Key("aws.assume_role_name", values.text),
        "external_id": Key("aws.external_id", values.text),
        "regions": Key("aws.regions", values.texts),
        "profile": Key("aws.profile", values.text),
        "endpoint_url": Key("aws.endpoint_url", values.text),
        "stacks": Key("aws.stacks", values.texts),
    },
    "output": {
        "path": Key("output", values.one_path, is_required=True),
        "format": Key(
            "format",
            values.one_of("json", "terraform", "cloudformation", "sam", "serverless", "cdk-python", "cdk-typescript"),
        ),
    },
    "guards": {
        "minimum_days": Key("minimum_days", values.whole(0)),
        "minimum_active_days": Key("minimum_active_days", values.whole(0)),
        "maximum_missing_days": Key("maximum_missing_days", values.share),
        "ignore": Key("ignore_guards", values.flag),
    },
    "tighten": {
        "resources": Key("resources", values.one_of("exact", "pattern", "parent")),
        "mode": Key("mode", values.one_of("observe", "narrow-actions", "narrow-resources", "full")),
        "drop_unobservable": Key("drop_unobservable", values.texts),
        "add_conditions": Key("add_conditions", values.context_keys),
        "abac": Key("abac", values.flag),
        "resource_policies": Key("resource_policies", values.flag),
        "trust": Key("trust", values.flag),
        "keep_roles": Key("keep_roles", values.texts),
        "keep_actions": Key("keep_actions", values.texts),
        "keep_resources": Key("keep_resources", values.texts),
    },
    "pull_request": {
        "repo": Key("pull_request.repo", values.one_path),
        "per": Key("pull_request.per", values.one_of("role", "team", "run")),
        "branch": Key("pull_request.branch", values.text),
        "base": Key("pull_request.base", values.text),
        "remote": Key("pull_request.remote", values.text),
        "author": Key("pull_request.author", values.text),
        "sign_off": Key("pull_request.sign_off", values.flag),
        "labels": Key("pull_request.labels", values.texts),
        "codeowners": Key("pull_request.codeowners", values.text),
        "open": Key("pull_request.open", values.flag),
        "base_url": Key("pull_request.base_url", values.text),
        "repository": Key("pull_request.repository", values.text),
    },
    "guardrails": {
        "must_never": Key("must_never", values.requests),
        "must_always": Key("must_always", values.requests),
    },
}
