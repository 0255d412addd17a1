"""ControllerRevision: data is an object and stays."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

REVISION = Kind("apps", "v1", "ControllerRevision")
DATA = {"spec": {"a": 1}}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({"revision": 1, "data": DATA}, []),
        ({"revision": 1}, ["data: Required value: data is mandatory"]),
        ({"revision": 1, "data": "x"}, ["data: Required value: data must be a valid JSON object"]),
        (
            {"revision": -1, "data": DATA},
            ["revision: Invalid value: -1: must be greater than or equal to 0"],
        ),
    ],
)
def test_what_is_refused(body: dict[str, Any], problems: list[str]) -> None:
    assert REVISION.problems(body) == problems


def test_only_the_data_is_fixed() -> None:
    before = {"revision": 1, "data": DATA}
    assert REVISION.update_problems(before, {"revision": 5, "data": DATA}) == []
    changed = REVISION.update_problems(before, {"revision": 1, "data": {"spec": {"a": 2}}})
    assert changed == ['data: Invalid value: {"spec":{"a":2}}: field is immutable']


def test_the_row_names_the_controller() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "u", "controller": True}
    meta = {"name": "a", "ownerReferences": [owner]}
    row = REVISION.cells({"metadata": meta, "revision": 3, "data": DATA})
    assert row == ["a", "statefulset.apps/web", 3, "0s"]
