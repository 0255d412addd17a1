"""The Table of a custom resource: the definition's printer columns, found by JSONPath."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import orjson

from ...apimachinery import duration
from ...apimachinery.clock import parse_rfc3339
from ...apimachinery.jsonpath import JsonPathError, compiled
from ..registry.resource import AGE, NAME, Cells, Column
from ..registry.strategy import Object

CREATED: Object = {
    "name": "Age",
    "type": "date",
    "jsonPath": ".metadata.creationTimestamp",
    "description": AGE.description,
}
"""What a version without columns of its own shows."""
INVALID = "<invalid>"
NO_VALUE = "<no value>"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)").fullmatch


def columns(wanted: Sequence[Object]) -> tuple[tuple[Column, ...], Cells]:
    """The columns with the function that makes their cells. A path that cannot be read ends the columns."""
    heads, paths = [NAME], []
    for column in wanted or (CREATED,):
        try:
            path = compiled(column["jsonPath"])
        except JsonPathError:
            break
        about = f"Custom resource definition column (in JSONPath format): {column['jsonPath']}"
        heads.append(
            Column(
                column["name"],
                column["type"],
                column.get("format", ""),
                column.get("description") or about,
                column.get("priority", 0),
            )
        )
        paths.append((path.find, CELLS[column["type"]]))

    def cells(obj: Object, now: datetime) -> list[Any]:
        return [obj["metadata"].get("name", ""), *(_cell(find, make, obj, now) for find, make in paths)]

    return tuple(heads), cells


def _cell(
    find: Callable[[Any], list[Any]], make: Callable[[Any, datetime], Any], obj: Object, now: datetime
) -> Any:
    found = find(obj)
    return make(found[0], now) if found else None


def text(value: Any) -> str:
    """A value as Go's JSONPath prints it."""
    if isinstance(value, str):
        return value
    if value is None:
        return NO_VALUE
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _integer(value: Any, now: datetime) -> Any:
    return int(value) if _is_number(value) else None


def _number(value: Any, now: datetime) -> Any:
    return value if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _date(value: Any, now: datetime) -> Any:
    if not isinstance(value, str):
        return None
    if not value:
        return "<unknown>"
    try:
        return duration.human((now - parse_rfc3339(value)).total_seconds()) if RFC3339(value) else INVALID
    except ValueError:
        return INVALID


CELLS: dict[str, Callable[[Any, datetime], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": lambda value, now: value if isinstance(value, bool) else None,
    "string": lambda value, now: text(value),
    "date": _date,
}
