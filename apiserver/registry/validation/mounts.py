"""Volume mounts and block devices of containers."""

from __future__ import annotations

from collections.abc import Mapping

from ....apimachinery import field
from .common import Errors, Object, supported
from .paths import local_descending, no_backsteps

PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
RECURSIVE_READ_ONLY = ("Disabled", "Enabled", "IfPossible")


def validate_mounts(container: Object, volumes: Mapping[str, Object], path: str) -> Errors:
    """`volumeMounts`; `volumes` holds the valid volumes of the pod by name."""
    errors: Errors = []
    devices = {d.get("name", ""): d.get("devicePath", "") for d in container.get("volumeDevices") or ()}
    points: set[str] = set()
    for i, mount in enumerate(container.get("volumeMounts") or ()):
        errors += _mount(mount, f"{path}[{i}]", volumes, points, devices)
        points.add(mount.get("mountPath", ""))
        errors += _mount_options(mount, container, f"{path}[{i}]", path)
    return errors


def _mount(
    mount: Object, path: str, volumes: Mapping[str, Object], points: set[str], devices: dict[str, str]
) -> Errors:
    errors: Errors = []
    name, target = mount.get("name", ""), mount.get("mountPath", "")
    if not name:
        errors.append(field.required(f"{path}.name"))
    if name not in volumes:
        errors.append(field.not_found(f"{path}.name", name))
    if not target:
        errors.append(field.required(f"{path}.mountPath"))
    if target in points:
        errors.append(field.invalid(f"{path}.mountPath", target, "must be unique"))
    if name in devices:
        errors.append(field.invalid(f"{path}.name", name, "must not already exist in volumeDevices"))
    if target in devices.values():
        why = "must not already exist as a path in volumeDevices"
        errors.append(field.invalid(f"{path}.mountPath", target, why))
    return errors


def _mount_options(mount: Object, container: Object, path: str, list_path: str) -> Errors:
    """Upstream reports some of these on the list instead of the entry."""
    errors: Errors = []
    sub, expression = mount.get("subPath"), mount.get("subPathExpr")
    if sub:
        errors += local_descending(sub, f"{list_path}.subPath")
    if expression:
        if sub:
            why = "subPathExpr and subPath are mutually exclusive"
            errors.append(field.invalid(f"{path}.subPathExpr", expression, why))
        errors += local_descending(expression, f"{list_path}.subPathExpr")
    if "mountPropagation" in mount:
        errors += _propagation(mount["mountPropagation"], container, f"{list_path}.mountPropagation")
    if "recursiveReadOnly" in mount:
        errors += _recursive(mount, f"{list_path}.recursiveReadOnly")
    return errors


def _propagation(mode: str, container: Object, path: str) -> Errors:
    errors = supported(mode, PROPAGATIONS, path)
    if mode == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
        why = "Bidirectional mount propagation is available only to privileged containers"
        errors.append(field.forbidden(path, why))
    return errors


def _recursive(mount: Object, path: str) -> Errors:
    mode = mount["recursiveReadOnly"]
    if mode == "Disabled":
        return []
    if mode not in RECURSIVE_READ_ONLY:
        return supported(mode, RECURSIVE_READ_ONLY, path)
    errors: Errors = []
    if not mount.get("readOnly"):
        errors.append(field.forbidden(path, "may only be specified when readOnly is true"))
    if mount.get("mountPropagation", "None") != "None":
        why = "may only be specified when mountPropagation is None or not specified"
        errors.append(field.forbidden(path, why))
    return errors


def validate_devices(container: Object, volumes: Mapping[str, Object], path: str) -> Errors:
    errors: Errors = []
    mounts = {m.get("name", ""): m.get("mountPath", "") for m in container.get("volumeMounts") or ()}
    names: set[str] = set()
    paths: set[str] = set()
    for i, device in enumerate(container.get("volumeDevices") or ()):
        errors += _device(device, f"{path}[{i}]", volumes, names, paths)
        name, target = device.get("name", ""), device.get("devicePath", "")
        if name in mounts:
            why = "must not already exist in volumeMounts"
            errors.append(field.invalid(f"{path}[{i}].name", name, why))
        if target in mounts.values():
            why = "must not already exist as a path in volumeMounts"
            errors.append(field.invalid(f"{path}[{i}].devicePath", target, why))
        names.update({name} - {""})
    return errors


def _device(
    device: Object, path: str, volumes: Mapping[str, Object], names: set[str], paths: set[str]
) -> Errors:
    errors: Errors = []
    name, target = device.get("name", ""), device.get("devicePath", "")
    volume = volumes.get(name)
    if not name:
        errors.append(field.required(f"{path}.name"))
    if name in names:
        errors.append(field.invalid(f"{path}.name", name, "must be unique"))
    if volume is None:
        errors.append(field.not_found(f"{path}.name", name))
    elif "persistentVolumeClaim" not in volume and "ephemeral" not in volume:
        why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
        errors.append(field.invalid(f"{path}.name", name, why))
    if not target:
        errors.append(field.required(f"{path}.devicePath"))
    if target in paths:
        errors.append(field.invalid(f"{path}.devicePath", target, "must be unique"))
    if target and no_backsteps(target, path):
        errors.append(field.invalid(f"{path}.devicePath", target, "can not contain backsteps ('..')"))
    else:
        paths.add(target)
    return errors
