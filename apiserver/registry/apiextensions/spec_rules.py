"""The spec of a CustomResourceDefinition. Paths are those of upstream's inner form (`internal_form`).

Source: apiextensions-apiserver pkg/apis/apiextensions/validation (validateCustomResourceDefinitionSpec).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, invalid_struct, required_or_supported
from . import conversion_rules, internal_form, path_rules, schema_rules, version_schema
from .internal_form import Spec
from .schema_rules import Rules

SCOPES = ("Cluster", "Namespaced")
REQUIRED_NAMES = ("plural", "singular", "kind", "listKind")
MAX_WARNING = 256
ONE_STORED = "must have exactly one version marked as storage version"
PRUNED_FOR_DEFAULTS = "must be false in order to use defaults in the schema"
PRUNED_FOR_WEBHOOK = "must be None if spec.preserveUnknownFields is true"
PRINTABLE = "must only contain printable UTF-8 characters; non-printable character found at index"


class Tolerance(NamedTuple):
    """What is demanded; False or absent where an old definition broke it."""

    rules: Rules = Rules()
    schemas: bool = True
    """Every version must have a schema."""
    pruned_defaults: bool = True
    many_selectable: frozenset[str] = frozenset()
    """Versions that may go on having too many selectable fields."""
    unchanged: dict[str, Any] = {}
    """The schemas that versions had."""
    known_review: bool = True
    any_bundle: bool = True


NEW = Tolerance()


def schemas(spec: Object) -> list[Object]:
    """The schemas of the versions that have one."""
    found = ((version.get("schema") or {}).get("openAPIV3Schema") for version in spec.get("versions") or ())
    return [raw for raw in found if raw is not None]


def validate(spec: Object, tolerance: Tolerance) -> Errors:
    inside = internal_form.hoisted(spec)
    errors = _group(spec.get("group", ""), "spec.group")
    errors += required_or_supported(spec.get("scope", ""), SCOPES, "spec.scope")
    errors += _schemas_there(spec, tolerance)
    preserved = bool(spec.get("preserveUnknownFields"))
    if preserved and any(schema_rules.somewhere(raw, _has_default) for raw in schemas(spec)):
        errors.append(field.invalid("spec.preserveUnknownFields", True, PRUNED_FOR_DEFAULTS))
    for i, version in enumerate(inside.versions):
        errors += _version(inside, version, f"spec.versions[{i}]", tolerance)
    errors += _versions(spec, inside)
    kinds = spec.get("names") or {}
    errors += [field.required(f"spec.names.{key}") for key in REQUIRED_NAMES if not kinds.get(key)]
    errors += names_of(kinds, "spec.names")
    errors += _parts(inside.top, "spec", "validation", _any_status(inside), tolerance, _first(spec))
    conversion = spec.get("conversion") or {}
    if preserved and conversion and conversion.get("strategy") != "None":
        strategy = conversion.get("strategy", "")
        errors.append(field.invalid("spec.conversion.strategy", strategy, PRUNED_FOR_WEBHOOK))
    return errors + conversion_rules.validate(
        conversion,
        "spec.conversion",
        known_review=tolerance.known_review,
        any_bundle=tolerance.any_bundle,
    )


def _has_default(raw: Object) -> bool:
    return raw.get("default") is not None


def _first(spec: Object) -> str:
    versions = spec.get("versions") or [{}]
    return str(versions[0].get("name", ""))


def _any_status(inside: Spec) -> bool:
    return any(_has_status(inside.subresources(version)) for version in inside.versions)


def _has_status(subresources: Object | None) -> bool:
    return (subresources or {}).get("status") is not None


def _group(group: str, path: str) -> Errors:
    if not group:
        return [field.required(path)]
    problems = names.dns1123_subdomain(group)
    if problems:
        return [field.invalid(path, group, ",".join(problems))]
    return [] if "." in group else [field.invalid(path, group, "should be a domain with at least one dot")]


def _schemas_there(spec: Object, tolerance: Tolerance) -> Errors:
    errors: Errors = []
    for i, version in enumerate(spec.get("versions") or ()):
        if (version.get("schema") or {}).get("openAPIV3Schema") is not None:
            continue
        path = f"spec.versions[{i}].schema.openAPIV3Schema"
        if tolerance.schemas:
            errors.append(field.required(path))
        elif version.get("served"):
            errors.append(field.required(path, "because otherwise all fields are pruned"))
    return errors


def _version(inside: Spec, version: Object, path: str, tolerance: Tolerance) -> Errors:
    name = version.get("name", "")
    problems = names.dns1035_label(name)
    errors: Errors = [field.invalid(f"{path}.name", name, ",".join(problems))] if problems else []
    errors += _deprecation(version, f"{path}.deprecationWarning")
    status = _has_status(inside.subresources(version))
    return errors + _parts(version, path, "schema", status, tolerance, name)


def _parts(
    given: Object, path: str, schema_name: str, status: bool, tolerance: Tolerance, version: str
) -> Errors:
    """What a version has, or all versions have alike."""
    raw = (given.get("schema") or {}).get("openAPIV3Schema")
    errors: Errors = []
    if raw is not None:
        demands = version_schema.Demands(
            rules=tolerance.rules,
            pruned_defaults=tolerance.pruned_defaults,
            status=status,
            unchanged=(tolerance.unchanged.get(version) or {}).get("openAPIV3Schema") == raw,
        )
        errors += version_schema.validate(raw, f"{path}.{schema_name}.openAPIV3Schema", demands)
    errors += path_rules.scale(given.get("subresources"), f"{path}.subresources")
    errors += path_rules.columns(given.get("additionalPrinterColumns"), f"{path}.additionalPrinterColumns")
    return errors + _selectable(given, path, schema_name, tolerance, version)


def _selectable(given: Object, path: str, schema_name: str, tolerance: Tolerance, version: str) -> Errors:
    """Fields that all versions have alike need a schema that they have alike, too."""
    fields, at = given.get("selectableFields"), f"{path}.selectableFields"
    if not fields:
        return []
    if (given.get("schema") or {}).get("openAPIV3Schema") is None:
        return [field.invalid(at, "", _NO_SCHEMA[schema_name])]
    many = version in tolerance.many_selectable
    raw = given["schema"]["openAPIV3Schema"]
    return path_rules.selectable(fields, raw, at, any_number=many)


_NO_SCHEMA = {
    "validation": "may only be set when validations.schema is included",
    "schema": "may only be set when `version.schema.openAPIV3Schema` is not included",
}
"""By where the schema would stand; the second is upstream's slip."""


