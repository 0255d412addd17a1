"""Conditions of the kind that all APIs share (`meta/v1` Condition)."""

from __future__ import annotations

import re

from ....apimachinery import field, names
from ..strategy import Object
from .common import Errors, invalids, required_or_supported

STATUSES = ("False", "True", "Unknown")
MAX_REASON = 1024
MAX_MESSAGE = 32 * 1024
NEVER = "0001-01-01T00:00:00Z"

_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"
_MATCH = re.compile(_REASON, re.ASCII).fullmatch
_BAD_REASON = names.pattern_message(
    "a condition reason must start with alphabetic character, optionally followed by a string of "
    "alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
    _REASON,
    *("my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB"),
)


def validate_status_conditions(conditions: list[Object] | None, path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, condition in enumerate(conditions or ()):
        name = condition.get("type", "")
        if name in seen:
            errors.append(field.duplicate(f"{path}[{i}]", name))
        seen.add(name)
        errors += _condition(condition, f"{path}[{i}]")
    return errors


def _condition(condition: Object, path: str) -> Errors:
    name, status, seen = (condition.get(key) for key in ("type", "status", "observedGeneration"))
    errors = [field.required(f"{path}.type", "is required")] if not name else []
    if name:
        errors += invalids(f"{path}.type", name, names.qualified_name(name))
    errors += required_or_supported(status or "", STATUSES, f"{path}.status")
    if (seen or 0) < 0:
        why = "must be greater than or equal to zero"
        errors.append(field.invalid(f"{path}.observedGeneration", seen, why))
    if condition.get("lastTransitionTime") in (None, "", NEVER):
        errors.append(field.required(f"{path}.lastTransitionTime"))
    return errors + _texts(condition.get("reason", ""), condition.get("message", ""), path)


def _texts(reason: str, message: str, path: str) -> Errors:
    errors: Errors = []
    if not reason:
        errors.append(field.required(f"{path}.reason"))
    elif not _MATCH(reason):
        errors.append(field.invalid(f"{path}.reason", reason, _BAD_REASON))
    if len(reason.encode()) > MAX_REASON:
        errors.append(field.too_long(f"{path}.reason", MAX_REASON))
    if len(message.encode()) > MAX_MESSAGE:
        errors.append(field.too_long(f"{path}.message", MAX_MESSAGE))
    return errors
