"""Tables as kubectl prints them."""

from __future__ import annotations

from typing import Any

from wherry.access import table

COLUMNS: list[dict[str, Any]] = [{"name": "Name"}, {"name": "Ready"}, {"name": "IP", "priority": 1}]


def row(*cells: Any, namespace: str = "default") -> dict[str, Any]:
    return {"cells": list(cells), "object": {"metadata": {"namespace": namespace}}}


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    columns = table.Columns(COLUMNS, wide=False, namespace=False)
    assert columns.lines([row("a", "1/1", "x"), row("longer", "0/1", "y")], heads=True) == [
        "NAME     READY",
        "a        1/1",
        "longer   0/1",
    ]


def test_wide_shows_columns_of_lower_priority() -> None:
    columns = table.Columns(COLUMNS, wide=True, namespace=False)
    assert columns.lines([row("a", "1/1", None)], heads=True)[1] == "a      1/1     <none>"


def test_all_namespaces_come_with_a_column() -> None:
    columns = table.Columns(COLUMNS, wide=False, namespace=True)
    assert columns.lines([row("a", "1/1", "", namespace="n")], heads=True) == [
        "NAMESPACE   NAME   READY",
        "n           a      1/1",
    ]


def test_names_carry_their_kind_when_several_are_shown() -> None:
    columns = table.Columns(COLUMNS, wide=False, namespace=False, prefix="pod")
    assert columns.lines([row("a", "1/1", "")], heads=False) == ["pod/a   1/1"]


def test_rows_of_a_watch_line_up_with_what_was_printed() -> None:
    columns = table.Columns(COLUMNS, wide=False, namespace=False)
    columns.lines([row("longer", "0/1", "")], heads=True)
    assert columns.lines([row("a", "1/1", "")], heads=False) == ["a        1/1"]


def test_cells_are_one_line() -> None:
    assert [table.cell(value) for value in (None, True, 3, "a\nb")] == ["<none>", "true", "3", "a"]
