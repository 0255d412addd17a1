"""Security contexts of pods and containers, and what a pod's operating system allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from ....apimachinery import field, names
from .common import Errors, Object, invalid_struct, invalids, supported
from .paths import local_descending
from .windows import validate_windows_options

SYSCTL_PATTERN = r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
SYSCTL_MAX = 253
_sysctl = re.compile(SYSCTL_PATTERN).match
PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
PROFILE_PATH_MAX = 4095
CONTEXT_FIELDS = (
    "Capabilities",
    "Privileged",
    "SELinuxOptions",
    "WindowsOptions",
    "RunAsUser",
    "RunAsGroup",
    "RunAsNonRoot",
    "ReadOnlyRootFilesystem",
    "AllowPrivilegeEscalation",
    "ProcMount",
    "SeccompProfile",
    "AppArmorProfile",
)
GO_NAMES = {
    "seLinuxOptions": "SELinuxOptions",
    "gmsaCredentialSpecName": "GMSACredentialSpecName",
    "gmsaCredentialSpec": "GMSACredentialSpec",
}
_PROFILE: dict[str, Any] = {"Type": "", "LocalhostProfile": None}
_WINDOWS = ("GMSACredentialSpecName", "GMSACredentialSpec", "RunAsUserName", "HostProcess")
STRUCTS: dict[str, dict[str, Any]] = {
    "Capabilities": dict.fromkeys(("Add", "Drop")),
    "SELinuxOptions": dict.fromkeys(("User", "Role", "Type", "Level"), ""),
    "WindowsOptions": dict.fromkeys(_WINDOWS),
    "SeccompProfile": _PROFILE,
    "AppArmorProfile": _PROFILE,
}
"""What the structs of a security context hold when nothing is said."""
LINUX_ONLY_POD = (
    "appArmorProfile",
    "seLinuxOptions",
    "hostUsers",
    "hostPID",
    "hostIPC",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "shareProcessNamespace",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
LINUX_ONLY_CONTAINER = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)
ON_SPEC = ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace")
"""Pod fields of the API that are part of the security context inside upstream."""


def all_containers(spec: Object, path: str) -> Iterator[tuple[Object, str]]:
    """Init, main and ephemeral containers with their paths, in upstream's order."""
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for i, container in enumerate(spec.get(kind) or ()):
            yield container, f"{path}.{kind}[{i}]"


def _ids(context: Object, path: str, *fields: str) -> Errors:
    errors: Errors = []
    for name in fields:
        if name in context:
            errors += invalids(f"{path}.{name}", context[name], names.user_id(context[name]))
    return errors


def validate_pod_security_context(spec: Object, path: str) -> Errors:
    context = spec.get("securityContext")
    if not context:
        return _shares(spec, path)
    errors = _ids(context, path, "fsGroup", "runAsUser", "runAsGroup")
    for i, group in enumerate(context.get("supplementalGroups") or ()):
        errors += invalids(f"{path}.supplementalGroups[{i}]", group, names.user_id(group))
    errors += _shares(spec, path)
    errors += _sysctls(context.get("sysctls") or [], spec, f"{path}.sysctls")
    errors += _choice(context, "fsGroupChangePolicy", ("Always", "OnRootMismatch"), path)
    errors += _profiles(context, path)
    errors += _choice(context, "supplementalGroupsPolicy", ("Merge", "Strict"), path)
    # MountOption waits for the feature SELinuxMount, which 1.36 leaves off.
    return errors + _choice(context, "seLinuxChangePolicy", ("Recursive",), path)


def _shares(spec: Object, path: str) -> Errors:
    if not (spec.get("shareProcessNamespace") and spec.get("hostPID")):
        return []
    why = "ShareProcessNamespace and HostPID cannot both be enabled"
    return [field.invalid(f"{path}.shareProcessNamespace", True, why)]


def _choice(context: Object, name: str, allowed: tuple[str, ...], path: str) -> Errors:
    return supported(context[name], allowed, f"{path}.{name}") if name in context else []


def _profiles(context: Object, path: str) -> Errors:
    errors: Errors = []
    if "seccompProfile" in context:
        errors += _seccomp(context["seccompProfile"], f"{path}.seccompProfile")
    if "windowsOptions" in context:
        errors += validate_windows_options(context["windowsOptions"], f"{path}.windowsOptions")
    if "appArmorProfile" in context:
        errors += validate_app_armor(context["appArmorProfile"], f"{path}.appArmorProfile")
    return errors


