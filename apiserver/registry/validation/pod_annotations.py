"""Annotations with a meaning for pods: mirror pods, old security profiles, deletion cost."""

from __future__ import annotations

from collections.abc import Mapping

from ....apimachinery import field
from .common import MAX_INT32, Errors, Object
from .paths import local_descending
from .security import all_containers

MIRROR = "kubernetes.io/config.mirror"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_WORDS = {
    "RuntimeDefault": ("runtime/default", "docker/default"),
    "Unconfined": ("unconfined",),
}
_APP_ARMOR_WORDS = {"RuntimeDefault": ("runtime/default",), "Unconfined": ("unconfined",)}
LOCALHOST = "localhost/"


def validate_pod_annotations(annotations: Mapping[str, str] | None, spec: Object, path: str) -> Errors:
    if not annotations:
        return []
    errors: Errors = []
    if MIRROR in annotations and not spec.get("nodeName"):
        why = "must set spec.nodeName if mirror pod annotation is set"
        errors.append(field.invalid(f"{path}[{MIRROR}]", annotations[MIRROR], why))
    if DELETION_COST in annotations and not _is_int32(annotations[DELETION_COST]):
        cost = annotations[DELETION_COST]
        errors.append(field.invalid(f"{path}[{DELETION_COST}]", cost, "must be a 32bit integer"))
    for key, value in annotations.items():
        if key == SECCOMP_POD or key.startswith(SECCOMP_CONTAINER):
            errors += _seccomp(value, f"{path}.{key}")
    for key, value in annotations.items():
        if key.startswith(APP_ARMOR):
            errors += _app_armor(key.removeprefix(APP_ARMOR), value, spec, f"{path}[{key}]")
    return errors


def _is_int32(text: str) -> bool:
    digits = text.removeprefix("-")
    canonical = digits.isdecimal() and digits.isascii() and (digits == "0" or digits[0] != "0")
    return canonical and text != "-0" and -MAX_INT32 - 1 <= int(text) <= MAX_INT32


def _seccomp(profile: str, path: str) -> Errors:
    if profile in ("runtime/default", "docker/default", "unconfined"):
        return []
    if profile.startswith(LOCALHOST):
        return local_descending(profile.removeprefix(LOCALHOST), path)
    return [field.invalid(path, profile, "must be a valid seccomp profile")]


def _app_armor(container: str, profile: str, spec: Object, path: str) -> Errors:
    errors: Errors = []
    if all(c.get("name") != container for c, _ in all_containers(spec, "")):
        errors.append(field.invalid(path, container, "container not found"))
    if profile not in ("", "runtime/default", "unconfined") and not profile.startswith(LOCALHOST):
        why = f'invalid AppArmor profile name: "{profile}"'
        errors.append(field.invalid(path, profile, why))
    return errors


def validate_profiles_agree(annotations: Mapping[str, str] | None, spec: Object, path: str) -> Errors:
    """Where an old annotation and the field are both set, they must say the same."""
    if not annotations:
        return []
    errors: Errors = []
    of_pod = spec.get("securityContext") or {}
    if SECCOMP_POD in annotations and "seccompProfile" in of_pod:
        here = f"{path}.securityContext.seccompProfile"
        errors += _agree("seccomp", annotations[SECCOMP_POD], of_pod["seccompProfile"], here)
    for container, here in all_containers(spec, path):
        profile = (container.get("securityContext") or {}).get("seccompProfile")
        key = SECCOMP_CONTAINER + container.get("name", "")
        if profile and key in annotations:
            errors += _agree("seccomp", annotations[key], profile, f"{here}.securityContext.seccompProfile")
    return errors + _app_armor_agrees(annotations, spec, of_pod, path)


def _app_armor_agrees(annotations: Mapping[str, str], spec: Object, of_pod: Object, path: str) -> Errors:
    if (spec.get("os") or {}).get("name") == "windows":
        return []
    errors: Errors = []
    for container, here in all_containers(spec, path):
        own = container.get("securityContext") or {}
        profile = own.get("appArmorProfile") or of_pod.get("appArmorProfile")
        key = APP_ARMOR + container.get("name", "")
        if profile and key in annotations:
            here = f"{here}.securityContext.appArmorProfile"
            errors += _agree("apparmor", annotations[key], profile, here)
    return errors


def _agree(what: str, annotation: str, profile: Object, path: str) -> Errors:
    kind: str = profile.get("type", "")
    words = _SECCOMP_WORDS if what == "seccomp" else _APP_ARMOR_WORDS
    mismatch = f"{what} type in annotation and field must match"
    if kind in words:
        return [] if annotation in words[kind] else [field.forbidden(f"{path}.type", mismatch)]
    if kind != "Localhost":
        return []
    if not annotation.startswith(LOCALHOST):
        return [field.forbidden(f"{path}.type", mismatch)]
    if annotation.removeprefix(LOCALHOST) == profile.get("localhostProfile"):
        return []
    return [field.forbidden(f"{path}.localhostProfile", f"{what} profile in annotation and field must match")]


def app_armor_profile(annotation: str | None) -> Object | None:
    """The field that says what an old annotation says; None for one that says nothing."""
    if annotation == "runtime/default":
        return {"type": "RuntimeDefault"}
    if annotation == "unconfined":
        return {"type": "Unconfined"}
    if annotation and annotation.startswith(LOCALHOST):
        local = annotation.removeprefix(LOCALHOST)
        return {"type": "Localhost", "localhostProfile": local} if local else None
    return None
