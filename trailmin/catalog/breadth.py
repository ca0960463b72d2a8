"""How much of AWS's API the catalog knows: every operation of botocore's models, classified."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from trailmin.catalog.catalog import Catalog
from trailmin.catalog.models import event_source_of, read_models
from trailmin.catalog.operation import NoPermission, OperationRule

CLASSES = ("same-name", "override", "api-gateway", "no-permission", "guess", "unmapped")
"""How an operation can be classified; the first four are resolved."""

RESOLVED = frozenset(CLASSES[:4])


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceBreadth:
    """How the operations of one service are classified."""

    prefix: str
    """The IAM prefix; the model's name in parentheses where it has none."""
    counts: dict[str, int]
    """Operations by class, every class there; those of several models under one prefix are added up."""
    unmapped: tuple[str, ...]
    """The names of the operations that are unmapped or only guessed, sorted."""

    @property
    def operations(self) -> int:
        """All operations."""
        return sum(self.counts.values())

    @property
    def resolved(self) -> int:
        """Operations whose actions exist, or that need none."""
        return sum(count for name, count in self.counts.items() if name in RESOLVED)


def measure_breadth(catalog: Catalog) -> tuple[ServiceBreadth, ...]:
    """Every service with its operations classified, in the order of the prefixes.

    Raises:
        CatalogError: botocore is not installed.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    unmapped: dict[str, set[str]] = defaultdict(set)
    for prefix, operation, kind in classified_operations(catalog):
        counts[prefix][kind] += 1
        if kind not in RESOLVED:
            unmapped[prefix].add(operation)
    return tuple(
        ServiceBreadth(
            prefix=prefix,
            counts={name: counts[prefix][name] for name in CLASSES},
            unmapped=tuple(sorted(unmapped[prefix])),
        )
        for prefix in sorted(counts)
    )


def classified_operations(catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """(prefix, operation, class) of every operation of every model."""
    for name, model in read_models():
        source = event_source_of(name, model["metadata"])
        prefix = catalog.prefix_of_source(source) or f"({name})"
        for operation in model["operations"]:
            rule = catalog.operation(source, operation)
            if isinstance(rule, OperationRule):
                yield prefix, operation, rule.basis
            else:
                yield prefix, operation, "no-permission" if isinstance(rule, NoPermission) else "unmapped"
