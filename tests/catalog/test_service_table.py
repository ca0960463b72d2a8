"""The hand-made tables hold against the packages that they speak of."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from trailmin.catalog import load_catalog
from trailmin.catalog.service_table import ANY_OPERATION, ServiceTable, covered_prefixes, read_service_table

CATALOG = load_catalog()
TABLES = {prefix: read_service_table(prefix) for prefix in covered_prefixes()}


def rows_of(table: ServiceTable) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for kind in ("operations", "conditionals", "no_permission", "read_only", "pass_role", "data_events"):
        for row in getattr(table, kind):
            yield kind, row.names, row.source
    for row in table.observability:
        yield "observability", row.actions, row.source
    for companion in table.companions:
        yield "companions", (companion.action,), companion.source


def actions_of(table: ServiceTable) -> Iterator[str]:
    for row in (*table.operations, *table.conditionals):
        for action in row.actions:
            yield action.action
            yield from filter(None, [action.instead_of])
    for observability in table.observability:
        yield from (*observability.actions, *observability.parents)
    for companion in table.companions:
        yield companion.action
        yield from filter(None, [companion.of_action])


def test_every_file_is_named_after_an_iam_prefix() -> None:
    assert set(TABLES) <= set(CATALOG.services())


@pytest.mark.parametrize("prefix", TABLES)
def test_every_action_exists_and_is_spelled_as_aws_spells_it(prefix: str) -> None:
    for name in actions_of(TABLES[prefix]):
        action = CATALOG.action(name)
        assert action is not None, name
        assert action.full_name == name


@pytest.mark.parametrize("prefix", TABLES)
def test_every_row_has_a_source_and_something_to_say(prefix: str) -> None:
    rows = list(rows_of(TABLES[prefix]))
    assert rows or TABLES[prefix].unlisted_data_plane or TABLES[prefix].management
    for kind, names, source in rows:
        assert len(source) > 10, (kind, names)
        assert names, (kind, source)


@pytest.mark.parametrize("prefix", TABLES)
def test_no_operation_has_two_rows_of_one_kind(prefix: str) -> None:
    for kind in ("operations", "no_permission", "read_only"):
        counts = Counter(name for row in getattr(TABLES[prefix], kind) for name in row.names)
        assert not [name for name, count in counts.items() if count > 1], kind
    actions = Counter(action for row in TABLES[prefix].observability for action in row.actions)
    assert not [action for action, count in actions.items() if count > 1]


@pytest.mark.parametrize("prefix", TABLES)
def test_observability_rows_speak_of_their_own_service(prefix: str) -> None:
    for row in TABLES[prefix].observability:
        assert {action.split(":")[0] for action in row.actions} == {prefix}
        assert (row.kind == "permission-only") == bool(row.parents)
        assert (row.kind == "data") == bool(row.resource_types)
        assert (row.kind in ("data", "management")) == bool(row.event_names)


@pytest.mark.parametrize("prefix", TABLES)
def test_rows_that_add_to_an_operation_name_one_that_is_known(prefix: str) -> None:
    table = TABLES[prefix]
    known = set(CATALOG.operations(prefix))
    for kind, names, source in rows_of(table):
        if kind in ("conditionals", "pass_role"):
            assert set(names) <= known | {ANY_OPERATION}, source


@pytest.mark.parametrize("prefix", TABLES)
def test_a_replacing_action_follows_the_one_it_replaces(prefix: str) -> None:
    for row in TABLES[prefix].operations:
        seen: set[str] = set()
        for action in row.actions:
            assert action.instead_of is None or (action.instead_of in seen and action.when is not None)
            seen.add(action.action)


def test_data_event_types_have_the_form_of_cloudtrails() -> None:
    types = {each for table in TABLES.values() for row in table.data_events for each in row.resource_types}
    assert {"AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table"} <= types
    assert all(len(each.split("::")) == 3 and each.startswith("AWS::") for each in types)


def test_every_trigger_names_parameters_and_a_pattern_that_compiles() -> None:
    for table in TABLES.values():
        for row in (*table.operations, *table.conditionals):
            for trigger in filter(None, (action.when for action in row.actions)):
                assert trigger.any_of
                assert all(re.fullmatch(r"[\w-]+(\[\])?(\.[\w-]+(\[\])?)*", path) for path in trigger.any_of)
                re.compile(trigger.value_pattern or "")
