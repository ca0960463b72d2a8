"""What a configuration says, as what the parts of a run take."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from trailmin.config import Config
from trailmin.current import Access, LiveRequest
from trailmin.synth.guardrails import Guardrail, GuardrailKind
from trailmin.synth.model import ContextKey, Mode, Options
from trailmin.trail.sources import AwsAccess, Selection, Source, open_source


def live_of(config: Config) -> LiveRequest:
    """Return which accounts to ask AWS of, and as whom, as a configuration says."""
    asked = config.aws
    return LiveRequest(
        access=Access(profile=asked.profile, endpoint_url=asked.endpoint_url, region=next(iter(asked.regions), None)),
        accounts=asked.accounts,
        organization=asked.organization,
        assume_role_name=asked.assume_role_name,
        external_id=asked.external_id,
        regions=asked.regions,
        resource_policies=config.resource_policies,
        stacks=asked.stacks,
    )


def open_sources(config: Config) -> list[Source]:
    """Return the sources that a configuration names.

    Raises:
        TrailError: One is of no known form.
    """
    access = AwsAccess(
        profile=config.profile,
        role_arn=config.assume_role,
        external_id=config.external_id,
        endpoint_url=config.endpoint_url,
        requester_pays=config.requester_pays,
    )
    selection = Selection(
        since=datetime.now(UTC).date() - timedelta(days=config.days - 1) if config.days is not None else None,
        accounts=frozenset(config.accounts),
        regions=frozenset(config.regions),
    )
    return [open_source(str(source), access=access, selection=selection) for source in config.sources]


def guardrails_of(config: Config) -> tuple[Guardrail, ...]:
    """Return the team's own guardrails as a configuration says them."""
    kinds = ((GuardrailKind.NEVER, config.must_never), (GuardrailKind.ALWAYS, config.must_always))
    return tuple(
        Guardrail(
            kind=kind,
            roles=request.roles,
            action=request.action,
            resource=request.resource,
            context={key: (value,) for key, value in request.context},
        )
        for kind, requests in kinds
        for request in requests
    )


def options_of(config: Config) -> Options:
    """Return how far proposals may go as a configuration says."""
    given: dict[str, Any] = {
        "minimum_days": config.minimum_days,
        "minimum_active_days": config.minimum_active_days,
        "maximum_missing_days": config.maximum_missing_days,
        "resources": config.resources,
        "mode": Mode(config.mode) if config.mode is not None else None,
    }
    return replace(
        Options(
            ignore_guards=config.ignore_guards,
            drop_unobservable=frozenset(config.drop_unobservable),
            add_conditions=frozenset(ContextKey(name) for name in config.add_conditions),
            abac=config.abac,
            keep_roles=config.keep_roles,
            keep_actions=config.keep_actions,
            keep_resources=config.keep_resources,
        ),
        **{name: value for name, value in given.items() if value is not None},
    )
