"""What makes a ResourceSlice invalid. Source: resource.k8s.io validation."""

from __future__ import annotations

import re

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, immutable, invalid_struct, invalids
from ..validation.selectors import validate_node_selector
from ..validation.values import shown
from .partitions import validate_counter_sets, validate_device
from .requests import validate_driver, validate_qualified

MAX_DEVICES = 128
MAX_SPECIAL = 64
"""Devices of a slice in which some have taints or use counters."""
MAX_POOL_NAME = 253
MAX_TEXT = 64
WHERE = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")
STRUCT = ("int", "bool", "string", "version")
VALUES = ("bool", "int", "string", "version")
VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-((0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(\+([0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*))?"
).fullmatch


def validate_spec(spec: Object, path: str, old: Object | None = None) -> Errors:
    """`old` is the spec before an update: what did not change is not looked at again."""
    errors = validate_driver(spec.get("driver", ""), f"{path}.driver")
    errors += _pool(spec.get("pool") or {}, f"{path}.pool")
    if old is not None:
        errors += _kept(spec, old)
    if spec.get("nodeName"):
        errors += invalids(f"{path}.nodeName", spec["nodeName"], names.dns1123_subdomain(spec["nodeName"]))
    if spec.get("nodeSelector") is not None:
        errors += validate_node_selector(spec["nodeSelector"], f"{path}.nodeSelector")
        terms = spec["nodeSelector"].get("nodeSelectorTerms") or []
        if len(terms) != 1:
            at = f"{path}.nodeSelector.nodeSelectorTerms"
            errors.append(field.invalid(at, terms, "must have exactly one node selector term"))
    errors += _where(spec, path)
    devices, counters = spec.get("devices") or [], spec.get("sharedCounters") or []
    if devices and counters:
        errors.append(field.invalid(path, "", "only one of `sharedCounters` or `devices` is allowed"))
    limit = MAX_SPECIAL if any(d.get("taints") or d.get("consumesCounters") for d in devices) else MAX_DEVICES
    if len(devices) > limit:
        errors.append(field.too_many(f"{path}.devices", len(devices), limit))
    return (
        errors
        + _devices(spec, old, f"{path}.devices")
        + validate_counter_sets(counters, f"{path}.sharedCounters")
    )


def _devices(spec: Object, old: Object | None, path: str) -> Errors:
    before = {device.get("name", ""): device for device in (old or {}).get("devices") or ()}
    placed = bool(spec.get("perDeviceNodeSelection"))
    errors: Errors = []
    seen: set[str] = set()
    for i, device in enumerate(spec.get("devices") or ()):
        at, name = f"{path}[{i}]", device.get("name", "")
        errors += _device(device, at) + validate_device(device, before.get(name), at, placed=placed)
        if name in seen:
            errors.append(field.duplicate(at, name))
        seen.add(name)
    return errors


def _where(spec: Object, path: str) -> Errors:
    errors: Errors = []
    for name in ("allNodes", "perDeviceNodeSelection"):
        if spec.get(name) is False:
            why = "must be either unset or set to true"
            errors.append(field.invalid(f"{path}.{name}", False, why))
    chosen = [name for name in WHERE if spec.get(name)]
    rule = "exactly one of " + ", ".join(f"`{name}`" for name in WHERE) + " is required"
    if not chosen:
        errors.append(field.required(path, rule))
    elif len(chosen) > 1:
        several = "{" + ", ".join(f"`{name}`" for name in chosen) + "}"
        errors.append(field.invalid(path, several, f"{rule}, but multiple fields are set"))
    return errors


def _pool(pool: Object, path: str) -> Errors:
    name, generation, count = (
        pool.get("name", ""),
        pool.get("generation", 0),
        pool.get("resourceSliceCount", 0),
    )
    errors: Errors = []
    if not name:
        errors.append(field.required(f"{path}.name"))
    else:
        if len(name) > MAX_POOL_NAME:
            errors.append(field.too_long(f"{path}.name", MAX_POOL_NAME))
        for part in name.split("/"):
            errors += invalids(f"{path}.name", part, names.dns1123_subdomain(part))
    if count <= 0:
        errors.append(field.invalid(f"{path}.resourceSliceCount", count, "must be greater than zero"))
    if generation < 0:
        why = "must be greater than or equal to zero"
        errors.append(field.invalid(f"{path}.generation", generation, why))
    return errors


def _device(device: Object, path: str) -> Errors:
    name = device.get("name", "")
    errors = invalids(f"{path}.name", name, names.dns1123_label(name))
    for key, value in (device.get("attributes") or {}).items():
        at = f"{path}.attributes[{key}]"
        errors += validate_qualified(key, at) + _attribute(value, at)
    for key in device.get("capacity") or {}:
        errors += validate_qualified(key, f"{path}.capacity[{key}]")
    return errors


def _attribute(value: Object, path: str) -> Errors:
    kinds = [kind for kind in VALUES if value.get(kind) is not None]
    errors: Errors = []
    for kind in kinds:
        found = value[kind]
        if kind == "version" and not VERSION(found):
            why = "must be a string compatible with semver.org spec 2.0.0"
            errors.append(field.invalid(f"{path}.version", found, why))
        if kind in ("string", "version") and len(found.encode()) > MAX_TEXT:
            errors.append(field.too_long(f"{path}.{kind}", MAX_TEXT))
    if len(kinds) != 1:
        given = {f"{kind.capitalize()}Value": value.get(kind) for kind in STRUCT}
        given |= {f"{kind.capitalize()}Values": None for kind in STRUCT}
        text = shown(given if kinds else "")
        errors.append(invalid_struct(path, text, "exactly one value must be specified"))
    return errors


def _kept(spec: Object, was: Object) -> Errors:
    """What identifies a slice stays."""
    pool, pool_was = ((each.get("pool") or {}).get("name", "") for each in (spec, was))
    errors = immutable(pool, pool_was, "spec.pool.name")
    errors += immutable(spec.get("driver", ""), was.get("driver", ""), "spec.driver")
    return errors + immutable(spec.get("nodeName"), was.get("nodeName"), "spec.nodeName")
