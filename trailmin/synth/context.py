"""The request that a use stands for, as far as the log tells."""

from collections.abc import Mapping

from trailmin.catalog import Catalog
from trailmin.policy import NO_RESOURCE, Request
from trailmin.usage import Use

ANY_ARN = "arn:*:*:*:*:*"
"""A resource of which nothing is known."""


def request_of(use: Use, catalog: Catalog) -> Request:
    """Return the request that a use stands for; condition keys that the log does not tell are unknown, not absent."""
    resource = _any_of(use.action, catalog) if is_unknown_resource(use, catalog) else use.resource
    return Request(action=use.action, resource=resource, context=known_context(use, catalog))


def _any_of(action: str, catalog: Catalog) -> str:
    """Every resource that an action can be checked on, as far as one pattern tells: those of one service, or any."""
    known = catalog.action(action)
    prefix = action.split(":", maxsplit=1)[0]
    kinds = (catalog.resource_type(prefix, t.name) for t in known.resource_types) if known is not None else ()
    services = {arn.split(":")[2] for kind in kinds if kind is not None for arn in kind.arn_patterns}
    return f"arn:*:{services.pop()}:*:*:*" if len(services) == 1 else ANY_ARN


def is_unknown_resource(use: Use, catalog: Catalog) -> bool:
    """Whether `*` stands for a resource that could not be told, rather than for none."""
    action = catalog.action(use.action)
    return use.resource == NO_RESOURCE and (action is None or action.takes_resources)


def known_context(use: Use, catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    """Return condition key (lower case) to its values, as far as the log and the state in force tell.

    A call that a service made on the role's behalf (`invokedBy`) carries that service's network context, so the
    endpoint of such a call says nothing.
    """
    context: dict[str, tuple[str, ...]] = {}
    if use.region:
        context["aws:requestedregion"] = (use.region,)
    if use.vpc_endpoint and use.invoked_by is None:
        context["aws:sourcevpce"] = (use.vpc_endpoint,)
    if use.passed_to:
        context["iam:passedtoservice"] = (use.passed_to,)
    if (via := _via_service(use, catalog)) is not None:
        context["kms:viaservice"] = (via,)
    context.update((key, (value,)) for key, value in use.context)
    return context


def _via_service(use: Use, catalog: Catalog) -> str | None:
    if not use.action.startswith("kms:") or use.invoked_by is None or use.region is None:
        return None
    return catalog.via_service(use.invoked_by, use.region)
