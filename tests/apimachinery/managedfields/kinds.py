"""A small kind with every sort of field, and shorthands for writes to it."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery import managedfields
from wherry.apimachinery.schema.node import Node

Object = dict[str, Any]


def text() -> Node:
    return Node("string")


def number() -> Node:
    return Node("integer")


def struct(**fields: Node) -> Node:
    node = Node("object")
    node.fields = fields
    return node


def mapping(item: Node, atomic: bool = False) -> Node:
    node = Node("map")
    node.item = item
    node.map_type = "atomic" if atomic else "granular"
    return node


def listing(item: Node, kind: str = "atomic", *keys: str) -> Node:
    node = Node("array")
    node.item = item
    node.list_type = kind
    node.list_keys = keys
    return node


def port() -> Node:
    node = struct(port=number(), protocol=text(), name=text())
    node.fields["protocol"].default = "TCP"
    return node


def thing() -> Node:
    meta = struct(
        name=text(),
        namespace=text(),
        uid=text(),
        resourceVersion=text(),
        labels=mapping(text()),
        annotations=mapping(text()),
        finalizers=listing(text(), "set"),
    )
    spec = struct(
        size=number(),
        data=mapping(text()),
        selector=mapping(text(), atomic=True),
        ports=listing(port(), "map", "port", "protocol"),
        boxes=listing(struct(name=text(), image=text(), args=listing(text())), "map", "name"),
        tags=listing(text(), "set"),
        args=listing(text()),
        inner=struct(a=text(), b=text()),
    )
    spec.presence = {"boxes": None}
    root = struct(apiVersion=text(), kind=text(), metadata=meta, spec=spec, status=struct(phase=text()))
    root.presence = {"metadata": {}, "spec": {"boxes": None}, "status": {}}
    return root


THING = thing()
VERSION = "test.io/v1"


def an_object(**spec: Any) -> Object:
    return {"apiVersion": VERSION, "kind": "Thing", "metadata": {"name": "o"}, "spec": spec}


def written(live: Object | None, new: Object, manager: str = "u1", at: int = 0, **more: Any) -> Object:
    """`new` with its managedFields, as if `manager` had updated `live` at second `at`."""
    old = (live or {}).get("metadata", {}).get("managedFields") or []
    fields = managedfields.after_write(
        live,
        new,
        old,
        **{"manager": manager, "api_version": VERSION, "time": when(at), "node": THING, **more},
    )
    return {**new, "metadata": {**new["metadata"], "managedFields": fields}}


def applied(live: Object | None, patch: Object, manager: str = "a1", at: int = 0, **more: Any) -> Object:
    options = {
        "force": False,
        "api_version": VERSION,
        "kind": "Thing",
        "time": when(at),
        "node": THING,
        **more,
    }
    return managedfields.apply(live, patch, manager=manager, **options)


def when(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}Z"


def owners(obj: Object) -> dict[str, Any]:
    """`manager/operation` → FieldsV1."""
    return {f"{e['manager']}/{e['operation']}": e["fieldsV1"] for e in obj["metadata"]["managedFields"]}
