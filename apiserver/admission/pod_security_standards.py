"""Which checks make up a level of a version of the Pod Security Standards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..registry.strategy import Object
from .pod_security_checks import (
    CheckFunction,
    Finding,
    allow_privilege_escalation,
    app_armor_profile,
    capabilities_baseline,
    capabilities_restricted,
    host_namespaces,
    host_path_volumes,
    host_ports,
    host_probes,
    privileged,
    proc_mount,
    restricted_volumes,
    run_as_non_root,
    run_as_user,
    se_linux,
    seccomp_annotations,
    seccomp_baseline,
    seccomp_restricted,
    sysctls,
    windows_host_process,
)


class Check(NamedTuple):
    """`versions` are (minor version from which it holds, function), newest last. `overrides` names the
    baseline check that a restricted one replaces while it holds."""

    id: str
    level: str
    versions: tuple[tuple[int, CheckFunction], ...]
    overrides: str = ""


def _user_namespace(spec: Object) -> bool:
    return spec.get("hostUsers") is False


def _windows(spec: Object) -> bool:
    return bool((spec.get("os") or {}).get("name") == "windows")


def _unless(exempt: Callable[[Object], bool], check: CheckFunction) -> CheckFunction:
    def relaxed(annotations: Object, spec: Object) -> Finding:
        return None if exempt(spec) else check(annotations, spec)

    return relaxed


_SYSCTLS_0 = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
})  # fmt: skip
_SYSCTLS_27 = _SYSCTLS_0 | {"net.ipv4.ip_local_reserved_ports"}
_SYSCTLS_29 = _SYSCTLS_27 | {
    f"net.ipv4.tcp_{n}" for n in ("keepalive_time", "fin_timeout", "keepalive_intvl", "keepalive_probes")
}
_SYSCTLS_32 = _SYSCTLS_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}
_SE_LINUX_0 = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})

BASELINE, RESTRICTED = "baseline", "restricted"
CHECKS: tuple[Check, ...] = (
    Check("appArmorProfile", BASELINE, ((0, app_armor_profile),)),
    Check("capabilities_baseline", BASELINE, ((0, capabilities_baseline),)),
    Check("hostNamespaces", BASELINE, ((0, host_namespaces),)),
    Check("hostPathVolumes", BASELINE, ((0, host_path_volumes),)),
    Check("hostPorts", BASELINE, ((0, host_ports),)),
    Check("hostProbesAndhostLifecycle", BASELINE, ((34, host_probes),)),
    Check("privileged", BASELINE, ((0, privileged),)),
    Check("procMount", BASELINE, ((0, proc_mount), (35, _unless(_user_namespace, proc_mount)))),
    Check(
        "seLinuxOptions",
        BASELINE,
        ((0, se_linux(_SE_LINUX_0)), (31, se_linux(_SE_LINUX_0 | {"container_engine_t"}))),
    ),
    Check("seccompProfile_baseline", BASELINE, ((0, seccomp_annotations), (19, seccomp_baseline))),
    Check(
        "sysctls",
        BASELINE,
        (
            (0, sysctls(_SYSCTLS_0)),
            (27, sysctls(_SYSCTLS_27)),
            (29, sysctls(_SYSCTLS_29)),
            (32, sysctls(_SYSCTLS_32)),
        ),
    ),
    Check("windowsHostProcess", BASELINE, ((0, windows_host_process),)),
    Check(
        "allowPrivilegeEscalation",
        RESTRICTED,
        ((8, allow_privilege_escalation), (25, _unless(_windows, allow_privilege_escalation))),
    ),
    Check(
        "capabilities_restricted",
        RESTRICTED,
        ((22, capabilities_restricted), (25, _unless(_windows, capabilities_restricted))),
        "capabilities_baseline",
    ),
    Check("procMount_restricted", RESTRICTED, ((35, proc_mount),), "procMount"),
    Check("restrictedVolumes", RESTRICTED, ((0, restricted_volumes),), "hostPathVolumes"),
    Check(
        "runAsNonRoot", RESTRICTED, ((0, run_as_non_root), (35, _unless(_user_namespace, run_as_non_root)))
    ),
    Check("runAsUser", RESTRICTED, ((23, run_as_user), (35, _unless(_user_namespace, run_as_user)))),
    Check(
        "seccompProfile_restricted",
        RESTRICTED,
        ((19, seccomp_restricted), (25, _unless(_windows, seccomp_restricted))),
        "seccompProfile_baseline",
    ),
)
"""Baseline checks by id, then restricted ones by id: the order in which findings are shown."""
LATEST = 36


def checks_for(level: str, minor: int) -> tuple[CheckFunction, ...]:
    """What a level of one version of the standards asks for."""
    chosen: dict[str, CheckFunction] = {}
    overridden: set[str] = set()
    for check in CHECKS:
        holding = [function for since, function in check.versions if since <= minor]
        if not holding or (check.level == RESTRICTED and level != RESTRICTED):
            continue
        chosen[check.id] = holding[-1]
        overridden.add(check.overrides)
    return tuple(function for id_, function in chosen.items() if id_ not in overridden)


def evaluate(checks: tuple[CheckFunction, ...], metadata: Object, spec: Object) -> list[tuple[str, str]]:
    annotations: dict[str, Any] = metadata.get("annotations") or {}
    return [found for check in checks if (found := check(annotations, spec)) is not None]
