"""The JSONPath of printer columns and selectable fields."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.jsonpath import JsonPathError, compiled

OBJ: dict[str, Any] = {
    "spec": {"a.b": 1, "list": [10, 20, 30, 40], "nested": {"x": {"y": "z"}}, "none": None},
    "items": [
        {"type": "Ready", "status": "True", "n": 3},
        {"type": "Other", "status": "False", "n": 7, "on": True},
    ],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".spec.nested.x.y", ["z"]),
        (r".spec.a\.b", [1]),
        (".spec['a.b']", [1]),
        ('.spec["a.b"]', [1]),
        (".spec.missing.x", []),
        (".spec.none", [None]),
        (".spec.list[0]", [10]),
        (".spec.list[-1]", [40]),
        (".spec.list[9]", []),
        (".spec.list[1:3]", [20, 30]),
        (".spec.list[:2]", [10, 20]),
        (".spec.list[::2]", [10, 30]),
        (".spec.list[*]", [10, 20, 30, 40]),
        (".spec.list[0,2]", [10, 30]),
        (".spec['nested','none']", [{"x": {"y": "z"}}, None]),
        (".items[*].type", ["Ready", "Other"]),
        (".spec.nested.*", [{"y": "z"}]),
        ("..y", ["z"]),
        ('.items[?(@.type=="Ready")].status', ["True"]),
        (".items[?(@.type == 'Other')].n", [7]),
        (".items[?(@.n>3)].type", ["Other"]),
        (".items[?(@.n<=3)].type", ["Ready"]),
        ('.items[?(@.type!="Ready")].type', ["Other"]),
        (".items[?(@.on)].type", ["Other"]),
        (".items[?(@.on==true)].type", ["Other"]),
        (".items[?(@.type>3)].type", []),
        ("[0]", []),
        ("$.spec.list[0]", [10]),
    ],
)
def test_a_path_leads_to_its_values_in_order(path: str, found: list[Any]) -> None:
    assert compiled(path).find(OBJ) == found


@pytest.mark.parametrize("path", ["spec", "", ".spec[", ".spec[x]", ".spec['a]", ".spec{", ".a[]", ".a(b)"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(JsonPathError):
        compiled(path)
