"""Compiles definitions into Python functions: decoding as Go would, and the literal defaults.

Each definition gets two functions, written and compiled when it is first met in an object (a Pod that mounts
no iSCSI volume never pays for that definition). They live in one namespace and call each other by name, so a
definition is compiled once for all kinds. Nothing per field is interpreted: the generated source is
straight-line code, about 40 ns a field.

    decode(o) -> dict   a new dict in Go's field order; raises Odd for whatever is not plainly right
    default(o) -> None  sets absent fields in place
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from . import scalars
from .build import always_written, is_struct, zero
from .node import MISSING, GoField, Node

Decoder = Callable[[Any], dict[str, Any]]
Defaulter = Callable[[dict[str, Any]], None]

CALLS = {
    "quantity": "quantity",
    "int-or-string": "int_or_string",
    "time": "time",
    "micro-time": "micro_time",
    "byte": "base64",
    "double": "double",
    "schema-or-array": "schema_or_array",
    "schema-or-bool": "schema_or_bool",
    "schema-or-strings": "schema_or_strings",
}
CHECKS = {
    "string": "{v}.__class__ is not str",
    "boolean": "{v}.__class__ is not bool",
    "int32": "{v}.__class__ is not int or not -2147483648 <= {v} <= 2147483647",
    "int64": "{v}.__class__ is not int or not -9223372036854775808 <= {v} <= 9223372036854775807",
}

EMPTY_COUNTS = frozenset(
    {
        ("autoscaling.v2.HPAScalingRules", "policies"),
        ("certificates.v1.CertificateSigningRequestSpec", "request"),
        ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec", "versions"),
        ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps", "dependencies"),
        ("discovery.v1.EndpointSlice", "endpoints"),
        ("discovery.v1.EndpointSlice", "ports"),
        ("rbac.v1.ClusterRole", "rules"),
        ("rbac.v1.Role", "rules"),
        ("storage.v1.CSINodeSpec", "drivers"),
    }
)
"""Fields where an empty value that a client sends is not the same as none until the object is stored: it has
an owner, or is refused. The kind's strategy names them in `emptied`."""

_namespace: dict[str, Any] = {
    "ODD": scalars.ODD,
    "quantity": scalars.quantity,
    "int_or_string": scalars.int_or_string,
    "time": scalars.time,
    "micro_time": scalars.micro_time,
    "base64": scalars.base64,
    "double": scalars.double,
}
_has_defaults: dict[str, bool] = {}


def decoder(node: Node) -> Decoder:
    """The decode function of a definition's node."""
    function: Decoder = _compiled("d", node)
    return function


def defaulter(node: Node) -> Defaulter:
    """The default function of a definition's node."""
    function: Defaulter = _compiled("f", node)
    return function


def _name(prefix: str, node: Node) -> str:
    return f"{prefix}_{node.name.replace('.', '_').replace('-', '_')}"


def _compiled(prefix: str, node: Node) -> Any:
    """Compiles one function and puts it into the namespace in place of its stub."""
    name = _name(prefix, node)
    lines = _decode_lines(node) if prefix == "d" else _default_lines(node)
    source = f"def {name}(o):\n    " + "\n    ".join(lines)
    _namespace[f"K_{name}"] = frozenset(node.fields)
    exec(compile(source.replace("@KEYS", f"K_{name}"), f"<schema {node.name}>", "exec"), _namespace)
    return _namespace[name]


def _reference(prefix: str, node: Node) -> str:
    """The name of the node's function; until its first call a stub that compiles it."""
    name = _name(prefix, node)
    if name not in _namespace:
        _namespace[name] = lambda value: _compiled(prefix, node)(value)
    return name


def _decode_lines(node: Node) -> Iterator[str]:
    yield "if o.__class__ is not dict or not o.keys() <= @KEYS: raise ODD"
    yield "g = o.get"
    yield "n = {}"
    for field in node.layout:
        yield f"v = g({field.name!r})"
        yield "if v is not None:"
        for line in _checks(field.node, "v"):
            yield "    " + line
        yield "    " + _assignment(field, node.name)
        if always_written(field):
            yield f"else: n[{field.name!r}] = {zero(field)!r}"
    yield "return n"


def _assignment(field: GoField, definition: str) -> str:
    """Stores the checked `v`; what omitempty leaves out is left out, an empty list that stays is null."""
    target, value = f"n[{field.name!r}]", _value(field.node, "v")
    if field.pointer or is_struct(field.node):
        return f"{target} = {value}"
    if (definition.removeprefix("io.k8s.api."), field.name) in EMPTY_COUNTS:
        return f"{target} = {value}"
    if field.omit_empty:
        return f"if v: {target} = {value}"
    nullable = field.node.type in ("array", "map") or field.node.format == "byte"
    return f"{target} = {value} or None" if nullable else f"{target} = {value}"


