"""Kernel parameters of a pod: which ones a node takes, which are set. Source: the kubelet's safe sysctls."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
SAFE = frozenset(
    {
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    }
)  # fmt: skip
OWN = ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")
"""What belongs to the IPC namespace. The network is the machine's: its parameters are taken, not set."""


def refusal(pod: Object) -> tuple[str, str] | None:
    """Reason and message for a pod that wants an unsafe one: no node here allows any."""
    for name in _wanted(pod):
        if name not in SAFE:
            return "SysctlForbidden", f'forbidden sysctl: "{name}" not allowlisted'
    return None


def applied(pod: Object) -> dict[str, str]:
    return {name: value for name, value in _wanted(pod).items() if name.startswith(OWN)}


def _wanted(pod: Object) -> dict[str, str]:
    """By their names with dots; the API takes slashes, too."""
    listed = (pod["spec"].get("securityContext") or {}).get("sysctls") or ()
    return {_dotted(one["name"]): one["value"] for one in listed}


def _dotted(name: str) -> str:
    first = next((letter for letter in name if letter in "./"), ".")
    return name if first == "." else name.translate(str.maketrans("./", "/."))
