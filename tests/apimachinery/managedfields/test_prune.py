"""What pruning hands to conversions."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery.managedfields.entries import Owned
from wherry.apimachinery.managedfields.prune import pruned
from wherry.apimachinery.managedfields.shape import Shape, of_object

LABELS: dict[str, Any] = {"f:metadata": {"f:labels": {"f:a": {}}}}
NAME: dict[str, Any] = {"f:metadata": {"f:name": {}}}
OBJECT: dict[str, Any] = {
    "apiVersion": "g/v2",
    "kind": "Thing",
    "metadata": {"name": "n", "uid": "u", "labels": {"a": "b"}},
}


def test_every_part_that_is_converted_has_type_and_identity() -> None:
    shown: list[dict[str, Any]] = []

    def seen(obj: dict[str, Any], api_version: str) -> tuple[dict[str, Any], Shape]:
        shown.append(obj)
        return {**obj, "apiVersion": api_version}, of_object(None)

    left = pruned(OBJECT, Owned("g/v1", "", LABELS), {"g/v2": NAME}, seen, "g/v2")
    assert left == {**OBJECT, "metadata": {"name": "n", "uid": "u"}}
    assert all(
        obj["kind"] == "Thing" and (obj["metadata"]["name"], obj["metadata"]["uid"]) == ("n", "u")
        for obj in shown
    )
