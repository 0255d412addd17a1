"""Namespace: a scope for names, with a life of its own (Active, Terminating)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import ALL_VERBS, Resource, Subresource
from ..strategy import Context, Object, Strategy
from ..validation.common import Errors
from ..validation.metadata import unqualified_finalizer, validate_finalizer_name
from .columns import NAMESPACES

NAME_LABEL = "kubernetes.io/metadata.name"
KUBERNETES = "kubernetes"


class NamespaceStrategy(Strategy):
    """Deletion waits for `spec.finalizers`, which only the finalize subresource empties."""

    has_status = True
    returns_deleted = True
    own_deletion = True
    metadata_checks = ("create", "update")
    name_validator = staticmethod(names.dns1123_label)

    def default(self, obj: Object) -> None:
        name = obj["metadata"].get("name")
        if name:
            obj["metadata"].setdefault("labels", {})[NAME_LABEL] = name

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["status"] = {"phase": "Active"}
        obj["metadata"].setdefault("labels", {})[NAME_LABEL] = obj["metadata"].get("name", "")
        finalizers = obj.setdefault("spec", {}).setdefault("finalizers", [])
        if KUBERNETES not in finalizers:
            finalizers.append(KUBERNETES)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        if ctx.subresource != "finalize":
            new["spec"] = old.get("spec") or {}

    def prepare_delete(self, ctx: Context, obj: Object) -> None:
        obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}

    def pending(self, obj: Object) -> bool:
        """The first DELETE only marks, even where no finalizer is left."""
        marked = obj["metadata"].get("deletionTimestamp")
        return not marked or bool((obj.get("spec") or {}).get("finalizers"))

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_finalizers(obj, "")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_finalizers(new, "[]" if ctx.subresource == "finalize" else "")

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        given, deleted = phase(new), bool(new["metadata"].get("deletionTimestamp"))
        wanted = "Terminating" if deleted else "Active"
        if given == wanted:
            return []
        state = "is not empty" if deleted else "is empty"
        return [
            field.invalid("status.Phase", given, f"may only be '{wanted}' if `deletionTimestamp` {state}")
        ]


def validate_finalizers(obj: Object, index: str) -> Errors:
    """Upstream numbers the entries in the finalize subresource only."""
    errors: Errors = []
    for i, name in enumerate((obj.get("spec") or {}).get("finalizers") or ()):
        path = f"spec.finalizers[{i}]" if index else "spec.finalizers"
        errors += validate_finalizer_name(name, path) + unqualified_finalizer(name, path)
    return errors


def phase(obj: Object) -> str:
    return str((obj.get("status") or {}).get("phase", ""))


def cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], phase(obj), age(obj, now)]


RESOURCES = (
    Resource(
        kind="Namespace",
        plural="namespaces",
        short_names=("ns",),
        namespaced=False,
        verbs=tuple(verb for verb in ALL_VERBS if verb != "deletecollection"),
        subresources=(
            Subresource("finalize", ("update",)),
            Subresource("status", ("get", "patch", "update")),
        ),
        strategy=NamespaceStrategy(),
        columns=NAMESPACES,
        cells=cells,
        selectable={"status.phase": phase},
    ),
)
