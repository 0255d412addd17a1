"""The spec of a claim for storage, in PersistentVolumeClaims and in templates of them."""

from __future__ import annotations

from ....apimachinery import field, names, quantity
from .common import Errors, Object, invalid_struct, invalids, positive_quantity, supported
from .resources import validate_quantity
from .selectors import validate_label_selector

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def validate_access_modes(modes: list[str], path: str) -> Errors:
    errors: Errors = []
    for mode in modes:
        errors += supported(mode, ACCESS_MODES, path)
    known = set(modes).intersection(ACCESS_MODES)
    if "ReadWriteOncePod" in known and len(known) > 1:
        errors.append(field.forbidden(path, "may not use ReadWriteOncePod with other access modes"))
    return errors


def validate_class_name(name: str, path: str) -> Errors:
    return invalids(path, name, names.dns1123_subdomain(name)) if name else []


def validate_claim_spec(spec: Object, path: str, *, allow_invalid_group: bool = False) -> Errors:
    errors: Errors = []
    modes = spec.get("accessModes") or []
    if not modes:
        errors.append(field.required(f"{path}.accessModes", "at least 1 access mode is required"))
    errors += validate_label_selector(spec.get("selector"), f"{path}.selector")
    errors += validate_access_modes(modes, f"{path}.accessModes")
    errors += _storage(spec, f"{path}.resources[storage]")
    errors += validate_class_name(spec.get("storageClassName") or "", f"{path}.storageClassName")
    if "volumeMode" in spec:
        errors += supported(spec["volumeMode"], VOLUME_MODES, f"{path}.volumeMode")
    for name in ("dataSource", "dataSourceRef"):
        if name in spec:
            errors += _data_source(spec[name], f"{path}.{name}", allow_invalid_group)
    errors += _sources_agree(spec, path)
    name = spec.get("volumeAttributesClassName") or ""
    return errors + validate_class_name(name, f"{path}.volumeAttributesClassName")


def _storage(spec: Object, path: str) -> Errors:
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        return [field.required(path)]
    errors = positive_quantity(storage, path)
    return errors or validate_quantity("storage", quantity.parse(storage), path)


def _data_source(source: Object, path: str, allow_invalid_group: bool) -> Errors:
    errors = [field.required(f"{path}.{name}") for name in ("name", "kind") if not source.get(name)]
    group, kind = source.get("apiGroup") or "", source.get("kind", "")
    if not group and kind != "PersistentVolumeClaim":
        why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        errors.append(field.invalid(path, kind, why))
    if group and not allow_invalid_group:
        errors += invalids(f"{path}.apiGroup", group, names.dns1123_subdomain(group))
    namespace = source.get("namespace")
    if namespace:
        errors += invalids(f"{path}.namespace", namespace, names.dns1123_label(namespace))
    return errors


def _sources_agree(spec: Object, path: str) -> Errors:
    """Upstream prints a path object as the value: an empty struct."""
    source, ref = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is None or ref is None:
        return []
    if ref.get("namespace"):
        why = "may not be specified when dataSourceRef.namespace is specified"
        return [invalid_struct(path, "{}", why)]
    keys = ("apiGroup", "kind", "name")
    if [source.get(key) for key in keys] == [ref.get(key) for key in keys]:
        return []
    return [invalid_struct(path, "{}", "must match dataSourceRef")]


def claim_warnings(spec: Object, path: str) -> list[str]:
    """Storage is counted in whole bytes."""
    resources = spec.get("resources") or {}
    return [
        f'{path}.resources.{kind}[storage]: fractional byte value "{text}" is invalid, must be an integer'
        for kind in ("requests", "limits")
        if (text := (resources.get(kind) or {}).get("storage")) and quantity.parse(text).milli() % 1000
    ]
