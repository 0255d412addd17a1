"""The whole schema of a version: its root, its structure, its defaults, its keywords, its rules.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ....apimachinery import field
from ..strategy import Object
from ..validation.common import Errors, invalid_struct
from . import default_rules, schema_rules, structural_rules
from .internal_form import FIELDS, schema_text
from .schema_rules import Rules

ROOT_FIELDS = (
    "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength "
    "Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example "
    "XPreserveUnknownFields XValidations"
)
"""What the root may have when its status is validated apart."""
WITH_STATUS = "if the status subresource is enabled"


class Demands(NamedTuple):
    rules: Rules
    pruned_defaults: bool
    status: bool
    """The status subresource is served."""
    unchanged: bool
    """The schema is the old one: its rules may cost what they did."""


def validate(raw: Object, path: str, demands: Demands) -> Errors:
    errors = _for_status(raw, path) if demands.status else []
    if raw.get("nullable"):
        errors.append(field.forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    broken = structural_rules.unconvertible(raw)
    sound = not broken
    if sound:
        structure = structural_rules.validate(raw, path)
        structure = structure or default_rules.validate(raw, path, _rules_say, pruned=demands.pruned_defaults)
        errors += structure
        sound = not structure
    keywords = schema_rules.validate(raw, path, demands.rules)
    errors += keywords
    if sound and schema_rules.has_rules(raw):
        errors += _expressions(raw, path, keywords, demands)
    if not errors and broken:
        errors.append(field.invalid(path, "", broken))
    return errors


def _for_status(raw: Object, path: str) -> Errors:
    """The first fault only."""
    for name, keyword, _ in FIELDS:
        if raw.get(keyword) in (None, "", False) or raw[keyword] == []:
            continue
        if name == "Type":
            if raw["type"] != "object":
                why = f'only "object" is allowed as the type at the root of the schema {WITH_STATUS}'
                return [field.invalid(f"{path}.type", raw["type"], why)]
        elif name not in ROOT_FIELDS.split():
            why = f"only [{ROOT_FIELDS}] fields are allowed at the root of the schema {WITH_STATUS}"
            return [invalid_struct(path, schema_text(raw), why)]
    return []


def _expressions(raw: Object, path: str, keywords: Errors, demands: Demands) -> Errors:
    from ....apimachinery.cel import rules  # heavy, and most schemas have none

    broken = [error.field for error in keywords]
    return rules.check_schema(raw, path, broken, priced=not demands.unchanged)


def _rules_say(raw: Object, value: Any, path: str) -> Errors:
    """What a schema's rules have against its default: as an unchanged value, and as a new one."""
    if not schema_rules.has_rules(raw):
        return []
    from ....apimachinery.cel import rules

    found = rules.compiled(raw)
    if found is None:
        return []
    errors = found.validate(value, value).errors or found.validate(value, None).errors
    return [error._replace(field=_below(path, error.field)) for error in errors]


def _below(path: str, inner: str) -> str:
    if inner in ("", "<nil>"):
        return path
    return f"{path}{inner}" if inner.startswith("[") else f"{path}.{inner}"
