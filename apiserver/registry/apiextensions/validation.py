"""What makes a CustomResourceDefinition invalid, beside its schemas. Source: apiextensions validation."""

from __future__ import annotations

import re

from ....apimachinery import field, names
from ..admissionregistration.webhooks import validate_client_config
from ..strategy import Object
from ..validation.common import Errors, invalid_struct, invalids
from ..validation.values import shown

SCOPES = ("Cluster", "Namespaced")
STRATEGIES = ("None", "Webhook")
REVIEW_VERSIONS = ("v1", "v1beta1")
COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
MAX_WARNING = 256
ONE_STORED = "must have exactly one version marked as storage version"
PRESERVED = (
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
)
ONLY_WEBHOOK = "should not be set when strategy is not set to Webhook"
SIMPLE_PATH = re.compile(r"\.[a-zA-Z0-9_\-.\[\]'\"\\/]*").fullmatch


def validate(obj: Object) -> Errors:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    errors = _name(obj["metadata"].get("name", ""), spec)
    errors += _group(spec.get("group", ""), "spec.group")
    errors += _choice(spec.get("scope", ""), SCOPES, "spec.scope")
    if spec.get("preserveUnknownFields"):
        errors.append(field.invalid("spec.preserveUnknownFields", True, PRESERVED))
    versions = spec.get("versions") or []
    errors += _versions(versions, spec.get("versions"))
    errors += _names(spec.get("names") or {}, "spec.names")
    for i, version in enumerate(versions):
        errors += _version_details(version, version_path(versions, i))
    errors += _conversion(spec.get("conversion") or {}, "spec.conversion")
    return errors + validate_stored(status.get("storedVersions"), versions)


def version_path(versions: list[Object], i: int) -> str:
    """Where upstream looks for a version's columns and subresources: at the top when all versions agree."""
    return "spec" if len(versions) == 1 else f"spec.versions[{i}]"


