"""`meta.k8s.io` Table and PartialObjectMetadata: what `kubectl get` prints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...apimachinery import duration
from ...apimachinery.clock import parse_rfc3339
from ..registry.resource import Resource
from ..registry.strategy import Object


def partial(obj: Object, version: str = "v1", hidden: tuple[str, ...] = ()) -> Object:
    """An object's metadata, without the annotations `hidden` (`Resource.converted_annotations`)."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": _metadata(obj, hidden),
    }


def _metadata(obj: Object, hidden: tuple[str, ...]) -> dict[str, Any]:
    meta: dict[str, Any] = obj.get("metadata", {})
    annotations = meta.get("annotations") if hidden else None
    if not annotations:
        return meta
    kept = {key: text for key, text in annotations.items() if key not in hidden}
    rest = {key: part for key, part in meta.items() if key != "annotations"}
    return {**rest, "annotations": kept} if kept else rest


def columns(resource: Resource) -> list[dict[str, Any]]:
    return [column._asdict() for column in resource.columns]


def age(obj: Object, now: datetime) -> str:
    """Time since creation as kubectl shows it."""
    created = obj.get("metadata", {}).get("creationTimestamp")
    if not created:
        return "<unknown>"
    return duration.human((now - parse_rfc3339(created)).total_seconds())


def rows(
    resource: Resource, objects: Sequence[Object], include: str, now: datetime, version: str = "v1"
) -> list[dict[str, Any]]:
    """One row an object; `include` is None, Metadata or Object. Rows of finished pods carry a Completed
    condition."""
    out = []
    if resource.row_order:
        objects = sorted(objects, key=resource.row_order)
    for obj in objects:
        row: dict[str, Any] = {"cells": _cells(resource, obj, now)}
        if resource.row_conditions and (conditions := resource.row_conditions(obj)):
            row["conditions"] = conditions
        if include == "Metadata":
            row["object"] = partial(obj, version, resource.converted_annotations)
        else:
            row["object"] = obj if include == "Object" else None
        out.append(row)
    return out


def _cells(resource: Resource, obj: Object, now: datetime) -> list[Any]:
    if "name" not in obj.get("metadata", {}):
        return _blank(resource)
    return list(resource.cells(obj, now) if resource.cells else _plain(resource, obj, now))


def _blank(resource: Resource) -> list[Any]:
    """The row of a bookmark, whose object holds nothing but a revision."""
    empty = {"integer": 0, "boolean": False}
    return ["<unknown>" if c.name == "Age" else empty.get(c.type, "") for c in resource.columns]


def _plain(resource: Resource, obj: Object, now: datetime) -> tuple[str, str]:
    """Name and age, or name and time of creation where the second column is a date."""
    meta = obj.get("metadata", {})
    dated = resource.columns[-1].type == "date"
    return meta.get("name", ""), meta.get("creationTimestamp", "") if dated else age(obj, now)


def document(
    resource: Resource,
    found: list[dict[str, Any]],
    meta: dict[str, Any],
    version: str = "v1",
    headers: bool = True,
) -> dict[str, Any]:
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": meta,
        "columnDefinitions": columns(resource) if headers else None,
        # Kinds without printers of their own: upstream's default one never made the slice.
        "rows": found or ([] if resource.cells else None),
    }
