"""What a custom resource decides for itself: its definition's subresources, schema and rules.

Source: apiextensions-apiserver pkg/registry/customresource.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...apimachinery import field, names
from ...apimachinery.field import FieldError
from ...apimachinery.schema import list_types, value_validation
from ...apimachinery.schema.node import Node
from ..registry.apiextensions import embedded
from ..registry.strategy import Context, Object, Strategy
from .schema import LazySchema

BLOCKING = frozenset(
    (
        "FieldValueNotSupported",
        "FieldValueRequired",
        "FieldValueTooLong",
        "FieldValueTooMany",
        "FieldValueTypeInvalid",
    )
)
UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to "
    "complete validation"
)
STANDARD_FINALIZERS = frozenset(("orphan", "foregroundDeletion", "kubernetes"))
MAX_INT32 = 2**31 - 1


class CustomStrategy(Strategy):
    """The rules of one version of a custom resource."""

    allow_unconditional_update = False
    known_finalizers = False
    tracks_generation = True
    status_resets = ("metadata", "spec")

    def __init__(self, kind: str, api_version: str, schema: LazySchema, subresources: Object) -> None:
        self.has_status = subresources.get("status") is not None
        self.status_subresources = frozenset(("status",)) if self.has_status else frozenset()
        self.generation_skips = ("metadata", "status") if self.has_status else ("metadata",)
        self._kind, self._api_version, self._schema = kind, api_version, schema
        self._scale: Object | None = subresources.get("scale")

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        """Nothing of metadata but the owners of fields."""
        managed = new["metadata"].get("managedFields")
        meta = dict(old["metadata"])
        meta.pop("managedFields", None)
        if managed:
            meta["managedFields"] = managed
        new["metadata"] = meta
        new["kind"], new["apiVersion"] = old["kind"], old["apiVersion"]

    def allocate(self, ctx: Context, new: Object, old: Object | None) -> Callable[[], None]:
        """A status that the schema has a default for is not stored at first, and defaulted by each read."""
        if old is None and self.has_status and self._schema.defaults_status:
            self._schema.default(new)
        return super().allocate(ctx, new, old)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        root = self._schema.root
        errors = self._type_meta(obj)
        if not errors:
            errors = value_validation.validate(root, obj)
            errors += self._scale_spec(obj) + self._scale_status(obj)
        errors += embedded.validate(root, obj)
        errors += list_types.validate(root, obj)
        return errors + self._rules(ctx, errors, obj, None)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        root = self._schema.root
        errors = self._type_meta(new)
        if not errors:
            errors = value_validation.validate(root, new, "", old)
            errors += self._scale_spec(new) + self._scale_status(new)
        errors += embedded.validate(root, new)
        errors += _ratcheted_lists(root, new, old)
        return errors + self._rules(ctx, errors, new, old)

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        root = self._schema.root
        errors: list[FieldError] = []
        node = root.fields.get("status")
        if "status" in new and node is not None and node.raw is not None:
            errors += _status_errors(node, new["status"], old)
        errors += self._scale_status(new)
        errors += _ratcheted_lists(root, new, old)
        return errors + self._rules(ctx, errors, new, old)

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        if ctx.subresource:
            return []
        had = set(old["metadata"].get("finalizers") or ()) if old is not None else set()
        added = sorted(set(new["metadata"].get("finalizers") or ()) - had)
        return [text for name in added for text in _finalizer_warnings(name)]

    def _type_meta(self, obj: Object) -> list[FieldError]:
        errors = []
        for key, wanted in (("kind", self._kind), ("apiVersion", self._api_version)):
            if obj.get(key) != wanted:
                errors.append(field.invalid(key, obj.get(key, ""), f"must be {wanted}"))
        return errors

    def _scale_spec(self, obj: Object) -> list[FieldError]:
        return self._replicas(obj, "specReplicasPath")

    def _scale_status(self, obj: Object) -> list[FieldError]:
        errors = self._replicas(obj, "statusReplicasPath")
        path = (self._scale or {}).get("labelSelectorPath")
        if not path:
            return errors
        try:
            nested(obj, path, str)
        except NestedError as error:
            errors.append(field.invalid(path, "", str(error)))
        return errors

    def _replicas(self, obj: Object, key: str) -> list[FieldError]:
        if self._scale is None:
            return []
        path = self._scale[key]
        try:
            value = nested(obj, path, int) or 0
        except NestedError as error:
            return [field.invalid(path, 0, str(error))]
        if value < 0:
            return [field.invalid(path, value, "should be a non-negative integer")]
        if value > MAX_INT32:
            return [field.invalid(path, value, f"should be less than or equal to {MAX_INT32}")]
        return []

    def _rules(
        self, ctx: Context, errors: list[FieldError], new: Object, old: Object | None
    ) -> list[FieldError]:
        """The schema's CEL rules; not run on what is broken already."""
        rules = self._schema.rules
        if rules is None:
            return []
        if any(error.reason in BLOCKING for error in errors):
            return [field.invalid("<nil>", None, UNCHECKED)]
        outcome = rules.validate(new, old)
        if ctx.notes is not None:
            ctx.notes.extend(outcome.warnings)
        return outcome.errors


