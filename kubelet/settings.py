"""What a kubelet process is told at start."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field


class Settings(BaseModel):
    """One process, one node; or, simulated, many nodes under one identity that may act for all of them."""

    kubeconfig: Path
    data_dir: Path
    """The cluster's data directory; a node keeps its files in `nodes/NAME` below it."""
    nodes: list[str] = Field(min_length=1)
    node_ips: list[str] = Field(default_factory=list)
    """One per node; 127.16.0.1 and so on when empty."""
    runtime: Literal["process", "simulated"] = "process"
    labels: dict[str, str] = Field(default_factory=dict)
    taints: list[dict[str, str]] = Field(default_factory=list)
    """core/v1 Taints to register with."""
    pod_cidrs: list[str] = Field(default_factory=list)
    """One per node, to register with; when empty, the control plane gives them."""
    port: int = 10250
    bind_address: str = ""
    """Where the node's HTTPS server listens; the node's IP when empty."""
    healthz_address: str = "127.0.0.1"
    healthz_port: int = 0
    """Of /healthz (plain HTTP), well once every node has registered (upstream: 10248); 0 for none."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    """Without a certificate there is no server: logs, exec and port-forward do not work."""
    cluster_dns: list[str] = Field(default_factory=list)
    cluster_domain: str = "cluster.local"
    cpu: str = ""
    memory: str = ""
    """Capacity; the machine's own when empty. Simulated nodes default to 32 CPUs and 256Gi."""
    max_pods: int = 110
    lease_seconds: float = 40.0
    renew_seconds: float = 10.0
    linger_seconds: float = 30.0
    """Real seconds that containers outlive a kubelet that was killed."""
    time_scale: float = 1.0
