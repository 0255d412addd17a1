"""StorageClass: a way to provision volumes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.errors import MOST_PROBLEMS
from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import immutable, supported
from ..validation.metadata import validate_label_name
from ..validation.pod_warnings import NODE_LABELS
from . import columns
from .validation import validate_parameters, validate_provisioner

CHOICES = {
    "reclaimPolicy": ("Delete", "Retain"),
    "volumeBindingMode": ("Immediate", "WaitForFirstConsumer"),
}


class StorageClassStrategy(Strategy):
    """Rules of StorageClasss."""

    metadata_checks = ("create", "update")
    returns_deleted = True

    def default(self, obj: Object) -> None:
        obj.setdefault("reclaimPolicy", "Delete")
        obj.setdefault("volumeBindingMode", "Immediate")

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        errors = validate_provisioner(obj.get("provisioner", ""), "provisioner")
        errors += validate_parameters(obj.get("parameters"), "parameters")
        for name, allowed in CHOICES.items():
            value = obj.get(name)
            if value is None:
                errors.append(field.required(name))
            elif value or name != "reclaimPolicy":
                errors += supported(value, allowed, name)
        return errors + _topologies(obj.get("allowedTopologies") or [], "allowedTopologies")

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        errors = self.validate_create(ctx, new)
        for name in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"):
            errors += immutable(new.get(name), old.get(name), name)
        return errors

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        return [
            f"allowedTopologies[{i}].matchLabelExpressions[{j}].key: {NODE_LABELS[expression['key']]}"
            for i, term in enumerate(new.get("allowedTopologies") or ())
            for j, expression in enumerate(term.get("matchLabelExpressions") or ())
            if expression.get("key") in NODE_LABELS
        ]


def _topologies(terms: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: Counter[frozenset[tuple[str, frozenset[str]]]] = Counter()
    # Upstream's list of the topologies so far begins with as many empty ones.
    seen[frozenset()] = len(terms)
    for i, term in enumerate(terms):
        if len(errors) > MOST_PROBLEMS:
            break  # nobody is told, and each topology repeats all equal ones before it
        at = f"{path}[{i}].matchLabelExpressions"
        keys: dict[str, frozenset[str]] = {}
        for j, expression in enumerate(term.get("matchLabelExpressions") or ()):
            found = _expression(expression, f"{at}[{j}]")
            errors += found
            key = expression.get("key", "")
            if key in keys:
                errors.append(field.duplicate(f"{at}[{j}].key", key))
            keys[key] = frozenset(expression.get("values") or ())
        topology = frozenset(keys.items())
        errors += [field.duplicate(at, "")] * min(seen[topology], MOST_PROBLEMS + 1)
        seen[topology] += 1
    return errors


def _expression(expression: Object, path: str) -> list[FieldError]:
    values = expression.get("values") or []
    errors = [] if values else [field.required(f"{path}.values")]
    first = {value: i for i, value in reversed(list(enumerate(values)))}
    errors += [
        field.duplicate(f"{path}.values[{i}]", value) for i, value in enumerate(values) if first[value] < i
    ]
    return errors + validate_label_name(expression.get("key", ""), f"{path}.key")


_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def _is_default(obj: Object) -> bool:
    annotations = obj["metadata"].get("annotations") or {}
    return any(annotations.get(name) == "true" for name in _DEFAULT)


def _cells(obj: Object, now: datetime) -> list[Any]:
    name = obj["metadata"]["name"]
    if _is_default(obj):
        name += " (default)"
    policy, mode = obj.get("reclaimPolicy", "Delete"), obj.get("volumeBindingMode", "Immediate")
    expansion = obj.get("allowVolumeExpansion", False)
    return [name, obj.get("provisioner", ""), policy, mode, expansion, age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="StorageClass",
        plural="storageclasses",
        short_names=("sc",),
        namespaced=False,
        strategy=StorageClassStrategy(),
        columns=columns.STORAGECLASSES,
        cells=_cells,
    ),
)