def _status_errors(node: Node, status: Any, old: Object) -> list[FieldError]:
    before = {"old": old["status"]} if "status" in old else {}
    found = value_validation.validate(node, status, "status", **before)
    return [error._replace(field=_under("status", error.field)) for error in found]


def _under(parent: str, path: str) -> str:
    """Where an error of the status is, whether or not its path begins at the status."""
    if path == parent or path.startswith((f"{parent}.", f"{parent}[", "<nil>")):
        return path
    return f"{parent}.{path}" if path else parent


def _ratcheted_lists(root: Node, new: Object, old: Object) -> list[FieldError]:
    errors = list(list_types.validate(root, new))
    if errors and next(iter(list_types.validate(root, old)), None) is not None:
        return []
    return errors


def _finalizer_warnings(name: str) -> list[str]:
    shown = f"metadata.finalizers: {field.quote(name)}"
    found = [f"{shown}: {problem}" for problem in names.qualified_name(name)]
    if "/" in name or name in STANDARD_FINALIZERS:
        return found
    path = " including a path (/)" if "." in name else ""
    why = f"prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other"
    return [*found, f"{shown}: {why} finalizer writers"]


class NestedError(ValueError):
    """A value on a scale's path is of another type than the path needs."""


GO_TYPES = ((bool, "bool"), (int, "int64"), (float, "float64"), (str, "string"), (list, "[]interface {}"))
WANTED = {int: "int64", str: "string"}


def nested(obj: Object, path: str, kind: type[Any]) -> Any:
    """The value at a scale's path (`.spec.replicas`); None when nothing is there. NestedError with Go's
    text."""
    found: Any = obj
    parts = path.removeprefix(".").split(".")
    for i, part in enumerate(parts):
        if found is None:
            return None
        if not isinstance(found, dict):
            raise NestedError(_accessor(parts, found, "map[string]interface{}", i + 1))
        if part not in found:
            return None
        found = found[part]
    if not isinstance(found, kind) or isinstance(found, bool):
        raise NestedError(_accessor(parts, found, WANTED[kind], len(parts)))
    return found


def _accessor(parts: list[str], value: Any, wanted: str, upto: int) -> str:
    where = "." + ".".join(parts[:upto])
    if value is None:
        shown, kind = "<nil>", "<nil>"
    else:
        shown = go_text(value)
        kind = next((name for made, name in GO_TYPES if isinstance(value, made)), "map[string]interface {}")
    return f"{where} accessor error: {shown} is of the type {kind}, expected {wanted}"


def go_text(value: Any) -> str:
    """A JSON value as Go's %v prints it."""
    printers: dict[type[Any], Callable[[Any], str]] = {
        bool: lambda v: str(v).lower(),
        list: lambda v: "[" + " ".join(map(go_text, v)) + "]",
        dict: lambda v: "map[" + " ".join(f"{key}:{go_text(v[key])}" for key in sorted(v)) + "]",
        type(None): lambda v: "<nil>",
    }
    return printers.get(type(value), str)(value)
