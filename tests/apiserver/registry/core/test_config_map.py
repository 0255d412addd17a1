"""ConfigMap: keys, size, freezing, its row."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

CONFIG_MAP = Kind("", "v1", "ConfigMap")


CONFIG_MAP_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "text and bytes": ({"data": {"a.b": "c"}, "binaryData": {"d": "AAAA"}}, []),
    "bad keys": (
        {"data": {"a b": ""}, "binaryData": {"..": ""}},
        [
            (
                'data[a b]: Invalid value: "a b": a valid config key must consist of '
                "alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                "'KEY_NAME',  or 'key-name', regex used for validation is "
                "'[-._a-zA-Z0-9]+')"
            ),
            "binaryData[..]: Invalid value: \"..\": must not be '..'",
        ],
    ),
    "a key in both": (
        {"data": {"a": ""}, "binaryData": {"a": ""}},
        ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CONFIG_MAP_PROBLEMS.values(), ids=CONFIG_MAP_PROBLEMS)
def test_config_map_problems(given: Any, problems: list[str]) -> None:
    assert CONFIG_MAP.problems(given) == problems


FROZEN_CONFIG_MAP: dict[str, tuple[Any, list[str]]] = {
    "the same": ({"immutable": True, "data": {"a": "b"}}, []),
    "other data": (
        {"immutable": True, "data": {"a": "c"}},
        ["data: Forbidden: field is immutable when `immutable` is set"],
    ),
    "thawed": ({"data": {"a": "b"}}, ["immutable: Forbidden: field is immutable when `immutable` is set"]),
}


@pytest.mark.parametrize(("given", "problems"), FROZEN_CONFIG_MAP.values(), ids=FROZEN_CONFIG_MAP)
def test_frozen_config_map(given: Any, problems: list[str]) -> None:
    assert CONFIG_MAP.update_problems({"immutable": True, "data": {"a": "b"}}, given) == problems


def test_a_config_map_holds_a_mebibyte() -> None:
    half = "x" * (1 << 19)
    assert CONFIG_MAP.problems({"data": {"a": half, "b": half}}) == []
    assert CONFIG_MAP.problems({"data": {"a": half, "b": half + "x"}}) == [
        "[]: Too long: may not be more than 1048576 bytes"
    ]


def test_the_row_counts_keys_of_both_kinds() -> None:
    assert CONFIG_MAP.cells({"data": {"a": "b"}, "binaryData": {"c": ""}}) == ["a", 2, "0s"]