def _sysctls(sysctls: list[Object], spec: Object, path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, entry in enumerate(sysctls):
        name, here = entry.get("name", ""), f"{path}[{i}].name"
        if not name:
            errors.append(field.required(here))
        elif len(name) > SYSCTL_MAX or not _sysctl(name):
            why = f"must have at most {SYSCTL_MAX} characters and match regex {SYSCTL_PATTERN}"
            errors.append(field.invalid(here, name, why))
        elif name in seen:
            errors.append(field.duplicate(here, name))
        seen.add(name)
        errors += _host_sysctl(name.replace("/", "."), name, spec, here)
    return errors


def _host_sysctl(dotted: str, name: str, spec: Object, path: str) -> Errors:
    if spec.get("hostNetwork") and dotted.startswith("net."):
        return [field.invalid(path, name, "may not be specified when 'hostNetwork' is true")]
    ipc = dotted.startswith(("kernel.shm", "kernel.msg", "fs.mqueue.")) or dotted == "kernel.sem"
    if spec.get("hostIPC") and ipc:
        return [field.invalid(path, name, "may not be specified when 'hostIPC' is true")]
    return []


def _seccomp(profile: Object, path: str) -> Errors:
    errors: Errors = []
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if not kind:
        errors.append(field.required(f"{path}.type", "type is required when seccompProfile is set"))
    else:
        errors += supported(kind, PROFILE_TYPES, f"{path}.type")
    if kind == "Localhost":
        if local is None:
            why = "must be set when seccomp type is Localhost"
            return [*errors, field.required(f"{path}.localhostProfile", why)]
        return errors + local_descending(local, f"{path}.localhostProfile")
    if local is not None:
        shown = orjson.dumps({"Type": kind, "LocalhostProfile": local}).decode()
        why = "can only be set when seccomp type is Localhost"
        errors.append(invalid_struct(f"{path}.localhostProfile", shown, why))
    return errors


def validate_app_armor(profile: Object, path: str) -> Errors:
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if kind == "Localhost":
        return _app_armor_local(local, f"{path}.localhostProfile")
    if not kind:
        return [field.required(f"{path}.type", "type is required when appArmorProfile is set")]
    if kind not in PROFILE_TYPES:
        return [field.not_supported(f"{path}.type", kind, PROFILE_TYPES)]
    if local is None:
        return []
    why = "can only be set when AppArmor type is Localhost"
    return [field.invalid(f"{path}.localhostProfile", local, why)]


def _app_armor_local(local: str | None, path: str) -> Errors:
    errors: Errors = []
    if local is None:
        return [field.required(path, "must be set when AppArmor type is Localhost")]
    if local.strip() != local:
        errors.append(field.invalid(path, local, "must not be padded with whitespace"))
    elif not local:
        errors.append(field.required(path, "must be set when AppArmor type is Localhost"))
    if len(local.encode()) > PROFILE_PATH_MAX:
        errors.append(field.too_long(path, PROFILE_PATH_MAX))
    return errors


def validate_security_context(context: Object, path: str, host_users: bool) -> Errors:
    """A container's."""
    errors = _ids(context, path, "runAsUser", "runAsGroup")
    if "procMount" in context:
        mount = context["procMount"]
        errors += supported(mount, ("Default", "Unmasked"), f"{path}.procMount")
        if host_users and mount == "Unmasked":
            why = "`hostUsers` must be false to use `Unmasked`"
            errors.append(field.invalid(f"{path}.procMount", mount, why))
    if "seccompProfile" in context:
        errors += _seccomp(context["seccompProfile"], f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        errors += _escalation(context, path)
    rest: Object = {name: context[name] for name in ("windowsOptions", "appArmorProfile") if name in context}
    return errors + _profiles(rest, path)


def _escalation(context: Object, path: str) -> Errors:
    errors: Errors = []
    why = "cannot set `allowPrivilegeEscalation` to false and"
    if context.get("privileged"):
        errors.append(invalid_struct(path, _shown(context), f"{why} `privileged` to true"))
    for capability in (context.get("capabilities") or {}).get("add") or ():
        if capability == "CAP_SYS_ADMIN":
            errors.append(invalid_struct(path, _shown(context), f"{why} `capabilities.Add` CAP_SYS_ADMIN"))
    return errors


def _go_name(name: str) -> str:
    return GO_NAMES.get(name, name[:1].upper() + name[1:])


def _shown(context: Object) -> str:
    """The context as upstream's internal struct prints: every field, capitalised, null when unset."""
    given: dict[str, Any] = {_go_name(name): value for name, value in context.items()}
    for name, unset in STRUCTS.items():
        if given.get(name) is not None:
            said = {_go_name(key): value for key, value in given[name].items()}
            given[name] = {key: said.get(key, empty) for key, empty in unset.items()}
    return orjson.dumps({name: given.get(name) for name in CONTEXT_FIELDS}).decode()


HOST_NAMESPACES = {"hostNetwork": "hostNetwork", "hostPID": "HostPID", "hostIPC": "HostIPC"}
"""And how upstream's errors write them."""


def validate_host_users(spec: Object, path: str) -> Errors:
    if spec.get("hostUsers") is not False:
        return []
    return [
        field.forbidden(f"{path}.{shown}", "when `hostUsers` is false")
        for name, shown in HOST_NAMESPACES.items()
        if spec.get(name)
    ]


def validate_os(spec: Object, path: str) -> Errors:
    if "os" not in spec:
        return []
    name = spec["os"].get("name", "")
    if not name:
        return [field.required(f"{path}.os.name", "cannot be empty")]
    if name == "linux":
        return _linux(spec, path)
    if name == "windows":
        return _windows(spec, path)
    return [field.not_supported(f"{path}.os", name, ("linux", "windows"))]


def _linux(spec: Object, path: str) -> Errors:
    why = "windows options cannot be set for a linux pod"
    errors: Errors = []
    if "windowsOptions" in (spec.get("securityContext") or {}):
        errors.append(field.forbidden(f"{path}.securityContext.windowsOptions", why))
    for container, here in all_containers(spec, path):
        if "windowsOptions" in (container.get("securityContext") or {}):
            errors.append(field.forbidden(f"{here}.securityContext.windowsOptions", why))
    return errors


def _windows(spec: Object, path: str) -> Errors:
    why = "cannot be set for a windows pod"
    errors: Errors = []
    context = spec.get("securityContext") or {}
    for name in LINUX_ONLY_POD:
        if name in ON_SPEC:
            if name in spec:
                errors.append(field.forbidden(f"{path}.{name}", why))
        elif context.get(name) not in (None, []):
            errors.append(field.forbidden(f"{path}.securityContext.{name}", why))
    for container, here in all_containers(spec, path):
        given = container.get("securityContext") or {}
        errors += [
            field.forbidden(f"{here}.securityContext.{name}", why)
            for name in LINUX_ONLY_CONTAINER
            if name in given
        ]
    return errors
