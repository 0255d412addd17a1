"""The conditions that both kinds of this group have: each has a type, and none twice."""

from __future__ import annotations

from ....apimachinery import field
from ..strategy import Object
from ..validation.common import Errors


def validate_conditions(status: Object) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, condition in enumerate(status.get("conditions") or ()):
        path, kind = f"status.conditions[{i}].type", condition.get("type", "")
        if kind in seen:
            errors.append(field.duplicate(path, kind))
        seen.add(kind)
        if not kind:
            errors.append(field.required(path))
    return errors