def _is_plain(node: Node) -> bool:
    """Whether a checked value is kept as it is."""
    if node.type in ("array", "map") and node.item is not None:
        return _is_plain(node.item)
    return node.type != "object" and node.format not in CALLS


def _checks(node: Node, variable: str) -> Iterator[str]:
    """Statements that raise unless the value has the node's type, for what `_value` does not check."""
    if node.type in ("array", "map") and node.item is not None:
        wanted, values = ("list", variable) if node.type == "array" else ("dict", f"{variable}.values()")
        yield f"if {variable}.__class__ is not {wanted}: raise ODD"
        inner = list(_checks(node.item, variable + "x")) if _is_plain(node.item) else []
        if inner:
            yield f"for {variable}x in {values}:"
            if node.item.type in ("array", "map"):
                yield f"    if {variable}x is None: continue"
            yield from ("    " + line for line in inner)
    elif _is_plain(node) and node.type != "any":
        check = CHECKS[node.format if node.format in CHECKS else node.type]
        yield f"if {check.format(v=variable)}: raise ODD"


def _value(node: Node, variable: str) -> str:
    """The expression of the decoded value."""
    if _is_plain(node):
        return variable
    inner = variable + "x"
    if node.type == "array" and node.item is not None:
        return f"[{_value(node.item, inner)} for {inner} in {variable}]"
    if node.type == "map" and node.item is not None:
        return f"{{k: {_value(node.item, inner)} for k, {inner} in {variable}.items()}}"
    if node.type == "object":
        return f"{_reference('d', node)}({variable})"
    return f"{CALLS[node.format]}({variable})"


def has_defaults(node: Node) -> bool:
    """Whether the node or anything below it has a default. (Recursive definitions have none.)"""
    if node.item is not None:
        return has_defaults(node.item)
    known = _has_defaults.get(node.name, False)
    if node.name and node.name not in _has_defaults:
        _has_defaults[node.name] = False
        known = bool(node.below) or any(
            field.default is not MISSING or has_defaults(field) for field in node.fields.values()
        )
        _has_defaults[node.name] = known
    return known


def _default_lines(node: Node) -> Iterator[str]:
    yield "pass"
    for name, default in node.below.items():
        parent, _, leaf = name.partition(".")
        yield f"v = o.get({parent!r})"
        yield f"if v is not None and {leaf!r} not in v: v[{leaf!r}] = {default!r}"
    for name, field in node.fields.items():
        if field.default is not MISSING:
            yield f"if {_unset(node, name)}: o[{name!r}] = {field.default!r}"
        if has_defaults(field):
            yield f"v = o.get({name!r})"
            yield "if v is not None:"
            yield from ("    " + line for line in _descend(field, "v"))


def _unset(node: Node, name: str) -> str:
    """The condition under which Go's defaulting finds the field unset: a nil pointer or a zero value."""
    if name not in node.presence:
        return f"{name!r} not in o"
    return f"o.get({name!r}) is None" if node.presence[name] is None else f"not o.get({name!r})"


def _descend(node: Node, variable: str) -> Iterator[str]:
    """Statements that set the defaults below a value."""
    if node.item is None:
        yield f"{_reference('f', node)}({variable})"
        return
    inner = variable + "x"
    yield f"for {inner} in {variable if node.type == 'array' else variable + '.values()'}:"
    yield from ("    " + line for line in _descend(node.item, inner))


JSON_SCHEMA = "d_io_k8s_apiextensions_apiserver_pkg_apis_apiextensions_v1_JSONSchemaProps"


def _json_schema(value: Any) -> dict[str, Any]:
    decoded: dict[str, Any] = _namespace[JSON_SCHEMA](value)
    return decoded


def schema_or_array(value: Any) -> Any:
    """apiextensions' JSONSchemaPropsOrArray."""
    return [_json_schema(item) for item in value] or None if value.__class__ is list else _json_schema(value)


def schema_or_bool(value: Any) -> Any:
    """apiextensions' JSONSchemaPropsOrBool."""
    return value if value.__class__ is bool else _json_schema(value)


def schema_or_strings(value: Any) -> Any:
    """apiextensions' JSONSchemaPropsOrStringArray; neither of both is null, which a map of them keeps."""
    if value.__class__ is not list:
        return None if value is None else _json_schema(value)
    if any(item.__class__ is not str for item in value):
        raise scalars.ODD
    return value or None


_namespace.update(
    schema_or_array=schema_or_array, schema_or_bool=schema_or_bool, schema_or_strings=schema_or_strings
)
