"""Ports that an ordinary user may not bind, and where they are served instead.

Without the right, pods and Services of a low port are served 8000 above it, on both sides of every connection
inside a cluster. Source: Linux ip(7), capabilities(7).
"""

from __future__ import annotations

import functools
from pathlib import Path

OFFSET = 8000
"""Port 80 becomes 8080, 443 becomes 8443."""
_BIND_SERVICE = 10
_USUAL = 1024


@functools.cache
def lowest(proc: Path = Path("/proc")) -> int:
    """The lowest port that this process may bind."""
    try:
        status = (proc / "self" / "status").read_text()
        start = int((proc / "sys" / "net" / "ipv4" / "ip_unprivileged_port_start").read_text())
    except (OSError, ValueError):
        return _USUAL
    held = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return 0 if int(held, 16) >> _BIND_SERVICE & 1 else start


def served_at(port: int) -> int:
    """Where a pod of this machine serves a port."""
    return port if port >= lowest() else port + OFFSET
