"""Checks that several storage kinds share."""

from __future__ import annotations

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, invalids

MAX_PARAMETERS = 512
MAX_PARAMETERS_SIZE = 256 * 1024


def validate_provisioner(name: str, path: str) -> Errors:
    """A qualified name, in any case."""
    if not name:
        return [field.required(path)]
    return invalids(path, name, names.qualified_name(name.lower()))


def validate_parameters(parameters: Object | None, path: str, *, required: bool = False) -> Errors:
    values = parameters or {}
    if len(values) > MAX_PARAMETERS:
        return [field.too_long(path, MAX_PARAMETERS)]
    if required and not values:
        return [field.required(path, "must contain at least one key/value pair")]
    errors: Errors = []
    size = 0
    for key, value in values.items():
        if not key:
            errors.append(field.invalid(path, key, "field can not be empty."))
        size += len(key.encode()) + len(value.encode())
    if size > MAX_PARAMETERS_SIZE:
        errors.append(field.too_long(path, MAX_PARAMETERS_SIZE))
    return errors
