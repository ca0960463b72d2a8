"""`python -m tests.usage.golden` writes `tests/golden/real_trails.json`: what published trails' calls are checked for.

Of each (event source, event name): the calls, how they ended, and of each action the forms of its resources. No record
is copied: a resource is its type, with `=` before it where the record names it and `*` where its last part is unknown.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from trailmin.catalog import load_catalog
from trailmin.trail import Event, events_of
from trailmin.usage.arn_form import ServiceForms, forms_for
from trailmin.usage.authorization import Authorization
from trailmin.usage.resolver import Resolver

TRAILS = Path(__file__).resolve().parents[3] / "shared" / "real_trails"
PATH = Path(__file__).resolve().parents[1] / "golden" / "real_trails.json"
CATALOG = load_catalog()


def summarise(folder: Path) -> dict[str, Any]:
    """The golden file's content for the trails in a folder."""
    resolver, forms = Resolver(CATALOG), dict[str, ServiceForms]()
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    actions: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    unmapped: dict[str, str] = {}
    for path in sorted(folder.glob("*.json.gz")):
        for event in events_of(path.read_bytes(), path.name):
            assert isinstance(event, Event), event
            pair = f"{event.source} {event.name}"
            resolution = resolver.resolve(event)
            outcomes[pair][resolution.outcome] += 1
            if resolution.unmapped:
                unmapped[pair] = resolution.unmapped
            for one in resolution.authorizations:
                actions[pair][_label(one)] |= {_form(one.action, arn, forms) for arn in one.resources}
    return {
        pair: {"outcomes": dict(sorted(outcomes[pair].items()))}
        | {"actions": {label: " ".join(sorted(kinds)) for label, kinds in sorted(actions[pair].items())}}
        | ({"unmapped": unmapped[pair]} if pair in unmapped else {})
        for pair in sorted(outcomes)
    }


def _label(one: Authorization) -> str:
    passed = f" to {one.passed_to}" if one.passed_to else ""
    return f"{one.action}{passed} ({one.basis}{'' if one.required else ', perhaps'})"


def _form(action: str, arn: str, forms: dict[str, ServiceForms]) -> str:
    if arn == "*":
        return "*"
    known = CATALOG.action(action)
    assert known is not None, action
    legal = {kind.name.lower() for kind in known.resource_types}
    names = sorted(forms_for(CATALOG, forms, known.prefix).types_of(arn) & legal)
    last = arn.split(":", 5)[-1].replace("/", ":").split(":")[-1]
    return ("*" if last == "*" else "=") + "|".join(names)


def main() -> None:
    """Write the file."""
    PATH.write_text(json.dumps(summarise(TRAILS), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
