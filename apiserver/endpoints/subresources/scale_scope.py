"""The scope of the Scale kind itself: what patches and representations of a Scale need to know."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from ....apimachinery.schema.registry import builtin
from ...registry.printing import age
from ...registry.resource import AGE, NAME, Column, Resource
from ...registry.strategy import Object
from ..scope import Scope

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
    """Holds the one description of `autoscaling/v1 Scale`; it has no storage of its own."""

    @staticmethod
    @cache
    def instance() -> Scope:
        schema = builtin("autoscaling", "v1", "Scale")
        assert schema is not None
        resource = Resource(
            group="autoscaling", version="v1", kind="Scale", plural="scales", columns=COLUMNS, cells=cells
        )

        def same(obj: Object) -> Object:
            return obj

        shape = SimpleNamespace(
            resource=resource,
            schema=schema,
            node=schema.root,
            kind="Scale",
            group="autoscaling",
            api_version="autoscaling/v1",
            known_kinds=frozenset({("autoscaling/v1", "Scale")}),
            apply_defaults=schema.default,
            convert=None,
            custom=False,
            several=False,
            from_storage=same,
            body_kind="Scale",
        )
        return cast(Scope, shape)
