"""A pod's /etc/hosts, in the kubelet's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_HEAD = (
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
)
_OF_HOST = "# Kubernetes-managed hosts file (host network)."
_NODE = Path("/etc/hosts")


def text(sandbox: dict[str, Any]) -> str:
    """A pod on the node's network sees the node's own; the pod's aliases follow."""
    if sandbox["host_network"]:
        lines = [_OF_HOST, *(_NODE.read_text(errors="replace").splitlines() if _NODE.exists() else ())]
    else:
        domain = sandbox["domain"]
        name = sandbox["hostname"].removesuffix(f".{domain}")
        called = f"{name}.{domain}\t{name}" if domain else name
        lines = [*_HEAD, *([f"{sandbox['ip']}\t{called}"] if sandbox["ip"] else ())]
    if sandbox["hosts"]:
        lines += ["", "# Entries added by HostAliases.", *sandbox["hosts"]]
    return "\n".join([*lines, ""])
