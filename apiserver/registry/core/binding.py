"""Binding: the old way to put a pod on a node (`pods/NAME/binding` is the usual one)."""

from __future__ import annotations

from ..resource import Resource

RESOURCES = (Resource(kind="Binding", plural="bindings", verbs=("create",), virtual=True),)
