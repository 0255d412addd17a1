"""What a definition's schema may say at each position: keywords, list and map types, rules' outer form.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation, the walk of an OpenAPI schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ....apimachinery.schema.field_path import FieldPathError, follow
from ..strategy import Object
from ..validation.common import Errors, invalid_struct
from .internal_form import items_text
from .structural_rules import unconvertible

Found = Iterator[FieldError]

TYPES = ("array", "boolean", "integer", "number", "object", "string")
LIST_TYPE, MAP_TYPE, MAP_KEYS = (
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-list-map-keys",
)
EMBEDDED, PRESERVE = "x-kubernetes-embedded-resource", "x-kubernetes-preserve-unknown-fields"
VALIDATIONS = "x-kubernetes-validations"
META = ("metadata", "kind", "apiVersion")
UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
QUADRATIC = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
ATOMIC_ITEMS = f"must be atomic as item of a list with {LIST_TYPE}=set"
_LINE_BREAK = re.compile(r"[\n\r]")


class Rules(NamedTuple):
    """Which rules an update must meet: what the old definition broke may stay broken."""

    valid_types: bool = True
    atomic_sets: bool = True
    keyed_items: bool = True


class _Around(NamedTuple):
    """What the position of a schema decides."""

    rules: Rules
    no_default: str | None = None
    """Why no default may be set; None: it may."""
    in_metadata: bool = False


def validate(raw: Object, path: str, rules: Rules) -> Errors:
    """Everything but the rules' expressions (`cel`), in upstream's order."""
    return list(_position(raw, path, _Around(rules), root=True))


def _position(raw: Object, path: str, around: _Around, root: bool = False) -> Found:
    yield from _keywords(raw, path, around)
    if raw.get("uniqueItems"):
        yield field.forbidden(f"{path}.uniqueItems", QUADRATIC)
    yield from _inside_object(raw, path, around, root)
    if raw.get("not") is not None:
        yield from _position(raw["not"], f"{path}.not", around)
    for keyword in ("allOf", "oneOf", "anyOf"):
        for i, branch in enumerate(raw.get(keyword) or ()):
            yield from _position(branch, f"{path}.{keyword}[{i}]", around)
    for name, inner in (raw.get("definitions") or {}).items():
        yield from _position(inner, f"{path}.definitions[{name}]", around)
    items = raw.get("items")
    if isinstance(items, dict):
        yield from _position(items, f"{path}.items", around)
    for i, inner in enumerate(items if isinstance(items, list) else ()):
        yield from _position(inner, f"{path}.items[{i}]", around)
    for name, inner in (raw.get("dependencies") or {}).items():
        if isinstance(inner, dict):
            yield from _position(inner, f"{path}.dependencies[{name}]", around)
    if raw.get(PRESERVE) is False:
        yield field.invalid(f"{path}.{PRESERVE}", False, "must be true or undefined")
    yield from _map_type(raw, path)
    yield from _list_type(raw, path, around.rules)
    yield from _list_map(raw, path)
    if around.rules.keyed_items:
        yield from keyed_items(raw, path)
    for i, rule in enumerate(raw.get(VALIDATIONS) or ()):
        yield from _rule(raw, rule, f"{path}.{VALIDATIONS}[{i}]")


def _keywords(raw: Object, path: str, around: _Around) -> Found:
    kind = raw.get("type", "")
    if around.rules.valid_types and kind and kind not in TYPES:
        yield field.not_supported(f"{path}.type", kind, TYPES)
    if raw.get("default") is not None and around.no_default is not None:
        yield field.forbidden(f"{path}.default", f"must not be set {around.no_default}".rstrip())
    for keyword in UNSUPPORTED:
        if raw.get(keyword) or (keyword in ("additionalItems", "dependencies", "$ref") and keyword in raw):
            yield field.forbidden(f"{path}.{keyword}", f"{keyword} is not supported")
    if kind == "null":
        yield field.forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative")
    if isinstance(raw.get("items"), list) and raw["items"]:
        yield field.forbidden(f"{path}.items", "items must be a schema object and not an array")
    if around.in_metadata and raw.get(EMBEDDED):
        yield field.forbidden(f"{path}.{EMBEDDED}", "must not be used inside of resource meta")


def _inside_object(raw: Object, path: str, around: _Around, root: bool) -> Found:
    rest, properties = raw.get("additionalProperties"), raw.get("properties") or {}
    if rest is not None and rest is not True and properties:
        why = "additionalProperties and properties are mutual exclusive"
        yield field.forbidden(f"{path}.additionalProperties", why)
    if isinstance(rest, dict):
        inside = around
        if around.in_metadata:
            inside = around._replace(no_default="inside additionalProperties applying to object metadata")
        yield from _position(rest, f"{path}.additionalProperties", inside)
    for name, inner in properties.items():
        inside = around
        if (root or raw.get(EMBEDDED)) and name in META:
            inside = around._replace(in_metadata=True)
            if root:
                inside = inside._replace(no_default=f"in top-level {name}")
        yield from _position(inner, f"{path}.properties[{name}]", inside)


def _must_be(wanted: str, keyword: str, raw: Object, path: str) -> FieldError:
    why = f"must be {wanted} if {keyword} is specified"
    kind = raw.get("type", "")
    return field.invalid(f"{path}.type", kind, why) if kind else field.required(f"{path}.type", why)


def _map_type(raw: Object, path: str) -> Found:
    given = raw.get(MAP_TYPE)
    if given is None:
        return
    if raw.get("type") != "object":
        yield _must_be("object", MAP_TYPE, raw, path)
    if given not in ("atomic", "granular"):
        yield field.not_supported(f"{path}.{MAP_TYPE}", given, ("atomic", "granular"))


def _list_type(raw: Object, path: str, rules: Rules) -> Found:
    given, items = raw.get(LIST_TYPE), raw.get("items")
    if given is None:
        return
    if raw.get("type") != "array":
        yield _must_be("array", LIST_TYPE, raw, path)
    elif given == "set" and rules.atomic_sets and isinstance(items, dict):
        # Upstream shows the list type of the items in both cases.
        inner = items.get(LIST_TYPE)
        if items.get("type") == "array" and inner not in (None, "atomic"):
            yield field.invalid(f"{path}.items.{LIST_TYPE}", inner, ATOMIC_ITEMS)
        if items.get("type") == "object" and items.get(MAP_TYPE) != "atomic":
            yield field.invalid(f"{path}.items.{MAP_TYPE}", inner, ATOMIC_ITEMS)
    if given not in ("atomic", "set", "map"):
        yield field.not_supported(f"{path}.{LIST_TYPE}", given, ("atomic", "set", "map"))


def _list_map(raw: Object, path: str) -> Found:
    given, keys, items = raw.get(LIST_TYPE), raw.get(MAP_KEYS) or [], raw.get("items")
    if keys and given != "map":
        why, at = f"must be map if {MAP_KEYS} is non-empty", f"{path}.{LIST_TYPE}"
        yield field.required(at, why) if given is None else field.invalid(at, given, why)
    if given != "map":
        return
    if not keys:
        yield field.required(f"{path}.{MAP_KEYS}", f"must not be empty if {LIST_TYPE} is map")
    if items is None:
        yield field.required(f"{path}.items", f"must have a schema if {LIST_TYPE} is map")
    elif not isinstance(items, dict):
        why = f"must only have a single schema if {LIST_TYPE} is map"
        yield invalid_struct(f"{path}.items", items_text(items), why)
    elif items.get("type") != "object":
        why = f"must be object if parent array's {LIST_TYPE} is map"
        yield field.invalid(f"{path}.items.type", items.get("type", ""), why)
    else:
        yield from _map_keys(keys, items.get("properties") or {}, path)


def _map_keys(keys: list[str], properties: Object, path: str) -> Found:
    at = f"{path}.{MAP_KEYS}"
    again = field.repeats(keys)
    for i, key in enumerate(keys):
        if key not in properties:
            yield field.invalid(at, keys, "entries must all be names of item properties")
        elif properties[key].get("type") in ("array", "object"):
            # The value upstream shows is the type of the item, which is an object here.
            why = f"must be a scalar type if parent array's {LIST_TYPE} is map"
            yield field.invalid(f"{path}.items.properties[{key}].type", "object", why)
        if i in again:
            yield field.invalid(at, keys, "must not contain duplicate entries")


def keyed_items(raw: Object, path: str) -> Found:
    """Elements of sets and maps, and the keys of maps, must always be there."""
    given, items = raw.get(LIST_TYPE), raw.get("items")
    if given not in ("set", "map") or not isinstance(items, dict):
        return
    if items.get("nullable"):
        yield field.forbidden(f"{path}.items.nullable", f"cannot be nullable when {LIST_TYPE} is {given}")
    properties = items.get("properties") or {}
    for key in (raw.get(MAP_KEYS) or ()) if given == "map" else ():
        if key not in properties:
            continue
        at = f"{path}.items.properties[{key}]"
        if key not in (items.get("required") or ()) and properties[key].get("default") is None:
            why = f"this property is in {MAP_KEYS}, so it must have a default or be a required property"
            yield field.required(f"{at}.default", why)
        if properties[key].get("nullable"):
            why = f"this property is in {MAP_KEYS}, so it cannot be nullable"
            yield field.forbidden(f"{at}.nullable", why)


def _rule(raw: Object, rule: Object, path: str) -> Found:
    """The form of one x-kubernetes-validations entry; its expressions are `cel`'s."""
    text, message = rule.get("rule", ""), rule.get("message", "")
    if not text.strip():
        yield field.required(f"{path}.rule", "rule is not specified")
    elif message and not message.strip():
        yield field.invalid(f"{path}.message", message, "must be non-empty if specified")
    elif _LINE_BREAK.search(message.strip()):
        yield field.invalid(f"{path}.message", message, "must not contain line breaks")
    elif _LINE_BREAK.search(text.strip()) and not message.strip():
        yield field.required(f"{path}.message", "message must be specified if rule contains line breaks")
    expression = rule.get("messageExpression", "")
    if expression and not expression.strip():
        why = "messageExpression must be non-empty if specified"
        yield field.required(f"{path}.messageExpression", why)
    if rule.get("reason") is not None and rule["reason"] not in REASONS:
        yield field.not_supported(f"{path}.reason", rule["reason"], REASONS)
    yield from _rule_path(raw, rule.get("fieldPath", ""), f"{path}.fieldPath")


