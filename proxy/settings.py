"""What a proxy process is told at start."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field


class Settings(BaseModel):
    """One process serves a whole machine, with all of its nodes."""

    kubeconfig: Path
    nodes: list[str] = Field(default_factory=list)
    """The nodes of this machine; pods of others are reached through their kubelets. Empty: all are here."""
    bind_address: str = "127.0.0.1"
    port: int = 0
    """Health and metrics (upstream: 10256 and 10249); 0 for none."""
    loopback_node_ports: bool = True
    """Serve NodePorts on 127.0.0.1 too."""
    drain_seconds: float = 30.0
    """How long connections to an endpoint that left may go on."""
    connect_seconds: float = 5.0
    cluster_dns: str = ""
    """ClusterIP of `kube-dns`, where names are served; empty: they are not."""
    cluster_domain: str = "cluster.local"
    resolv_conf: Path = Path("/etc/resolv.conf")
    """Names the servers that know everything else."""
    time_scale: float = 1.0
