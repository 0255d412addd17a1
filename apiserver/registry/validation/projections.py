"""Projected volumes: secrets, config maps, downward API, tokens and certificates in one directory."""

from __future__ import annotations

from collections.abc import Callable

from ....apimachinery import field, names
from .common import Errors, Object, invalid_struct, invalids, struct
from .downward import VOLUME_FIELDS, validate_field_ref, validate_resource_ref
from .paths import file_mode, local_non_reserved
from .selectors import validate_label_selector

CONFLICT = "conflicting duplicate paths"
TEN_MINUTES = 600


def validate_key_to_path(item: Object, path: str) -> Errors:
    errors: Errors = []
    target = item.get("path", "")
    if not item.get("key"):
        errors.append(field.required(f"{path}.key"))
    if not target:
        errors.append(field.required(f"{path}.path"))
    errors += local_non_reserved(target, f"{path}.path")
    return errors + file_mode(item.get("mode"), f"{path}.mode")


def validate_downward_file(item: Object, path: str) -> Errors:
    """Upstream reports on the volume instead of the item."""
    target = item.get("path", "")
    errors = [] if target else [field.required(f"{path}.path")]
    errors += local_non_reserved(target, f"{path}.path")
    if "fieldRef" in item:
        errors += validate_field_ref(item["fieldRef"], VOLUME_FIELDS, f"{path}.fieldRef")
        if "resourceFieldRef" in item:
            why = "fieldRef and resourceFieldRef can not be specified simultaneously"
            errors.append(field.invalid(path, "resource", why))
    elif "resourceFieldRef" in item:
        ref_path = f"{path}.resourceFieldRef"
        errors += validate_resource_ref(item["resourceFieldRef"], ref_path, needs_container=True)
    else:
        errors.append(field.required(path, "one of fieldRef and resourceFieldRef is required"))
    return errors + file_mode(item.get("mode"), f"{path}.mode")


class _Paths:
    """The file names in use; a second use is a conflict, reported on the volume."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.taken: set[str] = set()

    def claim(self, target: str, shown: str) -> Errors:
        if target in self.taken:
            return [field.invalid(self.path, shown, CONFLICT)]
        self.taken.add(target)
        return []


def _keyed(source: Object, path: str, paths: _Paths) -> Errors:
    errors = [] if source.get("name") else [field.required(f"{path}.name")]
    for i, item in enumerate(source.get("items") or ()):
        errors += validate_key_to_path(item, f"{path}.items[{i}]")
        if item.get("path"):
            errors += paths.claim(item["path"], source.get("name", ""))
    return errors


def _downward(source: Object, path: str, paths: _Paths) -> Errors:
    errors: Errors = []
    for item in source.get("items") or ():
        errors += validate_downward_file(item, path)
        if item.get("path"):
            errors += paths.claim(item["path"], item["path"])
    return errors


def _token(source: Object, path: str, paths: _Paths) -> Errors:
    errors: Errors = []
    seconds = source.get("expirationSeconds", 0)
    if seconds < TEN_MINUTES:
        why = "may not specify a duration less than 10 minutes"
        errors.append(field.invalid(f"{path}.expirationSeconds", seconds, why))
    if seconds > 1 << 32:
        why = "may not specify a duration larger than 2^32 seconds"
        errors.append(field.invalid(f"{path}.expirationSeconds", seconds, why))
    if not source.get("path"):
        return [*errors, field.required(f"{paths.path}.path")]
    return errors + local_non_reserved(source["path"], f"{paths.path}.path")


def _trust_bundle(source: Object, path: str, paths: _Paths) -> Errors:
    errors: Errors = []
    if "name" in source and "signerName" in source:
        shown = struct(source)
        errors.append(invalid_struct(path, shown, "only one of name and signerName may be used"))
    elif "name" in source:
        errors += _bundle_name(source, path)
    elif "signerName" in source:
        if not source["signerName"]:
            errors.append(field.required(f"{path}.signerName", "must be a valid signer name"))
        errors += validate_label_selector(source.get("labelSelector"), f"{path}.labelSelector")
    else:
        errors.append(field.required(path, "either name or signerName must be specified"))
    target = source.get("path", "")
    if not target:
        errors.append(field.required(f"{path}.path"))
    errors += local_non_reserved(target, f"{path}.path")
    return errors + paths.claim(target, target)


def _bundle_name(source: Object, path: str) -> Errors:
    errors: Errors = []
    if not source["name"]:
        errors.append(field.required(f"{path}.name", "must be a valid object name"))
    messages = [f"not a valid clustertrustbundlename: {m}" for m in names.dns1123_subdomain(source["name"])]
    errors += invalids(f"{path}.name", source["name"], messages)
    if "labelSelector" in source:
        why = "labelSelector must be unset if name is specified"
        errors.append(field.invalid(f"{path}.labelSelector", source["labelSelector"], why))
    return errors


PROJECTIONS: dict[str, Callable[[Object, str, _Paths], Errors]] = {
    "secret": _keyed,
    "configMap": _keyed,
    "downwardAPI": _downward,
    "serviceAccountToken": _token,
    "clusterTrustBundle": _trust_bundle,
}


def validate_projected(volume: Object, path: str) -> Errors:
    errors = file_mode(volume.get("defaultMode"), f"{path}.defaultMode")
    paths = _Paths(path)
    for i, source in enumerate(volume.get("sources") or ()):
        here = f"{path}.sources[{i}]"
        given = [name for name in PROJECTIONS if name in source]
        for name in given:
            errors += PROJECTIONS[name](source[name], f"{here}.{name}", paths)
        if len(given) > 1:
            errors.append(field.forbidden(here, "may not specify more than 1 volume type per source"))
    return errors