def _rule_path(raw: Object, given: str, path: str) -> Found:
    if not given:
        return
    if not given.strip():
        yield field.invalid(path, given, "must be non-empty if specified")
    if _LINE_BREAK.search(given):
        yield field.invalid(path, given, "must not contain line breaks")
    if unconvertible(raw):
        return
    try:
        follow(given, raw)
    except FieldPathError:
        yield field.invalid(path, given, "must be a valid path")


_NAMED = frozenset(("properties", "patternProperties", "definitions", "dependencies"))
_LISTED = frozenset(("allOf", "anyOf", "oneOf"))
_SINGLE = frozenset(("items", "not", "additionalProperties", "additionalItems"))


def has_rules(raw: Object) -> bool:
    """Whether a schema may have CEL rules; a field of that name is taken for some."""
    return b'"x-kubernetes-validations"' in orjson.dumps(raw)


def somewhere(raw: Object, test: Any) -> bool:
    """Whether a test holds for any schema inside, as upstream walks them."""
    return bool(test(raw)) or any(somewhere(inner, test) for inner in every_child(raw))


def every_child(raw: Object) -> Iterator[Object]:
    for keyword, value in raw.items():
        if keyword in _NAMED:
            yield from (one for one in value.values() if isinstance(one, dict))
        elif keyword in _LISTED or (keyword == "items" and isinstance(value, list)):
            yield from value
        elif keyword in _SINGLE and isinstance(value, dict):
            yield value
