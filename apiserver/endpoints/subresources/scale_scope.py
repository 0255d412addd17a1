"""The scope of the Scale kind itself: what patches and representations of a Scale need to know."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from ....apimachinery.schema.registry import Schema, builtin
from ...registry.printing import age
from ...registry.resource import AGE, NAME, Column, Resource
from ...registry.strategy import Object

COLUMNS = (
    NAME._replace(format=""),
    Column("Desired", "integer", "", "replicas is the desired number of instances for the scaled object."),
    Column(
        "Available",
        "integer",
        "",
        "replicas is the actual number of observed instances of the scaled object.",
    ),
    AGE,
)


def cells(obj: Object, now: datetime) -> list[Any]:
    wanted, found = obj.get("spec", {}).get("replicas", 0), obj.get("status", {}).get("replicas", 0)
    return [obj["metadata"]["name"], wanted, found, age(obj, now)]


class ScaleScope:
    """The one description of `autoscaling/v1 Scale` (`scope.Described`); it has no storage of its own."""

    resource = Resource(
        group="autoscaling", version="v1", kind="Scale", plural="scales", columns=COLUMNS, cells=cells
    )
    group, kind, api_version = "autoscaling", "Scale", "autoscaling/v1"
    known_kinds = frozenset({(api_version, kind)})
    custom = several = False

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.node = schema.root

    @staticmethod
    @cache
    def instance() -> ScaleScope:
        schema = builtin("autoscaling", "v1", "Scale")
        assert schema is not None
        return ScaleScope(schema)

    def apply_defaults(self, obj: Object) -> None:
        self.schema.default(obj)

    default_merged = apply_defaults
