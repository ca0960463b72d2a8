"""The condition keys that an event determines. Every other key is unknown, not absent (DESIGN 8)."""

from collections.abc import Mapping

from trailmin.usage import Use


def known_context(use: Use) -> Mapping[str, tuple[str, ...]]:
    """Return condition key (lower case) to its values, as far as the log tells.

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
    return context
