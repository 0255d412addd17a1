"""Cells that several kinds share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from wherry.apiserver.registry import printing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timestamp", "text"),
    [(None, "<unknown>"), ("2025-12-31T23:59:58Z", "2s"), ("2025-12-30T00:00:00Z", "2d")],
)
def test_since(timestamp: str | None, text: str) -> None:
    assert printing.since(timestamp, NOW) == text


@pytest.mark.parametrize(
    ("pairs", "text"), [(None, "<none>"), ({}, "<none>"), ({"b": "2", "a": "1"}, "a=1,b=2")]
)
def test_labels(pairs: dict[str, str] | None, text: str) -> None:
    assert printing.labels(pairs) == text


def test_containers_give_names_and_images() -> None:
    spec = {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y"}]}
    assert printing.containers(spec) == ("a,b", "x:1,y")


def test_access_modes_have_a_fixed_order() -> None:
    modes = ["ReadWriteMany", "ReadWriteOnce", "ReadWriteMany"]
    assert printing.access_modes(modes) == "RWO,RWX"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "<none>"),
        ({"matchLabels": {"a": "b"}}, "a=b"),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, "a in (b,c)"),
        ({"matchExpressions": [{"key": "a", "operator": "Near"}]}, "<error>"),
    ],
)
def test_selectors(value: dict[str, Any] | None, text: str) -> None:
    assert printing.selector(value) == text


@pytest.mark.parametrize(
    ("items", "text"), [([], "*"), (["a", "b"], "a,b"), (["a", "b", "c", "d"], "a,b + 2 more...")]
)
def test_long_lists_are_cut(items: list[str], text: str) -> None:
    assert printing.first(items, 2, "*") == text
