"""What makes a schema structural: every value validated has a place whose type is known.

Source: apiextensions-apiserver pkg/apiserver/schema: convert.go, validation.go, complete.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ....apimachinery.regex import PatternError, searcher
from ..strategy import Object
from ..validation.common import Errors

Found = Iterator[FieldError]

PRESERVE = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"
EMBEDDED = "x-kubernetes-embedded-resource"
UNSUPPORTED = (
    ("id", "id"),
    ("$schema", "schema"),
    ("$ref", "$ref"),
    ("patternProperties", "patternProperties"),
    ("dependencies", "dependencies"),
    ("additionalItems", "additionalItems"),
    ("definitions", "definitions"),
)
"""Keywords no structural schema has, and what they are called."""
EITHER = [{"type": "integer"}, {"type": "string"}]
ROOT, ITEM, FIELD = "at the root", "for specified array items", "for specified object fields"
NESTED = (
    ("type", "must be empty"),
    ("additionalProperties", "must be undefined"),
    ("default", "must be undefined"),
    ("title", "must be empty"),
    ("description", "must be empty"),
    ("nullable", "must be false"),
    (PRESERVE, "must be false"),
    (EMBEDDED, "must be false"),
    (INT_OR_STRING, "must be false"),
    ("x-kubernetes-list-map-keys", "must be empty"),
    ("x-kubernetes-list-type", "must be undefined"),
    ("x-kubernetes-map-type", "must be undefined"),
    ("x-kubernetes-validations", "must be empty"),
)
"""What may not stand under allOf, anyOf, oneOf and not."""


def unconvertible(raw: Object, nested: bool = False) -> str:
    """Why a schema cannot even be read as a structural one; empty when it can."""
    for keyword, name in UNSUPPORTED:
        if raw.get(keyword) or (keyword == "additionalItems" and keyword in raw):
            return f"OpenAPIV3Schema '{name}' is not supported"
    branches = [raw["not"]] if raw.get("not") is not None else []
    for keyword in ("allOf", "anyOf", "oneOf"):
        branches += raw.get(keyword) or ()
    for branch in branches:
        if problem := unconvertible(branch, True):
            return problem
    if raw.get(PRESERVE) is False:
        return f"internal error: '{PRESERVE}' must be true or undefined"
    if isinstance(raw.get("items"), list):
        return "OpenAPIV3Schema 'items' must be a schema, but is an array"
    for inner in children(raw):
        if problem := unconvertible(inner, nested):
            return problem
    return ""


def children(raw: Object) -> Iterator[Object]:
    """The schemas of what is inside a value."""
    if isinstance(raw.get("items"), dict):
        yield raw["items"]
    yield from (raw.get("properties") or {}).values()
    if isinstance(raw.get("additionalProperties"), dict):
        yield raw["additionalProperties"]


def validate(raw: Object, path: str) -> Errors:
    """Why a schema is not structural; sorted, as upstream has it."""
    return sorted([*_place(raw, ROOT, path), *_complete(raw, raw, path, path)], key=str)


def _place(raw: Object, level: str, path: str) -> Found:
    """One position and everything inside it."""
    kind, properties = raw.get("type", ""), raw.get("properties") or {}
    if kind == "array" and raw.get("items") is None:
        yield field.required(f"{path}.items", "must be specified")
    if isinstance(raw.get("items"), dict):
        yield from _place(raw["items"], ITEM, f"{path}.items")
    for name, inner in properties.items():
        yield from _place(inner, FIELD, f"{path}.properties[{name}]")
    rest = raw.get("additionalProperties")
    if rest is not None and level == ROOT:
        yield field.forbidden(f"{path}.additionalProperties", "must not be used at the root")
    if isinstance(rest, dict):
        yield from _place(rest, FIELD, f"{path}.additionalProperties")
    yield from _extensions(raw, path)
    yield from _values(raw, path, raw.get("anyOf") == EITHER, _either_of_all(raw))
    yield from _type(raw, kind, level, path)
    yield from _metadata(raw, properties, level, path)
    if raw.get(EMBEDDED) and not raw.get(PRESERVE) and not properties:
        yield field.required(
            f"{path}.properties", f"must not be empty if {EMBEDDED} is true without {PRESERVE}"
        )


def _either_of_all(raw: Object) -> bool:
    branches = raw.get("allOf") or [{}]
    return bool(branches[0].get("anyOf") == EITHER)


def _extensions(raw: Object, path: str) -> Found:
    if raw.get(INT_OR_STRING):
        for name in (PRESERVE, EMBEDDED):
            if raw.get(name):
                yield field.invalid(f"{path}.{name}", True, f"must be false if {INT_OR_STRING} is true")


def _type(raw: Object, kind: str, level: str, path: str) -> Found:
    at = f"{path}.type"
    if raw.get(EMBEDDED) and kind != "object":
        why = f"must be object if {EMBEDDED} is true"
        yield field.invalid(at, kind, why) if kind else field.required(at, why)
    elif not kind and not raw.get(INT_OR_STRING) and not raw.get(PRESERVE):
        yield field.required(at, f"must not be empty {level}")
    if raw.get(EMBEDDED) and raw.get("additionalProperties") is not None:
        yield field.forbidden(f"{path}.additionalProperties", f"must not be used if {EMBEDDED} is set")
    if level == ROOT and kind and kind != "object":
        yield field.invalid(at, kind, "must be object at the root")


def _metadata(raw: Object, properties: Object, level: str, path: str) -> Found:
    """Type and metadata of a resource are typed already: a schema may only restrict names at the root."""
    resource = level == ROOT or bool(raw.get(EMBEDDED))
    wanted = (("kind", "string"), ("apiVersion", "string"), ("metadata", "object"))
    for name, kind in wanted if resource else ():
        given = properties.get(name)
        if given is not None and given.get("type", "") != kind:
            yield field.invalid(f"{path}.properties[{name}].type", given.get("type", ""), f"must be {kind}")
    if level == ROOT and "metadata" in properties and _more_than_names(properties["metadata"]):
        why = (
            "must not specify anything other than name and generateName, but metadata is implicitly specified"
        )
        yield field.forbidden(f"{path}.properties[metadata]", why)


def _more_than_names(metadata: Object) -> bool:
    rest = metadata.keys() - {"type", "default"}
    if set(metadata.get("properties") or ()) <= {"name", "generateName"}:
        rest -= {"properties"}
    return bool(rest)


def _values(raw: Object, path: str, skip_any: bool = False, skip_first: bool = False) -> Found:
    """The logic of a position, whose branches may validate but not specify. The two `skip`s are the pattern
    of an int-or-string."""
    for i, branch in enumerate(() if skip_any else raw.get("anyOf") or ()):
        yield from _nested(branch, f"{path}.anyOf[{i}]")
    for i, branch in enumerate(raw.get("allOf") or ()):
        yield from _nested(branch, f"{path}.allOf[{i}]", skip_any=skip_first and i == 0)
    for i, branch in enumerate(raw.get("oneOf") or ()):
        yield from _nested(branch, f"{path}.oneOf[{i}]")
    if raw.get("not") is not None:
        yield from _nested(raw["not"], f"{path}.not")
    if raw.get("pattern"):
        try:
            searcher(raw["pattern"])
        except PatternError as fault:
            why = f"must be a valid regular expression, but isn't: {fault}"
            yield field.invalid(f"{path}.pattern", raw["pattern"], why)


def _nested(raw: Object, path: str, skip_any: bool = False) -> Found:
    yield from _values(raw, path, skip_any)
    if isinstance(raw.get("items"), dict):
        yield from _nested(raw["items"], f"{path}.items")
    properties = raw.get("properties") or {}
    for name, inner in properties.items():
        yield from _nested(inner, f"{path}.properties[{name}]")
    for keyword, why in NESTED:
        # `additionalProperties: false` is as good as none to upstream's conversion.
        given = raw.get(keyword)
        if (
            given
            or (keyword == "default" and given is not None)
            or (keyword == "additionalProperties" and given == {})
        ):
            yield field.forbidden(f"{path}.{keyword}", f"{why} to be structural")
    if "metadata" in properties:
        yield field.forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context")


def _complete(raw: Object, places: Object, at: str, path: str) -> Found:
    """Every position that a branch validates must be specified outside of the logic."""
    if raw.get("not") is not None:
        yield from _nested_complete(raw["not"], places, at, f"{path}.not")
    for keyword in ("allOf", "anyOf", "oneOf"):
        for i, branch in enumerate(raw.get(keyword) or ()):
            yield from _nested_complete(branch, places, at, f"{path}.{keyword}[{i}]")


def _nested_complete(branch: Object, places: Object | None, at: str, path: str) -> Found:
    if places is None:
        yield field.required(at, f"because it is defined in {path}")
        return
    yield from _complete(branch, places, at, path)
    if isinstance(branch.get("items"), dict):
        yield from _nested_complete(branch["items"], places.get("items"), f"{at}.items", f"{path}.items")
    known = places.get("properties") or {}
    for name, inner in (branch.get("properties") or {}).items():
        there = f"{path}.properties[{name}]"
        yield from _nested_complete(inner, known.get(name), f"{at}.properties[{name}]", there)