def _name(name: str, spec: Object) -> Errors:
    wanted = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"
    if not name or name == wanted or names.dns1123_subdomain(name):
        return []
    return [field.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')]


def _group(group: str, path: str) -> Errors:
    if not group:
        return [field.required(path)]
    problems = names.dns1123_subdomain(group)
    if problems:
        return [field.invalid(path, group, ",".join(problems))]
    return [] if "." in group else [field.invalid(path, group, "should be a domain with at least one dot")]


def _choice(value: str, allowed: tuple[str, ...], path: str) -> Errors:
    if not value:
        return [field.required(path)]
    return [] if value in allowed else [field.not_supported(path, value, allowed)]


def _versions(versions: list[Object], given: list[Object] | None) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    unique = True
    for i, version in enumerate(versions):
        path, name = f"spec.versions[{i}]", version.get("name", "")
        unique = unique and name not in seen
        seen.add(name)
        problems = names.dns1035_label(name)
        if problems:
            errors.append(field.invalid(f"{path}.name", name, ",".join(problems)))
        errors += _deprecation(version, path)
    if not unique:
        why = "must contain unique version names"
        errors.append(invalid_struct("spec.versions", _versions_shown(given), why))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        errors.append(invalid_struct("spec.versions", _versions_shown(given), ONE_STORED))
    for i, version in enumerate(versions):
        if (version.get("schema") or {}).get("openAPIV3Schema") is None:
            errors.append(field.required(f"spec.versions[{i}].schema.openAPIV3Schema"))
    first = versions[0].get("name", "") if versions else ""
    problems = names.dns1035_label(first) if first else []
    if problems:
        errors.append(field.invalid("spec.version", first, ",".join(problems)))
    return errors


def _versions_shown(versions: list[Object] | None) -> str:
    """Go's internal struct; what every version has alike stands elsewhere there, so it is null here."""
    if not versions:
        return "null" if versions is None else "[]"
    return shown(
        [
            {
                "Name": version.get("name", ""),
                "Served": bool(version.get("served")),
                "Storage": bool(version.get("storage")),
                "Deprecated": bool(version.get("deprecated")),
                "DeprecationWarning": version.get("deprecationWarning"),
                "Schema": None,
                "Subresources": None,
                "AdditionalPrinterColumns": None,
                "SelectableFields": None,
            }
            for version in versions
        ]
    )


def _deprecation(version: Object, path: str) -> Errors:
    warning, at = version.get("deprecationWarning"), f"{path}.deprecationWarning"
    if warning is None:
        return []
    if not version.get("deprecated"):
        return [field.invalid(at, warning, "can only be set for deprecated versions")]
    if not warning:
        return [field.invalid(at, warning, "must not be an empty string")]
    if len(warning) > MAX_WARNING:
        return [field.invalid(at, warning, f"must be <= {MAX_WARNING} characters long")]
    return []


def _names(kinds: Object, path: str) -> Errors:
    errors = [field.required(f"{path}.{key}") for key in REQUIRED_NAMES if not kinds.get(key)]
    for key in ("plural", "singular"):
        if kinds.get(key):
            errors += _label(kinds[key], f"{path}.{key}")
    for key in ("kind", "listKind"):
        problems = names.dns1035_label(kinds[key].lower()) if kinds.get(key) else []
        if problems:
            why = f"may have mixed case, but should otherwise match: {','.join(problems)}"
            errors.append(field.invalid(f"{path}.{key}", kinds[key], why))
    for key in ("shortNames", "categories"):
        for i, name in enumerate(kinds.get(key) or ()):
            errors += _label(name, f"{path}.{key}[{i}]")
    if kinds.get("kind") and kinds.get("kind") == kinds.get("listKind"):
        why = "kind and listKind may not be the same"
        errors.append(field.invalid(f"{path}.listKind", kinds["listKind"], why))
    return errors


REQUIRED_NAMES = ("plural", "singular", "kind", "listKind")


def _label(value: str, path: str) -> Errors:
    problems = names.dns1035_label(value)
    return [field.invalid(path, value, ",".join(problems))] if problems else []


def _version_details(version: Object, path: str) -> Errors:
    errors: Errors = []
    for i, column in enumerate(version.get("additionalPrinterColumns") or ()):
        errors += _column(column, f"{path}.additionalPrinterColumns[{i}]")
    scale = (version.get("subresources") or {}).get("scale")
    if scale is not None:
        errors += _scale(scale, f"{path}.subresources.scale")
    return errors


def _column(column: Object, path: str) -> Errors:
    errors: Errors = []
    kind, form, where = column.get("type", ""), column.get("format", ""), column.get("jsonPath", "")
    if not column.get("name"):
        errors.append(field.required(f"{path}.name"))
    if not kind:
        errors.append(field.required(f"{path}.type", f"must be one of {','.join(COLUMN_TYPES)}"))
    elif kind not in COLUMN_TYPES:
        errors.append(field.invalid(f"{path}.type", kind, f"must be one of {','.join(COLUMN_TYPES)}"))
    if form and form not in COLUMN_FORMATS:
        errors.append(field.invalid(f"{path}.format", form, f"must be one of {','.join(COLUMN_FORMATS)}"))
    if not where:
        errors.append(field.required(f"{path}.JSONPath"))
    elif not where.startswith("."):
        errors.append(field.invalid(f"{path}.JSONPath", where, "must be a simple json path starting with ."))
    return errors


def _scale(scale: Object, path: str) -> Errors:
    errors: Errors = []
    for key, root, needed in (
        ("specReplicasPath", ".spec.", True),
        ("statusReplicasPath", ".status.", True),
        ("labelSelectorPath", "", False),
    ):
        value, at = scale.get(key), f"{path}.{key}"
        if not value:
            if needed:
                errors.append(field.required(at))
        elif not SIMPLE_PATH(value):
            errors.append(field.invalid(at, value, "must be a simple json path starting with ."))
        elif root and not value.startswith(root):
            errors.append(field.invalid(at, value, f"should be a json path under {root[:-1]}"))
        elif not root and not value.startswith((".spec.", ".status.")):
            errors.append(field.invalid(at, value, "should be a json path under either .spec or .status"))
    return errors


def _conversion(conversion: Object, path: str) -> Errors:
    strategy, webhook = conversion.get("strategy", ""), conversion.get("webhook") or {}
    client, reviews = webhook.get("clientConfig"), webhook.get("conversionReviewVersions")
    errors = _choice(strategy, STRATEGIES, f"{path}.strategy")
    if strategy != "Webhook":
        if client is not None:
            errors.append(field.forbidden(f"{path}.webhookClientConfig", ONLY_WEBHOOK))
        if reviews:
            errors.append(field.forbidden(f"{path}.conversionReviewVersions", ONLY_WEBHOOK))
        return errors
    if client is None:
        why = "required when strategy is set to Webhook"
        errors.append(field.required(f"{path}.webhookClientConfig", why))
    else:
        errors += validate_client_config(client, f"{path}.webhookClientConfig")
    return errors + _review_versions(reviews or [], f"{path}.conversionReviewVersions")


def _review_versions(versions: list[str], path: str) -> Errors:
    options = ", ".join(REVIEW_VERSIONS)
    if not versions:
        return [field.required(path)]
    errors: Errors = []
    for i, version in enumerate(versions):
        if version in versions[:i]:
            errors.append(field.invalid(f"{path}[{i}]", version, "duplicate version"))
        else:
            errors += invalids(f"{path}[{i}]", version, names.dns1035_label(version))
    if not set(versions).intersection(REVIEW_VERSIONS):
        errors.append(field.invalid(path, versions, f"must include at least one of {options}"))
    return errors


def validate_stored(stored: list[str] | None, versions: list[Object]) -> Errors:
    """The versions that objects may be stored in must still be there."""
    path = "status.storedVersions"
    if not stored:
        return [field.invalid(path, stored, "must have at least one stored version")]
    errors: Errors = []
    known = [version.get("name", "") for version in versions]
    for i, name in enumerate(stored):
        if name not in known:
            why = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {name} "
                f"and removes {name} from status.storedVersions"
            )
            errors.append(field.invalid(f"{path}[{i}]", name, why))
    current = [version.get("name", "") for version in versions if version.get("storage")]
    if current and current[-1] not in stored:
        why = f"must have the storage version {current[-1]}"
        errors.append(field.invalid(path, stored, why))
    return errors
