"""What ConfigMaps and Secrets have in common: a size limit and `immutable`."""

from __future__ import annotations

from ....apimachinery import field
from ..strategy import Object
from ..validation.common import Errors

MAX_SIZE = 1024 * 1024


def decoded_size(base64: str) -> int:
    """Bytes that a base64 text stands for."""
    return len(base64) * 3 // 4 - base64.count("=", -2)


def validate_frozen(new: Object, old: Object, data_fields: tuple[str, ...]) -> Errors:
    """Once `immutable` is true neither it nor the data changes."""
    if not old.get("immutable"):
        return []
    why = "field is immutable when `immutable` is set"
    errors: Errors = []
    if not new.get("immutable"):
        errors.append(field.forbidden("immutable", why))
    for name in data_fields:
        if (new.get(name) or {}) != (old.get(name) or {}):
            errors.append(field.forbidden(name, why))
    return errors