def _deprecation(version: Object, path: str) -> Errors:
    warning = version.get("deprecationWarning")
    if warning is None:
        return []
    if not version.get("deprecated"):
        return [field.invalid(path, warning, "can only be set for deprecated versions")]
    errors: Errors = []
    if len(warning.encode()) > MAX_WARNING:
        errors.append(field.invalid(path, warning, f"must be <= {MAX_WARNING} characters long"))
    if not warning:
        errors.append(field.invalid(path, warning, "must not be an empty string"))
    odd = next((i for i, letter in enumerate(warning) if not letter.isprintable()), None)
    if odd is not None:
        errors.append(field.invalid(path, warning, f"{PRINTABLE} {len(warning[:odd].encode())}"))
    return errors


def _versions(spec: Object, inside: Spec) -> Errors:
    given = [version.get("name", "") for version in inside.versions]
    errors: Errors = []
    if len(set(given)) != len(given):
        shown = internal_form.versions_text(spec, inside)
        errors.append(invalid_struct("spec.versions", shown, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in inside.versions) != 1:
        shown = internal_form.versions_text(spec, inside)
        errors.append(invalid_struct("spec.versions", shown, ONE_STORED))
    first = _first(spec)
    problems = names.dns1035_label(first) if first else []
    if problems:
        errors.append(field.invalid("spec.version", first, ",".join(problems)))
    return errors


def names_of(kinds: Object, path: str) -> Errors:
    """The names of a spec or those that were accepted."""
    errors: Errors = []
    for key in ("plural", "singular"):
        if kinds.get(key):
            errors += _label(kinds[key], f"{path}.{key}")
    for key in ("kind", "listKind"):
        problems = names.dns1035_label(kinds[key].lower()) if kinds.get(key) else []
        if problems:
            why = f"may have mixed case, but should otherwise match: {','.join(problems)}"
            errors.append(field.invalid(f"{path}.{key}", kinds[key], why))
    for i, name in enumerate(kinds.get("shortNames") or ()):
        errors += _label(name, f"{path}.shortNames[{i}]")
    if kinds.get("kind") and kinds.get("kind") == kinds.get("listKind"):
        why = "kind and listKind may not be the same"
        errors.append(field.invalid(f"{path}.listKind", kinds["listKind"], why))
    for i, name in enumerate(kinds.get("categories") or ()):
        errors += _label(name, f"{path}.categories[{i}]")
    return errors


def _label(value: str, path: str) -> Errors:
    problems = names.dns1035_label(value)
    return [field.invalid(path, value, ",".join(problems))] if problems else []
