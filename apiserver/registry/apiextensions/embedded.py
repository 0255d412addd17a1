"""Type and metadata of the resources inside a custom resource (`x-kubernetes-embedded-resource`).

Source: apiextensions-apiserver pkg/apiserver/schema/objectmeta.
"""

from __future__ import annotations

from typing import Any

from ....apimachinery import field, names
from ....apimachinery.schema.node import Node
from ..strategy import Object
from ..validation.common import Errors
from ..validation.metadata import validate_object_meta

ANY_NAME = "fakename"
"""Stands in for a name, which an embedded resource need not have."""


def validate(node: Node, value: Any, path: str = "", *, root: bool = False) -> Errors:
    """What is wrong with the metadata of every resource inside `value`. `root`: also of `value` itself, whose
    schema need not say that it is a resource."""
    if not root and not node.has_embedded:
        return []
    if isinstance(value, list):
        if node.item is None:
            return []
        return [error for i, item in enumerate(value) for error in validate(node.item, item, f"{path}[{i}]")]
    if not isinstance(value, dict):
        return []
    errors = _resource(value, path) if root or (node.embedded and node.raw is not None and path) else []
    for name, item in value.items():
        if (inner := node.fields.get(name)) is not None:
            errors += validate(inner, item, field.child(path, name))
        elif node.type == "map" and node.item is not None:
            errors += validate(node.item, item, f"{path}[{name}]")
    return errors


def _resource(value: Object, path: str) -> Errors:
    errors = [field.required(field.child(path, name)) for name in ("apiVersion", "kind") if name not in value]
    if "apiVersion" in value:
        errors += _api_version(value["apiVersion"], field.child(path, "apiVersion"))
    if "kind" in value:
        errors += _kind(value["kind"], field.child(path, "kind"))
    meta = value.get("metadata")
    if isinstance(meta, dict):
        named = meta if meta.get("name") else {**meta, "name": ANY_NAME}
        at = field.child(path, "metadata")
        namespaced = bool(meta.get("namespace"))
        errors += validate_object_meta(named, namespaced, names.path_segment_name, at, known_finalizers=False)
    return errors


def _api_version(value: Any, path: str) -> Errors:
    if not isinstance(value, str):
        return [field.invalid(path, value, "must be a string")]
    if not value:
        return [field.invalid(path, value, "must not be empty")]
    if value.count("/") > 1:
        return [field.invalid(path, value, f"unexpected GroupVersion string: {value}")]
    return []


def _kind(value: Any, path: str) -> Errors:
    if not isinstance(value, str):
        return [field.invalid(path, value, "must be a string")]
    if not value:
        return [field.invalid(path, value, "must not be empty")]
    problems = names.dns1035_label(value.lower())
    if not problems:
        return []
    why = f"may have mixed case, but should otherwise match: {','.join(problems)}"
    return [field.invalid(path, value, why)]
