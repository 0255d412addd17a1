"""Builds the `Node`s of built-in kinds from the tables of facts.

Definitions are built once and shared by all kinds that contain them; recursion (JSONSchemaProps) is why a
definition's node is registered before its fields are built.
"""

from __future__ import annotations

from typing import Any

from . import facts
from .node import MISSING, GoField, Node

SCALARS = {
    "string": ("string", ""),
    "bool": ("boolean", ""),
    "int32": ("integer", "int32"),
    "int64": ("integer", "int64"),
    "double": ("number", "double"),
    "any": ("any", "json"),
    "byte": ("string", "byte"),
    "quantity": ("string", "quantity"),
    "int-or-string": ("string", "int-or-string"),
    "time": ("string", "time"),
    "micro-time": ("string", "micro-time"),
    "raw": ("any", "raw"),
    "json": ("any", "json"),
    "fields": ("any", "fields"),
    "schema-or-array": ("any", "schema-or-array"),
    "schema-or-bool": ("any", "schema-or-bool"),
    "schema-or-strings": ("any", "schema-or-strings"),
}
SCHEMA_UNION = "schema-or-"
NAMESPACES = {
    "meta.": "io.k8s.apimachinery.pkg.apis.",
    "apiextensions.": "io.k8s.apiextensions-apiserver.pkg.apis.",
    "apiregistration.": "io.k8s.kube-aggregator.pkg.apis.",
}
ELEMENT_TYPES = {
    "v1.ResourceList": "resource.Quantity",
    "v1.ExtraValue": "string",
    "v1.JSONSchemaDependencies": "v1.JSONSchemaPropsOrStringArray",
    "v1.JSONSchemaDefinitions": "v1.JSONSchemaProps",
}
"""What Go's named map and slice types hold."""

_definitions: dict[str, Node] = {}
_scalars: dict[tuple[str, str], Node] = {}


def full_name(definition: str) -> str:
    """`io.k8s.api.core.v1.Pod` for `core.v1.Pod`."""
    for prefix, namespace in NAMESPACES.items():
        if definition.startswith(prefix):
            return namespace + definition
    return "io.k8s.api." + definition


def definition_node(definition: str) -> Node:
    """The shared node of a definition such as `core.v1.Pod`; KeyError when there is none."""
    node = _definitions.get(definition)
    if node is None:
        tables = facts.load()
        structure = tables.structure[definition]
        node = _definitions[definition] = Node("object")
        group_version, _, name = definition.rpartition(".")
        node.name = full_name(definition)
        node.go_type = f"{group_version.rpartition('.')[2]}.{name}"
        node.required = frozenset(structure.get("required", ()))
        node.map_type = structure.get("map", node.map_type)
        _fill(node, tables, definition)
    return node


def _fill(node: Node, tables: facts.Facts, definition: str) -> None:
    structure = tables.structure[definition]["fields"]
    defaults = tables.defaults.get(definition, {})
    node.below = {name: value for name, value in defaults.items() if "." in name}
    layout = []
    for line in tables.layout(definition):
        given = structure[line.field]
        more: dict[str, Any] = {} if isinstance(given, str) else given
        expression: str = more["type"] if more else given
        field = _field_node(expression, line.go_type, more, defaults.get(line.field, MISSING))
        node.fields[line.field] = field
        layout.append(
            GoField(line.field, field, line.pointer, line.omit_empty, line.omit_zero, line.embedded)
        )
    node.layout = tuple(layout)
    node.presence = {field.name: zero(field) for field in layout if always_written(field)}


def _field_node(expression: str, go_type: str, more: dict[str, Any], default: Any) -> Node:
    node = _typed(expression, go_type)
    if not more and default is MISSING:
        return node
    own = _copy(node)
    own.default = default
    own.list_type = more.get("list", node.list_type)
    own.list_keys = tuple(more.get("keys", ()))
    own.merge_key = more.get("merge", "")
    own.merge_strategy = frozenset(more.get("strategy", ()))
    own.map_type = more.get("map", node.map_type)
    return own


def _copy(node: Node) -> Node:
    """A node with the same content whose field-level facts may differ; `fields` is shared, not copied."""
    own = Node(node.type)
    for slot in Node.__slots__:
        setattr(own, slot, getattr(node, slot))
    own.shape = own.object_shape = None
    return own


def _typed(expression: str, go_type: str) -> Node:
    """The node of a type expression (`[]core.v1.Container`, `map[string]quantity`, `int32`)."""
    if expression.startswith("[]"):
        return _container("array", expression[2:], go_type, go_type.removeprefix("[]"))
    if expression.startswith("map[string]"):
        return _container("map", expression[11:], go_type, go_type.partition("]")[2])
    if expression not in SCALARS:
        return definition_node(expression)
    node = _scalars.get((expression, go_type))
    if node is None:
        kind, form = SCALARS[expression]
        node = _scalars[expression, go_type] = Node(kind)
        node.format, node.go_type = form, go_type
        if form.startswith(SCHEMA_UNION):
            node.item = definition_node("apiextensions.v1.JSONSchemaProps")
    return node


def _container(kind: str, element: str, go_type: str, element_type: str) -> Node:
    node = Node(kind)
    node.go_type = go_type
    node.item = _typed(element, ELEMENT_TYPES.get(go_type, element_type))
    return node


def always_written(field: GoField) -> bool:
    """Whether Go's encoder writes the field even when it was never set (a struct ignores omitempty)."""
    if field.omit_zero:
        return False
    return not field.omit_empty or (not field.pointer and is_struct(field.node))


def is_struct(node: Node) -> bool:
    """Whether the Go type behind the node is a struct."""
    if node.type == "object" or node.type == "any":
        return True
    return node.format in ("quantity", "int-or-string", "time", "micro-time")


ZEROES: dict[str, Any] = {"boolean": False, "integer": 0, "number": 0, "string": ""}
STRUCT_ZEROES: dict[str, Any] = {
    "quantity": "0",
    "int-or-string": 0,
    "byte": None,
    "time": None,
    "micro-time": None,
}


def zero(field: GoField) -> Any:
    """What Go writes for a field that was never set."""
    return None if field.pointer else zero_value(field.node)


def zero_value(node: Node) -> Any:
    """The zero value of a Go type, as JSON."""
    if node.type == "object":
        return {inner.name: zero(inner) for inner in node.layout if always_written(inner)}
    if node.format in STRUCT_ZEROES:
        return STRUCT_ZEROES[node.format]
    return ZEROES.get(node.type)
